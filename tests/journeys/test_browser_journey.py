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
        journey = Journey(browser, demo, width, language)
        fixed, hung = _visits(journey)
        _list_goes_up(journey, fixed)
        _town_hands_out(journey, fixed, hung)
        _clock_is_pushed(journey)
        _fixed_and_closed(journey, fixed)
        _explained_and_hung(journey, hung)
        _overdue(journey)
        _every_other_page(journey)


def _visits(journey: Journey) -> tuple[Ticket, Ticket]:
    """Step 1: the form refuses what is incomplete and keeps what was typed; failed items become drafts."""
    helper = journey.visitor("helper1")
    homes = journey.homes_of(helper.id)
    helper.goto("/")
    with journey.application.database.reading() as session:
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
    _other_visits(journey, homes[1:])
    return journey.ticket(homes[0], "E4"), journey.ticket(homes[0], "C1")


def _other_visits(journey: Journey, homes: list[int]) -> None:
    """The other forms of the village, which would look the same, go through the API."""
    for login in ("helper1", "helper2"):
        colleague = Colleague(journey.demo, login)
        for item in colleague.work("visit"):
            with journey.application.database.reading() as session:
                colleague.answered(item["id"], story.visit(session, "2019-09-02"))


def _list_goes_up(journey: Journey, fixed: Ticket) -> None:
    """Step 2: the team lead checks a form, then submits the list."""
    lead = journey.visitor("team_lead1")
    lead.goto("/")
    lead.do("check_visit", f"household:{fixed.household_id}", check="ok")
    colleague = Colleague(journey.demo, "team_lead1")
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


def _town_hands_out(journey: Journey, fixed: Ticket, hung: Ticket) -> None:
    """Step 3: the town returns and accepts lines, hands them out, not later than re-verification allows."""
    town, helper = journey.visitor("town_office1"), journey.visitor("helper1")
    town.goto("/")
    town.do("review_line", fixed.key, review="return", review_reason="描述不清")
    lead = journey.visitor("team_lead1")
    lead.do("correct_line", fixed.key, description="家庭医生半年没有上门")
    town.do("review_line", fixed.key, review="accept")
    town.open("dispatch", fixed.key)
    town.fill(journey.measure(helper.id, "2019-09-23"))
    town.send_in_vain("dispatch-refused")
    assert "2019-09-21" in town.problem_of("due_date")
    town.fill({"due_date": "2019-09-20"})
    town.send()
    town.do("review_line", hung.key, review="accept")
    town.do("dispatch", hung.key, **journey.measure(helper.id, "2019-09-20"))
    helper.do("acknowledge", fixed.key, acknowledged="yes")
    helper.do("acknowledge", hung.key, acknowledged="yes")


def _clock_is_pushed(journey: Journey) -> None:
    """The demo's own control, then the list milestone: numbers appear."""
    county = journey.visitor("county_office1")
    county.goto("/board")
    before = journey.application.clock.now()
    county.page.locator("form[action='/demo/next-deadline'] button").click()
    expect(county.page.locator(".demo")).to_be_visible()
    middle = journey.application.clock.now()
    county.page.locator("form[action='/demo/one-day-on'] button").click()
    county.page.wait_for_load_state()
    assert before < middle < journey.application.clock.now()
    journey.push(15)
    county.goto("/tickets")
    expect(county.page.locator(".num").first).to_be_visible()


def _fixed_and_closed(journey: Journey, fixed: Ticket) -> None:
    """Steps 4 to 6: progress, evidence, re-verification by somebody else, the closing with its number."""
    helper, town, county = (
        journey.visitor("helper1"),
        journey.visitor("town_office1"),
        journey.visitor("county_office1"),
    )
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


def _explained_and_hung(journey: Journey, hung: Ticket) -> None:
    """Step 7: declared, explained, approved three times; hung and counted apart."""
    helper = journey.visitor("helper1")
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
    journey.visitor("town_office1").do("town_review", hung.key, town_decision="agree")
    journey.visitor(_dept_of(journey, hung)).do("dept_review", hung.key, dept_decision="agree")
    county = journey.visitor("county_office1")
    county.do("county_review", hung.key, county_decision="agree")
    county.goto("/tickets?state=hung")
    expect(county.page.locator(f"a[href='/tickets/{hung.id}']")).to_be_visible()
    county.goto("/tickets?state=closed")
    expect(county.page.locator(f"a[href='/tickets/{hung.id}']")).to_have_count(0)


def _dept_of(journey: Journey, ticket: Ticket) -> str:
    """Whoever sits in the line department of a ticket."""
    logins = [f"line_dept{number}" for number in range(1, 8)]
    return next(login for login in logins if Colleague(journey.demo, login).work("dept_review", ticket.key))


def _overdue(journey: Journey) -> None:
    """Step 8: another village's visits were never made: reminded, marked, told upwards."""
    for login in ("helper3", "team_lead2", "town_office1"):
        visitor = journey.visitor(login)
        visitor.goto("/notices")
        expect(visitor.page.locator("main li").first).to_be_visible()
    visitor = journey.visitor("helper3")
    visitor.goto("/")
    expect(visitor.page.locator(".group.overdue").first).to_be_visible()


def _every_other_page(journey: Journey) -> None:
    """Pages that nobody passed on the way."""
    county = journey.visitor("county_office1")
    for path in ("/villages", "/households", "/board", "/me", "/definitions", "/incidents", "/nowhere"):
        county.goto(path)
