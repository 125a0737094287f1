"""The ledger goes out as it is and its remarks come back; lists are what was frozen; hung is never closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from engine.errors import WrongValues
from huitoukan.application import shipped_files
from rectification.campaigns.model import get_campaign
from rectification.core.jobs import Job, job_folder, run_next
from rectification.exports import EXPORTS, ask_for_export
from rectification.imports import ImportReport, bring_in
from rectification.matters.issue_list import IssueList
from rectification.matters.remarks import Remark
from rectification.matters.ticket import Ticket
from rectification.process.job_registry import WORKS
from tests.rectification.campaign import EAST, SmallCampaign, local


def exported(small: SmallCampaign, code: str = "ledger", who: str = "county", **more: Any) -> Path:
    with small.database.writing() as session:
        number = ask_for_export(small.acting(session, who), code, get_campaign(session, 1), "zh", **more).id
    assert run_next(small.engine, small.folder, WORKS)
    with small.database.reading() as session:
        done = session.get_one(Job, number)
    assert (done.state, done.failure_zh) == ("done", None)
    return job_folder(small.folder, number) / str(done.result)


def rows(path: Path, page: str) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(path)[page]
    heads, *found = [list(row) for row in sheet.iter_rows(values_only=True)]
    return [dict(zip(heads, row, strict=True)) for row in found]


def hung(small: SmallCampaign) -> int:
    """A ticket that hangs and two that do not."""
    number = small.in_progress()
    small.do("helper", f"ticket:{number}", "rectify", outcome="cannot_close", result="月底前无法完工")
    small.explained(number)
    for who, level in (("town", "town"), ("health", "dept"), ("county", "county")):
        small.do(who, f"ticket:{number}", f"{level}_review", **{f"{level}_decision": "agree"})
    return number


def test_the_ledger_says_where_a_ticket_is_and_every_step_of_it(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.fixed(number)
    small.verified(number, "not_fixed", demand="请补签约照片")
    path = exported(small)
    (line,) = rows(path, "整改台账")
    ticket = small.ticket(number)
    assert (line["工单编号"], line["户主/对象"], line["当前状态"]) == (f"#{ticket.id}", "户主1", "整改中")
    assert (line["牵头单位"], line["责任人"], line["复核结论"], line["退回次数"]) == (
        "东村驻村工作队",
        "helper",
        "尚未整改到位",
        1,
    )
    assert str(line["整改时限"])[:10] == "2019-09-20"
    assert [row["环节"] for row in rows(path, "整改过程")] == ["交办", "签收", "申请销号", "复核"]
    (back,) = rows(path, "退回记录")
    assert (back["退回环节"], back["原因或补充要求"]) == ("复核", "请补签约照片")


@pytest.mark.made_up_rows
def test_hung_is_counted_apart_from_closed_and_open(small: SmallCampaign) -> None:
    number = hung(small)
    with small.database.writing() as session:
        one = session.get_one(Ticket, number)
        more = {
            column.name: getattr(one, column.name)
            for column in Ticket.__table__.columns
            if column.name not in ("id", "number")
        }
        for status in ("closed", "in_progress", "void"):
            session.add(Ticket(**{**more, "status": status, "number": f"x-{status}"}))
    total = rows(exported(small), "统计")[-1]
    assert [total[name] for name in ("问题总数", "已销号", "挂账", "未销号")] == [3, 1, 1, 1]


@pytest.mark.made_up_rows
def test_text_that_looks_like_a_formula_stays_text(small: SmallCampaign) -> None:
    number = small.in_progress()
    with small.database.writing() as session:
        session.get_one(Ticket, number).description = '=HYPERLINK("http://evil.example","x")'
        session.get_one(Ticket, number).measure = "@SUM(1)\x0b|cmd"
    sheet = openpyxl.load_workbook(exported(small))["整改台账"]
    typed = {
        cell.value: cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None
    }
    assert typed['=HYPERLINK("http://evil.example","x")'] == "s"
    assert "f" not in typed.values()


def test_nobody_exports_more_than_they_see_and_filters_are_those_of_the_ledger(small: SmallCampaign) -> None:
    small.in_progress()
    assert len(rows(exported(small, who="helper"), "整改台账")) == 1
    assert rows(exported(small, who="west_lead"), "整改台账") == []
    assert rows(exported(small, query="state=closed"), "整改台账") == []
    with small.database.writing() as session, pytest.raises(WrongValues):
        ask_for_export(
            small.acting(session, "county"), "ledger", get_campaign(session, 1), "zh", query="due_from=never"
        )


def brought_back(small: SmallCampaign, path: Path, who: str = "county") -> ImportReport:
    with small.database.writing() as session:
        return bring_in(small.acting(session, who), "ledger_changes", path.read_bytes(), path.name)


def change(path: Path, **cells: str) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book["整改台账"]
    places = {cell.value: cell.column for cell in sheet[1]}
    for name, value in cells.items():
        sheet.cell(2, places[name], value)
    book.save(path)


def test_a_ledger_comes_back_with_its_remarks_and_nothing_else(small: SmallCampaign) -> None:
    number = small.in_progress()
    path = exported(small)
    assert (brought_back(small, path).unchanged, brought_back(small, path).changed) == (1, 0)
    change(path, 备注="已约定周五上门", 整改措施="另一种措施", 当前状态="已销号")
    report = brought_back(small, path)
    assert (report.problems, report.changed) == ([], 1)
    assert brought_back(small, path).changed == 0, "the same file again changes nothing"
    ticket = small.ticket(number)
    assert (ticket.status, ticket.measure) == ("in_progress", "联系镇卫生院签约")
    assert rows(exported(small), "整改台账")[0]["备注"] == "已约定周五上门"
    assert "remarked" in small.actions(f"ticket:{number}")


def test_what_somebody_else_changed_meanwhile_is_a_conflict_and_stays(small: SmallCampaign) -> None:
    number = small.in_progress()
    mine, theirs = exported(small), exported(small)
    change(theirs, 备注="他们写的")
    brought_back(small, theirs)
    change(mine, 备注="我写的")
    report = brought_back(small, mine)
    assert [(problem.row, problem.column) for problem in report.problems] == [(2, "备注")]
    assert "现为“他们写的”" in report.problems[0].words.zh
    with small.database.reading() as session:
        assert session.get_one(Remark, number).remark == "他们写的"
    assert [problem.column for problem in brought_back(small, mine, "west_lead").problems] == ["工单编号"]


@pytest.mark.made_up_rows
def test_a_village_list_is_exported_as_it_was_frozen(small: SmallCampaign) -> None:
    small.begin()
    number = small.accepted()
    small.push(local(15))
    with small.database.writing() as session:
        session.get_one(Ticket, number).description = "冻结之后改的"
        seal = session.scalars(select(IssueList.hash).where(IssueList.village == EAST)).one()
    sheet = openpyxl.load_workbook(exported(small, "issue_list", "lead", village=EAST))["问题清单"]
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert "E4 有问题" in said
    assert "冻结之后改的" not in said
    assert any(str(seal) in entry for entry in said)
    assert any("签字" in entry for entry in said)


def test_the_provinces_columns_are_data_that_a_campaign_may_replace(small: SmallCampaign) -> None:
    small.in_progress()
    shipped = rows(exported(small, "province"), "Sheet1")
    assert {"问题编号", "整改状态"} <= set(shipped[0])
    with small.database.writing() as session:
        own = [{"heading": "问题序列号", "source": "number"}, {"heading": "年度", "source": "=2019"}]
        get_campaign(session, 1).settings = {"province_columns": own}
    assert list(rows(exported(small, "province"), "Sheet1")[0]) == ["问题序列号", "年度"]


def test_every_export_can_be_made_of_an_empty_campaign(small: SmallCampaign) -> None:
    for code in EXPORTS.keys() - {"issue_list"}:
        assert openpyxl.load_workbook(exported(small, code)).sheetnames


def test_a_field_added_to_a_form_in_the_modeller_becomes_a_column(small: SmallCampaign) -> None:
    files = shipped_files()
    field = (
        '<camunda:formField id="water_source" label="水源类型" type="enum">'
        '<camunda:value id="well" name="自备井|own well" /></camunda:formField><camunda:formField id="measure"'
    )
    drawn = files["rectification.bpmn"].decode().replace('<camunda:formField id="measure"', field, 1)
    with small.database.writing() as session:
        small.engine.publish(session, {**files, "rectification.bpmn": drawn.encode()}, "tests")
    small.begin()
    number = small.accepted()
    small.do(
        "town", f"ticket:{number}", "dispatch", measure="改水", rect_type="immediate", resp_unit=small.units["team"],
        resp_person=small.people["helper"], due_date="2019-09-20", water_source="well",
    )  # fmt: skip
    assert rows(exported(small), "整改台账")[0]["水源类型"] == "自备井"
