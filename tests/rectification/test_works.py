"""The key works: their diagrams, checklists and tables alone decide what comes of a household."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.errors import WrongValues
from engine.host import SYSTEM
from engine.json import as_list, as_object
from rectification.campaigns.catalogue import get_check_items
from rectification.campaigns.model import get_campaign
from rectification.households.baseline import BaselineProblem, baseline_of, latest_checks
from rectification.households.measures import HouseholdMeasure
from rectification.households.model import Household
from rectification.matters.case import Case, open_cases, villages_to_open
from rectification.matters.timezone import acting_now
from rectification.results.outcomes import OUTCOMES, CaseOutcome
from rectification.work_streams.custom import CustomWorkStream, add_custom_work_stream
from rectification.work_streams.model import WorkStream, get_templates, take_up
from tests.rectification.campaign import EAST, SmallCampaign, local


def opened(small: SmallCampaign, work: str, kind: str) -> Case:
    """A case of the first household, which is of this kind."""
    with small.database.writing() as session:
        session.execute(update(Household).where(Household.id == 1).values(kind=kind))
        session.execute(update(Household).where(Household.id != 1).values(kind="elsewhere"))
        what = next(template for template in get_templates() if template.code == work)
        row = take_up(acting_now(session, small.engine, SYSTEM), get_campaign(session, 1), what)
        session.flush()
        assert villages_to_open(session, row) == [EAST]
        assert open_cases(session, small.engine, row, EAST) == 1
        assert open_cases(session, small.engine, row, EAST) == 0
        return session.scalars(select(Case)).one()


def answers(small: SmallCampaign, work: str, *failing: str) -> dict[str, Any]:
    """Answers to the work's questions, of which these fail."""
    with small.database.reading() as session:
        items = get_check_items(session, 1, "H", work)
    other = {"no": "yes", "yes": "no"}
    return {
        item.code: {"answer": item.fail_when, "reason": "有问题", "photos": [small.photo("case:1")]}
        if item.code in failing
        else {"answer": other[item.fail_when]}
        for item in items
    }


def decided(small: SmallCampaign) -> CaseOutcome:
    """The outcome that was recorded last."""
    with small.database.reading() as session:
        row = session.scalars(select(CaseOutcome).order_by(CaseOutcome.id.desc())).first()
        assert row is not None
        assert session.get_one(Case, row.case_id).outcome == row.kind
    return row


@pytest.mark.parametrize("work", [template.code for template in get_templates()])
def test_every_work_that_ships_can_be_taken_up_twice_and_counts_once(small: SmallCampaign, work: str) -> None:
    with small.database.writing() as session:
        what = next(template for template in get_templates() if template.code == work)
        first = take_up(acting_now(session, small.engine, SYSTEM), get_campaign(session, 1), what)
        session.flush()
        assert take_up(acting_now(session, small.engine, SYSTEM), get_campaign(session, 1), what) is first
        asked = get_check_items(session, 1, work=work)
        assert len(asked) == len(list(what.lines("checklist.csv"))) > 0
        assert work not in {check_item.work for check_item in get_check_items(session, 1)}


def test_a_work_that_says_a_households_result_leaves_its_facts_and_decides_nothing(
    small: SmallCampaign,
) -> None:
    """An office's own copy of an older flow still says ``stable``; a household's result is not a work's to write."""
    what = next(template for template in get_templates() if template.code == "safety")
    models = {
        file: data.replace(b"safety_inspection", b"older_flow").replace(b'id="no_hazard"', b'id="stable"')
        for file, data in what.models.items()
    }
    row = own_work(small, models=models)
    with small.database.writing() as session:
        open_cases(session, small.engine, session.merge(row), EAST)
    small.do("helper", "case:1", "inspect", answers={"own1.A1": {"answer": "yes"}})
    small.do("lead", "case:1", "confirm", outcome="stable")
    assert small.ended("case:1")
    with small.database.reading() as session:
        assert session.scalars(select(CaseOutcome)).first() is None
        assert session.get_one(Case, 1).outcome is None
    assert {"facts_recorded", "outcome_not_taken"} <= set(small.actions("case:1"))


def test_a_case_begins_with_what_is_known_of_its_household(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        old = BaselineProblem(campaign_id=1, household_id=1, item="住房安全", description="C 级危房")
        session.add_all([old, HouseholdMeasure(household_id=1, year=2018, kind="低保", amount="5400")])
    one = opened(small, "recheck", "registered")
    known = small.variables(one.key)
    assert known["old_problem"] == "住房安全；C 级危房"
    assert [as_object(line)["measure"] for line in as_list(known["measures_enjoyed"])] == ["低保"]


CHANNEL = {"record_channel": "paper_archive", "record_number": "档-17", "recorded_on": "2019-09-02"}


def with_old_problems(small: SmallCampaign, *items: str) -> Case:
    """A re-check whose household reported these problems, and whose questions are answered."""
    with small.database.writing() as session:
        for item in items:
            session.add(BaselineProblem(campaign_id=1, household_id=1, item=item, measure=f"解决{item}"))
    one = opened(small, "recheck", "registered")
    small.do("helper", one.key, "recheck", answers=answers(small, "recheck", "K3S7"))
    return one


def found(small: SmallCampaign, case: Case, item: str, state: str, **more: Any) -> None:
    """The helper says how an old problem stands."""
    for work in small.open(case.key):
        if work.element == "recheck_problem":
            with small.database.reading() as session:
                told = small.engine.work_item(session, work.id).variables
            assert told["problem_state"] is None
            if as_object(told["problem"])["item"] == item:
                values = {
                    "problem_state": state,
                    "measure_taken": str(told["measure_taken"]),
                    **CHANNEL,
                    **more,
                }
                small.engine.complete(work.id, values, small.actor("helper"), check=small.check("helper"))
                return
    raise AssertionError(item)


def test_each_old_problem_is_checked_by_itself(small: SmallCampaign) -> None:
    one = with_old_problems(small, "住房安全", "饮水安全", "道路不通", "不愁穿")
    found(small, one, "不愁穿", "fixed", measure_in_place=True)
    found(small, one, "饮水安全", "not_fixed", progress_percent=30, problem_note="水压仍不足")
    found(small, one, "道路不通", "not_fixed", progress_percent=0, problem_note="还没有动工")
    new = {ticket.item: ticket.description for ticket in small.tickets()}
    assert set(new) == {"K3S7", "K3S0"}
    assert "基线问题：饮水安全" in new["K3S7"]
    assert "水压仍不足" in new["K3S7"]
    assert new["K3S0"] == "基线问题：道路不通；解决道路不通。至今未整改到位：还没有动工"
    found(small, one, "住房安全", "slow", progress_percent=40)
    statement = {"slow_reason": "雨季无法施工", "plan": "九月中旬复工", "promised_on": "2019-09-22"}
    small.do("helper", one.key, "statement", **statement)
    small.do("town", one.key, "town_agrees", statement_ok="no")
    small.do("helper", one.key, "statement", **statement)
    assert not small.ended(one.key)
    small.do("town", one.key, "town_agrees", statement_ok="yes")
    with small.database.reading() as session:
        problems = {each.id: each.item for each in baseline_of(session, 1)}
        checks = {problems[key]: check for key, check in latest_checks(session, list(problems)).items()}
    slow = checks["住房安全"]
    assert (slow.plan, slow.promised_on, slow.by_id) == (
        "九月中旬复工",
        dt.date(2019, 9, 22),
        small.people["helper"],
    )
    assert slow.agreed_by_id == small.people["town"]
    assert (checks["不愁穿"].measure, checks["不愁穿"].percent) == ("解决不愁穿", 100)
    assert checks["饮水安全"].ticket_id == next(t.id for t in small.tickets() if t.item == "K3S7")
    assert decided(small).kind == "slow"
    assert decided(small).reason == (
        "历史问题 4 个：已整改到位 1 个，尚未整改到位 2 个，进度较慢 1 个；本次排查发现问题 1 个。"
    )


def test_without_old_problems_the_questions_decide(small: SmallCampaign) -> None:
    one = opened(small, "recheck", "registered")
    small.do("helper", one.key, "recheck", answers=answers(small, "recheck"))
    assert decided(small).kind == "verified"
    assert small.ended(one.key)


def test_a_work_of_another_field_ends_the_same_way(small: SmallCampaign) -> None:
    one = opened(small, "safety", "ordinary")
    small.do("helper", one.key, "inspect", answers=answers(small, "safety", "K6A3"))
    assert small.tickets()[0].item == "K6A3"
    small.push(local(25))
    small.do("lead", one.key, "confirm", outcome="hazard_open")
    assert decided(small).kind == "hazard_open"
    assert "hazard_open" not in OUTCOMES


def own_work(small: SmallCampaign, **more: Any) -> WorkStream:
    asked = {
        "name": "饮水工程回访",
        "kinds": ["registered"],
        "questions": "# 饮水\n水量够吗？",
        "process": "safety_inspection",
    }
    with small.database.writing() as session:
        return add_custom_work_stream(
            acting_now(session, small.engine, SYSTEM),
            get_campaign(session, 1),
            CustomWorkStream(**{**asked, **more}),
        )


def drawn(name: str) -> dict[str, bytes]:
    """The safety template's diagram under another process id, as an office would draw its own."""
    what = next(template for template in get_templates() if template.code == "safety")
    return {file: data.replace(b"safety_inspection", name.encode()) for file, data in what.models.items()}


@pytest.mark.parametrize("models", [{}, drawn("water_visit")], ids=["as shipped", "own diagram"])
def test_an_office_adds_a_work_of_its_own_without_code(
    small: SmallCampaign, models: dict[str, bytes]
) -> None:
    row = own_work(small, models=models)
    assert row.process == ("water_visit" if models else "safety_inspection")
    with small.database.writing() as session:
        open_cases(session, small.engine, session.merge(row), EAST)
        one = session.scalars(select(Case)).first()
        assert one is not None
    given = {"own1.A1": {"answer": "no", "reason": "夏季断水"}}
    small.do("helper", one.key, "inspect", answers=given)
    assert (small.tickets()[0].item, small.tickets()[0].source) == ("own1.A1", "own1")


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("name", {"name": " "}),
        ("kinds", {"kinds": []}),
        ("questions", {"questions": "# 只有类别"}),
        ("process", {"process": ""}),
        ("models", {"models": drawn("rectification")}),
        ("models", {"models": {"a.bpmn": b"<x/>"}}),
        ("models", {"models": {"a.dmn": b"<x/>"}}),
        (
            "models",
            {"models": {f: d.replace(b'topic="report_issues"', b"") for f, d in drawn("half").items()}},
        ),
    ],
)
def test_a_work_that_cannot_stand_says_why_beside_its_field(
    small: SmallCampaign, field: str, more: dict[str, Any]
) -> None:
    with pytest.raises(WrongValues) as refused:
        own_work(small, **more)
    assert set(refused.value.problems) == {field}
