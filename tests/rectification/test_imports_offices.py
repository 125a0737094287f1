"""Areas and units before there is a campaign; parents and children stand in one file in any order."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.host import SYSTEM
from rectification.imports import ImportOptions, bring_in
from rectification.imports.report import ImportReport
from rectification.matters.timezone import acting_now
from rectification.people.model import Person
from rectification.places.areas import Area
from rectification.places.units import Unit
from rectification.process.host import DomainHost

NOW = dt.datetime(2019, 9, 2, 1, 0, tzinfo=dt.UTC)
AREAS = "区划代码,名称\n341226,颍上县\n341200,阜阳市\n"


def bring(database: Database, kind: str, text: str, *, skip_bad: bool = False) -> ImportReport:
    with database.writing() as session:
        context = acting_now(session, Engine(database, DomainHost(Path()), PushedClock(NOW)), SYSTEM)
        return bring_in(context, kind, text.encode(), f"{kind}.csv", ImportOptions(skip_bad=skip_bad))


def test_areas_stand_in_any_order_however_many_there_are(database: Database) -> None:
    villages = [
        f"3412261{town:02}{village:03},村{town}-{village}" for town in range(12) for village in range(1, 120)
    ]
    towns = [f"3412261{town:02},镇{town}" for town in range(12)]
    text = "\n".join(["区划代码,名称", *villages, *reversed(towns), "341226,颍上县", "341200,阜阳市"])
    report = bring(database, "areas", text)
    assert (report.problems, report.created) == ([], len(villages) + len(towns) + 2)
    with database.reading() as session:
        assert session.get_one(Area, "341226111119").path == "341200/341226/341226111/341226111119/"
    again = bring(database, "areas", text)
    assert (again.created, again.changed, again.unchanged) == (0, 0, report.created)


def test_an_area_whose_parent_is_nowhere_is_refused_with_its_row(database: Database) -> None:
    report = bring(database, "areas", AREAS + "341225101,王店孜镇\n341226100,慎城镇\n341226100,又一个镇\n")
    assert [(problem.row, problem.reason.en) for problem in report.problems] == [
        (4, "the area above, “341225”, is neither registered nor in this file."),
        (6, "is the same as in row 5."),
    ]


def test_units_find_the_unit_above_anywhere_in_the_file(database: Database) -> None:
    bring(database, "areas", AREAS)
    head = "单位名称,单位类型,所属区划,上级单位\n"
    text = (
        head
        + "卫生院,乡镇站所,颍上县,卫健委\n卫健委,行业主管部门,颍上县,扶贫局\n扶贫局,县级牵头单位,颍上县,\n"
    )
    report = bring(database, "units", text)
    assert (report.problems, report.created) == ([], 3)
    assert bring(database, "units", text).unchanged == 3
    moved = head + "卫生院,乡镇站所,颍上县,新单位\n新单位,乡镇办公室,颍上县,扶贫局\n"
    report = bring(database, "units", moved)
    assert (report.problems, report.created, report.changed) == ([], 1, 1)
    with database.reading() as session:
        units = {row.name: row for row in session.scalars(select(Unit))}
        above = {
            name: units[entry].name
            for name, unit in units.items()
            for entry in units
            if units[entry].id == unit.parent_id
        }
    assert above == {"卫生院": "新单位", "卫健委": "扶贫局", "新单位": "扶贫局"}


def test_no_unit_lies_below_itself_and_none_below_one_that_stays_out(database: Database) -> None:
    bring(database, "areas", AREAS)
    head = "单位名称,单位类型,所属区划,上级单位\n"
    bring(database, "units", head + "甲,行业主管部门,颍上县,\n乙,行业主管部门,颍上县,甲\n")
    rows = "甲,行业主管部门,颍上县,乙\n丙,行业主管部门,颍上县,丁\n丁,行业主管部门,颍上县,月亮局\n戊,行业主管部门,颍上县,\n"
    report = bring(database, "units", head + rows, skip_bad=True)
    assert [(problem.row, problem.reason.en) for problem in report.problems] == [
        (2, "“乙” is this unit, or lies below it."),
        (3, "the unit above, “丁”, cannot go in."),
        (4, "there is no unit “月亮局”; import it first."),
    ]
    with database.reading() as session:
        assert set(session.scalars(select(Unit.name))) == {"甲", "乙", "戊"}


def test_people_come_in_before_there_is_a_campaign_and_households_do_not(
    database: Database, clock: PushedClock
) -> None:
    bring(database, "areas", AREAS)
    report = bring(database, "people", "登录名,姓名,岗位,岗位范围\nzheng,郑区县,区县扶贫局,颍上县\n")
    assert (report.problems, report.created) == ([], 1)
    with database.reading() as session:
        assert session.scalars(select(Person.login)).all() == ["zheng"]
    refused = bring(database, "households", "户编号,村代码\n1,341226100200\n")
    assert "found the campaign" in refused.problems[0].words.en


def test_a_post_is_held_at_an_area_of_its_level(database: Database, clock: PushedClock) -> None:
    bring(database, "areas", AREAS)
    rows = "zheng,郑区县,市扶贫局,颍上县\nli,李四,区县扶贫局,颍上县\nli,李四,村两委,341226\nwu,吴督导,督导员,颍上县\n"
    report = bring(database, "people", f"登录名,姓名,岗位,岗位范围\n{rows}", skip_bad=True)
    assert [(problem.row, problem.reason.en) for problem in report.problems] == [
        (2, "“City office” is held at a city; “颍上县” is a county."),
        (4, "“Village office” is held at a village; “颍上县” is a county."),
    ]
    with database.reading() as session:
        assert set(session.scalars(select(Person.login))) == {"li", "wu"}


def test_a_helper_without_a_unit_is_worth_a_look(database: Database) -> None:
    bring(database, "areas", AREAS.replace("区划代码", "编码"))
    bring(database, "units", "单位名称,单位类型,所属区划\n局,县级牵头单位,颍上县\n")
    head = "登录名,姓名,岗位,岗位范围,所在单位"
    report = bring(database, "people", f"{head}\nzhao,甲,帮扶责任人,颍上县,\nqian,乙,帮扶责任人,颍上县,局\n")
    assert (report.created, [(warning.row, warning.column) for warning in report.warnings]) == (
        2,
        [(2, "所在单位")],
    )


def test_an_unknown_role_is_answered_with_what_the_template_offers(database: Database) -> None:
    report = bring(database, "people", "登录名,姓名,岗位,岗位范围\na,甲,国王,颍上县\n")
    said = next(problem.words for problem in report.problems if problem.column == "岗位")
    assert "帮扶责任人、" in said.zh
    assert "Helper, Village team lead, " in said.en
