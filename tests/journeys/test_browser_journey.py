"""The main way through the pages: at a desk and on a phone, in Chinese and in English, every page at both widths."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from rectification.matters.ticket import Ticket
from tests.journeys import story
from tests.journeys.colleague import Colleague
from tests.journeys.conftest import Demo
from tests.journeys.journey import Journey
from tests.journeys.visitor import chromium


@pytest.mark.parametrize(
    ("database", "width", "language"),
    [("sqlite", 1440, "zh"), ("postgresql", 390, "en")],
    indirect=["database"],
)
def test_the_main_way_through_the_pages(demo: Demo, width: int, language: str) -> None:
    with chromium() as browser:
        one = Journey(browser, demo, width, language)
        fixed, hung = _visits(one)
        _list_goes_up(one, fixed)
        _town_hands_out(one, fixed, hung)
        _clock_is_pushed(one)
        _fixed_and_closed(one, fixed)
        _explained_and_hung(one, hung)
        _overdue(one)
        _every_other_page(one)


def _visits(one: Journey) -> tuple[Ticket, Ticket]:
    """Step 1: the form refuses what is incomplete and keeps what was typed; failed items become drafts."""
    helper = one.visitor("helper1")
    homes = one.homes_of(helper.id)
    helper.goto("/")
    with one.house.database.reading() as session:
        values = story.visit(session, "2019-09-02", {"E4": None, "C1": None})
    for code in ("E4", "C1"):
        values["answers"][code]["photos"] = 1 if code == "E4" else 0
    unanswered = {**values["answers"]}
    last = unanswered.popitem()
    helper.open("visit", f"household:{homes[0]}")
    helper.fill({**values, "answers": unanswered})
    helper.send_in_vain("visit-refused")
    assert helper.problem_of("answers")
    expect(helper.page.locator("[name='second_visitor']")).to_have_value("陪同人")
    helper.fill({"answers": dict([last])})
    helper.send()
    expect(helper.page.locator("[role=status], .note").first).to_be_visible()
    _other_visits(one, homes[1:])
    return one.ticket(homes[0], "E4"), one.ticket(homes[0], "C1")


def _other_visits(one: Journey, homes: list[int]) -> None:
    """The other forms of the village, which would look the same, go through the API."""
    for login in ("helper1", "helper2"):
        colleague = Colleague(one.demo, login)
        for item in colleague.work("visit"):
            with one.house.database.reading() as session:
                colleague.answered(item["id"], story.visit(session, "2019-09-02"))


def _list_goes_up(one: Journey, fixed: Ticket) -> None:
    """Step 2: the team lead checks a form, then submits the list."""
    lead = one.visitor("team_lead1")
    lead.goto("/")
    lead.do("check_visit", f"household:{fixed.household_id}", check="ok")
    colleague = Colleague(one.demo, "team_lead1")
    for item in colleague.work("check_visit"):
        colleague.answered(item["id"], {"check": "ok"})
    village = f"village:{fixed.village}"
    lead.do("finish_visits", village)
    lead.open("submit_list", village)
    lead.fill({"zero_report": True})
    lead.send_in_vain("submit_list-refused")
    assert lead.problem_of("zero_report")
    lead.fill({"zero_report": False, "statement": "两条问题"})
    lead.send()
    lead.goto(f"/villages/{fixed.village}")


def _town_hands_out(one: Journey, fixed: Ticket, hung: Ticket) -> None:
    """Step 3: the town returns and accepts lines, hands them out, not later than re-verification allows."""
    town, helper = one.visitor("town_office1"), one.visitor("helper1")
    town.goto("/")
    town.do("review_line", fixed.key, review="return", review_reason="描述不清")
    lead = one.visitor("team_lead1")
    lead.do("correct_line", fixed.key, description="家庭医生半年没有上门")
    town.do("review_line", fixed.key, review="accept")
    town.open("dispatch", fixed.key)
    town.fill(one.measure(helper.id, "2019-09-23"))
    town.send_in_vain("dispatch-refused")
    assert "2019-09-21" in town.problem_of("due_date")
    town.fill({"due_date": "2019-09-20"})
    town.send()
    town.do("review_line", hung.key, review="accept")
    town.do("dispatch", hung.key, **one.measure(helper.id, "2019-09-20"))
    helper.do("acknowledge", fixed.key, acknowledged="yes")
    helper.do("acknowledge", hung.key, acknowledged="yes")


def _clock_is_pushed(one: Journey) -> None:
    """The demo's own control, then the list milestone: numbers appear."""
    county = one.visitor("county_office1")
    county.goto("/board")
    before = one.house.clock.now()
    county.page.locator("form[action='/demo/next-deadline'] button").click()
    expect(county.page.locator(".demo")).to_be_visible()
    middle = one.house.clock.now()
    county.page.locator("form[action='/demo/one-day-on'] button").click()
    county.page.wait_for_load_state()
    assert before < middle < one.house.clock.now()
    one.push(15)
    county.goto("/tickets")
    expect(county.page.locator(".num").first).to_be_visible()


def _fixed_and_closed(one: Journey, fixed: Ticket) -> None:
    """Steps 4 to 6: progress, evidence, re-verification by somebody else, the closing with its number."""
    helper, town, county = one.visitor("helper1"), one.visitor("town_office1"), one.visitor("county_office1")
    helper.goto(f"/tickets/{fixed.id}")
    helper.page.fill("#progress-text", "已与卫生院联系")
    helper.page.fill("#progress-percent", "50")
    helper.page.locator("#progress form button").click()
    expect(helper.page.locator("#progress")).to_contain_text("已与卫生院联系")
    helper.open("rectify", fixed.key)
    helper.fill({"outcome": "apply_closure", "result": "已补签并上门", "self_check": True})
    helper.send_in_vain("rectify-refused")
    assert helper.problem_of("evidence")
    helper.fill({"evidence": 2})
    helper.send()
    town.open("reverify", fixed.key)
    town.fill(
        {"reverify_result": "not_fixed", "method": "on_site", "second_verifier": "李二", "demand": "请补收据"}
    )
    town.send()
    helper.do("rectify", fixed.key, outcome="apply_closure", result="已补收据", evidence=1, self_check=True)
    town.do(
        "reverify",
        fixed.key,
        reverify_result="fixed",
        method="on_site",
        second_verifier="李二",
        reverify_photos=1,
    )
    number = {
        "record_channel": "provincial_system",
        "external_number": "SB-2019-0001",
        "external_date": "2019-09-15",
    }
    county.do("record_closure", fixed.key, **number)
    county.goto(f"/tickets/{fixed.id}")
    expect(county.page.locator("main")).to_contain_text("SB-2019-0001")
    expect(county.page.locator(".djs-container, [data-diagram] svg").first).to_be_visible()


def _explained_and_hung(one: Journey, hung: Ticket) -> None:
    """Step 7: declared, explained, approved three times; hung and counted apart."""
    helper = one.visitor("helper1")
    helper.do("rectify", hung.key, outcome="cannot_close", result="项目资金未到")
    helper.do(
        "write_explanation",
        hung.key,
        reason_code="funds",
        explanation="项目资金计划十月下达，目前无法施工。",
        plan="资金到位后一周内完成",
        protection="已安排临时救助",
        review_date="2019-10-20",
        explanation_evidence=1,
    )
    one.visitor("town_office1").do("town_review", hung.key, town_decision="agree")
    one.visitor(_dept_of(one, hung)).do("dept_review", hung.key, dept_decision="agree")
    county = one.visitor("county_office1")
    county.do("county_review", hung.key, county_decision="agree")
    county.goto("/tickets?state=hung")
    expect(county.page.locator(f"a[href='/tickets/{hung.id}']")).to_be_visible()
    county.goto("/tickets?state=closed")
    expect(county.page.locator(f"a[href='/tickets/{hung.id}']")).to_have_count(0)


def _dept_of(one: Journey, ticket: Ticket) -> str:
    """Whoever sits in the line department of a ticket."""
    logins = [f"line_dept{number}" for number in range(1, 8)]
    return next(login for login in logins if Colleague(one.demo, login).work("dept_review", ticket.key))


def _overdue(one: Journey) -> None:
    """Step 8: another village's visits were never made: reminded, marked, told upwards."""
    for login in ("helper3", "team_lead2", "town_office1"):
        visitor = one.visitor(login)
        visitor.goto("/notices")
        expect(visitor.page.locator("main li").first).to_be_visible()
    visitor = one.visitor("helper3")
    visitor.goto("/")
    expect(visitor.page.locator(".group.overdue").first).to_be_visible()


def _every_other_page(one: Journey) -> None:
    """Pages that nobody passed on the way."""
    county = one.visitor("county_office1")
    for path in ("/villages", "/households", "/board", "/me", "/definitions", "/incidents", "/nowhere"):
        county.goto(path)
