"""Spreadsheets in and out through the pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
import python_calamine
from httpx import Response
from sqlalchemy import select
from sqlalchemy import text as sql

from engine.schema import instances
from rectification.campaigns.model import Campaign
from rectification.core.jobs import run_next
from rectification.exports.columns import STATUSES as BY_STATUS
from rectification.households.model import Household
from rectification.imports import work
from rectification.process.job_registry import WORKS
from tests.rectification.test_imports_books import book
from tests.web.application import ADMIN, DIAGRAM, HELPER, TOWN
from tests.web.conftest import Browser, Street
from web.labels import STATUSES

VILLAGE = "341226100200"
HEADING = ("户编号", "村", "户主", "户类型", "人口")


VISIT_DIAGRAM = DIAGRAM.replace(
    'camunda:assignee="${person(helper)}"', "camunda:candidateGroups=\"${post('team_lead', village)}\""
)
"""The visit of a household that nobody helps yet."""
VILLAGE_DIAGRAM = VISIT_DIAGRAM.replace("household_visit", "village_lookback")
"""What a village's process is to these tests: something that begins and waits."""


@pytest.fixture(autouse=True)
def _application(street: Street) -> None:
    """Numbers go on behind those that the installation was furnished with; visits and villages have a small diagram."""
    application = street.application
    if not application.database.is_sqlite:
        with application.database.writing() as session:
            session.execute(sql("SELECT setval('households_id_seq', 1000), setval('tickets_id_seq', 1000)"))
    with application.database.writing() as session:
        files = {
            "household_visit.bpmn": VISIT_DIAGRAM.encode(),
            "village_lookback.bpmn": VILLAGE_DIAGRAM.encode(),
        }
        application.engine.publish(session, files, "tests")


def send(browser: Browser, rows: Sequence[Sequence[Any]] | bytes, kind: str = "households") -> Response:
    data = rows if isinstance(rows, bytes) else book(("农户", rows))
    fields = {"_csrf": browser.csrf, "kind": kind}
    answer: Response = browser.client.post("/imports", data=fields, files={"file": ("农户.xlsx", data)})
    return answer


def sheets(data: bytes) -> dict[str, list[list[Any]]]:
    found = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: found.get_sheet_by_name(name).to_python() for name in found.sheet_names}


def homes(street: Street) -> list[str]:
    with street.application.database.reading() as session:
        return list(session.scalars(select(Household.number).order_by(Household.number)))


def test_a_file_is_tried_then_its_good_rows_go_in_and_the_bad_ones_come_back(street: Street) -> None:
    browser = street.person(ADMIN)
    answer = send(
        browser, [HEADING, ("N-1", "管谷村", "王一", "边缘户", 2), ("N-2", "无此村", "李二", "富户", 2)]
    )
    assert answer.status_code == 303
    where = answer.headers["location"]
    page = browser.get(where).text
    assert "没有名为“无此村”的村" in page
    assert "导入没有问题的行" in page
    assert "N-1" not in homes(street)
    assert browser.post(f"{where}/entry").status_code == 422, "not all of it: there are bad rows"
    assert browser.post(f"{where}/entry", {"skip_bad": "yes"}).status_code == 303
    assert "N-1" in homes(street)
    with street.application.database.reading() as session:
        assert session.scalar(select(instances.c.key).where(instances.c.process == "household_visit")), (
            "its visit begins"
        )
    rows = sheets(browser.get(f"{where}/bad-rows").content)["农户"]
    assert rows[1][:3] == ["N-2", "无此村", "李二"]
    assert "富户" in rows[1][5]
    assert browser.post(f"{where}/entry", {"skip_bad": "yes"}).status_code == 422, "it is in already"


def test_headings_that_are_not_understood_are_chosen_by_hand_and_remembered(street: Street) -> None:
    browser = street.person(ADMIN)
    rows = [("家庭代号", "村", "户主", "户类型", "人口"), ("N-1", "管谷村", "王一", "边缘户", 2)]
    where = send(browser, rows).headers["location"]
    assert "缺少列：户编号" in browser.get(where).text
    chosen = {
        "column.number": "家庭代号",
        "column.village": "村",
        "column.head": "户主",
        "column.kind": "户类型",
        "column.members_registered": "人口",
        "name": "扶贫办",
    }
    assert browser.post(f"{where}/mapping", chosen).status_code == 303
    assert "全部导入" in browser.get(where).text
    again = send(browser, rows).headers["location"]
    assert "扶贫办" in browser.get(again).text
    browser.post(f"{again}/mapping", {"kept": "1"})
    browser.post(f"{again}/entry")
    assert "N-1" in homes(street)


def test_a_long_file_is_tried_and_imported_in_the_background(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "LONG", 1_000)
    browser = street.person(ADMIN)
    text = ",".join(HEADING) + "\n" + "".join(f"N-{n},管谷村,王{n},边缘户,2\n" for n in range(1_002))
    where = send(browser, text.encode("gbk")).headers["location"]
    assert "正在试导入" in browser.get(where).text
    application = street.application
    assert run_next(application.engine, application.settings.data_dir, WORKS)
    assert '<span class="number">1002</span>' in browser.get(where).text
    browser.post(f"{where}/entry")
    assert "正在导入" in browser.get(where).text
    assert run_next(application.engine, application.settings.data_dir, WORKS)
    assert len(homes(street)) == 1_005
    assert "已导入" in browser.get(where).text


def test_a_town_brings_in_only_what_is_its_own_and_only_kinds_of_its_office(street: Street) -> None:
    browser = street.person(TOWN)
    assert "区划" not in browser.get("/imports").text.partition("</select>")[0].partition("<select")[2]
    assert send(browser, [("区划代码", "名称")], "areas").status_code == 403
    where = send(browser, [HEADING, ("N-1", "管谷村", "王一", "边缘户", 2)]).headers["location"]
    assert "全部导入" in browser.get(where).text
    assert street.person(ADMIN).get(where).status_code == 404, "another's file"
    assert street.person(HELPER).get("/imports").status_code == 403


def test_a_template_is_read_without_its_example_and_in_both_languages(street: Street) -> None:
    browser = street.person(ADMIN)
    for language in ("zh", "en"):
        data = browser.speaks(language).get("/imports/templates/households").content
        assert len(sheets(data)) >= 4
        where = send(browser, data).headers["location"]
        page = browser.get(where).text
        assert 'class="note red"' not in page
        assert '<span class="number">0</span>' in page


def test_an_export_is_asked_for_made_and_fetched(street: Street) -> None:
    browser = street.person(TOWN)
    assert "共 1 张工单" in browser.get("/exports").text
    assert "共 0 张工单" in browser.get("/exports?state=closed").text
    assert browser.get("/exports?due_from=never").status_code == 422
    assert browser.post("/exports", {"export": "nothing"}).status_code == 404
    assert browser.post("/exports", {"export": "ledger"}).headers["location"] == "/jobs"
    application = street.application
    assert run_next(application.engine, application.settings.data_dir, WORKS)
    page = sheets(browser.get("/jobs/1/result").content)["整改台账"]
    assert "家庭医生半年未上门" in page[1]
    assert street.person(ADMIN).get("/jobs/1/result").status_code == 404


def test_statuses_are_called_the_same_in_workbooks_and_on_pages() -> None:
    assert {code: words for code, (words, _colour) in STATUSES.items() if code in BY_STATUS} == BY_STATUS


def test_a_trial_without_a_good_row_offers_no_import(street: Street) -> None:
    browser = street.person(ADMIN)
    for rows, said in (
        ([HEADING], "没有数据行"),
        ([HEADING, ("N-1", "无此村", "王一", "边缘户", 2)], "没有一行可以导入"),
    ):
        page = browser.get(send(browser, rows).headers["location"]).text
        assert said in page
        assert "/entry" not in page


def test_the_pages_say_into_which_campaign_households_go(street: Street) -> None:
    browser = street.person(ADMIN)
    with street.application.database.reading() as session:
        name = session.get_one(Campaign, 1).name
    assert f"写入当前的专项行动“{name}”" in browser.get("/imports").text
    rows = [HEADING, ("N-1", "管谷村", "王一", "边缘户", 2)]
    assert f"写入“{name}”" in browser.get(send(browser, rows).headers["location"]).text
    people = [("登录名", "姓名"), ("wang", "王五")]
    assert f"写入“{name}”" not in browser.get(send(browser, people, "people").headers["location"]).text
