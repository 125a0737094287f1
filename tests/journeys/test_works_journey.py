"""The key works through the pages, each from its start to its outputs, by its own people."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from rectification.campaigns.catalogue import get_check_items
from rectification.households.baseline import BaselineProblem
from rectification.households.model import Household
from rectification.matters.case import STILL_ASKED, Case
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import Ticket
from rectification.work_streams.model import WorkStream
from tests.journeys import story
from tests.journeys.conftest import Demo
from tests.journeys.journey import Journey
from tests.journeys.visitor import Visitor, chromium

INCOME = {
    "income_wages": 20000,
    "income_business": 8000,
    "income_property": 0,
    "income_transfers": 3000,
    "income_costs": 1000,
    "members": 3,
}


def case_of(journey: Journey, work: str, household: int) -> Case:
    """A household's part in a work."""
    with journey.application.database.reading() as session:
        query = select(Case).join(WorkStream, WorkStream.id == Case.work_stream_id)
        return session.scalars(query.where(WorkStream.code == work, Case.household_id == household)).one()


def answers(journey: Journey, work: str, *failing: str) -> dict[str, Any]:
    """Answers to a work's questions, of which these fail."""
    with journey.application.database.reading() as session:
        items = get_check_items(session, 1, "H", work)
    return {
        item.code: {"answer": item.fail_when, "reason": "有问题", "photos": int(item.photo_on_failure)}
        if item.code in failing
        else {"answer": story.passing(item)}
        for item in items
    }


def home_of_kind(journey: Journey, helper: int, kind: str, place: int) -> int:
    """One of the helper's households, which is of this kind."""
    with journey.application.database.writing() as session:
        number = journey.homes_of(helper)[place]
        session.execute(update(Household).where(Household.id == number).values(kind=kind))
    return number


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_works_of_the_plan_on_a_phone(demo: Demo) -> None:
    with chromium() as browser:
        journey = Journey(browser, demo, 390, "zh")
        helper = journey.visitor("helper1")
        _verified(journey, helper)
        _checked_again(journey, helper)
        _looked_back(journey, helper)
        _village_answers(journey)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_ticket_with_every_request_the_other_works_and_another_campaign_at_a_desk(demo: Demo) -> None:
    with chromium() as browser:
        journey = Journey(browser, demo, 1440, "en")
        helper = journey.visitor("helper1")
        _transferred_and_extended(journey, helper)
        _other_works(journey, helper)
        _another_campaign(journey)


def _verified(journey: Journey, helper: Visitor) -> None:
    """Work one: income and guarantees are facts; once every work has its answer they propose, and people decide."""
    home = journey.homes_of(helper.id)[0]
    case = case_of(journey, "dynamic", home)
    helper.goto("/")
    helper.do("verify_standard", case.key, **INCOME, answers=answers(journey, "dynamic"))
    helper.goto("/works/dynamic")
    expect(helper.page.locator(f"a[href='/cases/{case.id}']")).to_be_visible()


def result_of(journey: Journey, household: int) -> HouseholdResult:
    """The result of a household."""
    with journey.application.database.reading() as session:
        query = select(HouseholdResult).where(HouseholdResult.household_id == household)
        return session.scalars(query).one()


def _checked_again(journey: Journey, helper: Visitor) -> None:
    """Work three: each old problem by itself; slow progress takes a statement, what is not fixed a ticket."""
    home = journey.homes_of(helper.id)[0]
    with journey.application.database.writing() as session:
        session.add_all(
            BaselineProblem(campaign_id=1, household_id=home, item=item) for item in ("住房安全", "道路不通")
        )
    case = case_of(journey, "recheck", home)
    channel = {"record_channel": "paper_archive", "record_number": "档-17", "recorded_on": "2019-09-02"}
    helper.do("recheck", case.key, answers=answers(journey, "recheck"))
    helper.open("recheck_problem", case.key)
    helper.fill({"problem_state": "slow", "progress_percent": 40, **channel})
    helper.send()
    helper.open("recheck_problem", case.key)
    helper.fill({"problem_state": "not_fixed", "progress_percent": 0, "problem_note": "尚未动工", **channel})
    helper.send()
    helper.do(
        "statement", case.key, slow_reason="雨季无法施工", plan="九月中旬复工", promised_on="2019-09-22"
    )
    journey.visitor("town_office1").do("town_agrees", case.key, statement_ok="yes")
    helper.goto(f"/cases/{case.id}")
    main = helper.page.locator("main")
    expect(main).to_contain_text("雨季无法施工")
    expect(main).to_contain_text("历史问题 2 个")
    helper.goto(f"/tickets/{journey.ticket(home, 'K3S0').id}")
    expect(main).to_contain_text("基线问题：道路不通")


def _looked_back(journey: Journey, helper: Visitor) -> None:
    """Work four: a later accident that cannot be solved within the year is a relapse, by its own procedure."""
    with journey.application.database.reading() as session:
        query = select(Case).join(WorkStream, WorkStream.id == Case.work_stream_id).join(Household)
        query = query.where(WorkStream.code == "look_back", Household.helper_id == helper.id)
        row = session.scalars(query.order_by(Case.id)).first()
    assert row is not None
    helper.open("look_back", row.key)
    helper.fill({"exited_year": 2017, "later_event": "accident", "solvable": "no"})
    helper.fill({"answers": answers(journey, "look_back")})
    helper.page.locator("[data-add-row]").click()
    for name, value in {"year": "2017", "measure": "产业扶贫", "person": "户主", "amount": "3000"}.items():
        helper.page.locator(f"[name='measures_enjoyed.0.{name}']").fill(value)
    helper.send()
    _decided(journey, helper, row.household_id)


def _decided(journey: Journey, helper: Visitor, household: int) -> None:
    """The result: everything known of the household proposes, village, town and county decide, the county corrects."""
    with journey.application.database.reading() as session:
        waiting = session.scalars(select(Case).where(Case.household_id == household, STILL_ASKED)).all()
    for case in waiting:
        work = "dynamic" if case_of(journey, "dynamic", household).id == case.id else "recheck"
        step = "verify_standard" if work == "dynamic" else "recheck"
        more = {**INCOME, "new_difficulty": True, "solvable": "no"} if work == "dynamic" else {}
        helper.do(step, case.key, **more, answers=answers(journey, work))
    result = result_of(journey, household)
    assert result.proposal == "relapse"
    lead, office = journey.visitor("team_lead1"), journey.visitor("village_office1")
    lead.open("village_review", result.key)
    lead.fill({"review_says": "agree", "review_reason": "情况属实", "reviewed_on": "2019-09-02"})
    lead.send_in_vain("village-review-refused")
    assert lead.problem_of("review_papers")
    lead.fill({"review_papers": 1})
    lead.send()
    notice = {"notice_from": "2019-09-02", "notice_to": "2019-09-06", "notice_photo": 1}
    office.do("start_notice", result.key, **notice)
    journey.push(7)
    office.do("objections", result.key, objections_found="none")
    journey.visitor("town_office1").do("town_review", result.key, town_says="agree", town_opinion="属实")
    county = journey.visitor("county_office1")
    approval = {"approval_number": "颍扶〔2019〕15 号", "approval_date": "2019-09-07"}
    county.do("county_approval", result.key, county_says="agree", **approval)
    county.goto(f"/results/{result.id}")
    expect(county.page.locator("main")).to_contain_text("颍扶〔2019〕15 号")
    county.goto("/results?state=relapse")
    expect(county.page.locator(f"a[href='/results/{result.id}']")).to_be_visible()
    helper.goto(f"/households/{household}")
    expect(helper.page.locator("main")).to_contain_text("返贫")
    expect(helper.page.locator("main")).to_contain_text("产业扶贫")


def _village_answers(journey: Journey) -> None:
    """Work two: the village answers for itself; what fails becomes a ticket about the village."""
    lead = journey.visitor("team_lead1")
    with journey.application.database.reading() as session:
        village = session.scalars(select(Household.village).order_by(Household.id)).first()
        items = get_check_items(session, 1, "V")
    given: dict[str, Any] = {item.code: {"answer": story.passing(item)} for item in items}
    first = items[0]
    photos = int(first.photo_on_failure)
    given[first.code] = {"answer": first.fail_when, "reason": "程序资料不全", "photos": photos}
    lead.do("fill_village_form", f"village:{village}", answers=given)
    with journey.application.database.reading() as session:
        row = session.scalars(select(Ticket).where(Ticket.subject_kind == "village")).one()
    lead.goto(f"/tickets/{row.id}")
    expect(lead.page.locator("main")).to_contain_text("程序资料不全")


def _transferred_and_extended(journey: Journey, helper: Visitor) -> None:
    """Work two, further: more time, a transfer, a closure and a reopening, all on one ticket."""
    home = journey.homes_of(helper.id)[1]
    values = {"visited_on": "2019-09-02", "met": "home", "members_found": 3, "second_visitor": "陪同人"}
    with journey.application.database.reading() as session:
        given = story.answers(session, {"C1": None})
    given["C1"]["photos"] = 0
    helper.do("visit", f"household:{home}", **values, answers=given)
    found = journey.ticket(home, "C1")
    lead, town, county = (
        journey.visitor("team_lead1"),
        journey.visitor("town_office1"),
        journey.visitor("county_office1"),
    )
    village = f"village:{found.village}"
    lead.do("finish_visits", village, unvisited_reason="外出务工")
    lead.do("submit_list", village, unvisited_reason="外出务工")
    town.do("review_line", found.key, review="accept")
    town.do("dispatch", found.key, **journey.measure(helper.id, "2019-09-20"))
    helper.do("acknowledge", found.key, acknowledged="yes")
    helper.do("rectify", found.key, outcome="extend", result="雨天停工", asked_date="2019-09-22")
    town.do("decide_extension", found.key, extension_granted="yes", new_due_date="2019-09-21")
    whose = {"to_unit": journey.measure(lead.id, "")["resp_unit"], "to_person": lead.id}
    helper.do("rectify", found.key, outcome="transfer", result="由队长负责", **whose)
    lead.do("accept_transfer", found.key, transfer_taken="yes")
    journey.push(15)
    lead.open("rectify", found.key)
    lead.fill({"outcome": "apply_closure", "result": "已整改", "self_check": True, "evidence": 2})
    lead.send()
    town.do("reverify", found.key, reverify_result="fixed", method="on_site", second_verifier="李二")
    record = {"record_channel": "paper_archive", "external_number": "档-9", "external_date": "2019-09-15"}
    county.do("record_closure", found.key, **record)
    county.goto(f"/tickets/{found.id}")
    county.page.locator(f"a[href='/tickets/{found.id}/reopening']").click()
    county.page.locator("form.sheet button[type=submit]").click()
    expect(county.page.locator(".problem")).to_have_count(3)
    county.look("reopening-refused")
    county.page.select_option("#kind", "spot_check")
    county.page.fill("#reason", "抽查发现反弹")
    county.page.fill("#due", "2019-09-22")
    county.page.locator("form.sheet button[type=submit]").click()
    county.page.wait_for_url(f"**/tickets/{found.id}")
    lead.open("rectify", found.key)


def _other_works(journey: Journey, helper: Visitor) -> None:
    """Both proposals for the fifth work and one of another field: taken up in the browser, walked to their outcomes."""
    city, county, lead = (journey.visitor(who) for who in ("city_office1", "county_office1", "team_lead1"))
    for code in ("feedback", "data", "safety"):
        city.goto("/works")
        expect(city.page.locator("main")).to_contain_text("not in the plan's text")
        city.page.locator(f"form:has(input[value={code}]) button").click()
        city.page.wait_for_url(f"**/works/{code}")
    journey.application.do_jobs()
    home = journey.homes_of(helper.id)[0]
    cases = {code: case_of(journey, code, home) for code in ("feedback", "data", "safety")}
    helper.do("inspect", cases["data"].key, answers=answers(journey, "data"), outcome_reason="与户籍一致")
    lead.do("confirm", cases["data"].key, outcome="verified")
    helper.do("inspect", cases["feedback"].key, answers=answers(journey, "feedback", "K5A3"))
    helper.do("inspect", cases["safety"].key, answers=answers(journey, "safety", "K6A3"))
    helper.goto(f"/tickets/{journey.ticket(home, 'K5A3').id}")
    journey.push(25)
    journey.application.engine.settle()
    lead.do("confirm", cases["feedback"].key, outcome="not_fixed")
    lead.do("confirm", cases["safety"].key, outcome="hazard_open")
    for code, outcome in (("data", "verified"), ("feedback", "not_fixed"), ("safety", "hazard_open")):
        county.goto(f"/works/{code}?outcome={outcome}")
        expect(county.page.locator(f"a[href='/cases/{cases[code].id}']")).to_be_visible()
    county.goto("/jobs")


def _another_campaign(journey: Journey) -> None:
    """Other dates, another area, other questions: filled in on one page, begun, and the first visit made."""
    city = journey.visitor("city_office1")
    city.goto("/campaigns/new")
    city.page.fill("#name", "秋季安全大检查")
    city.page.locator("form[action='/campaigns'] button[type=submit]").click()
    expect(city.page.locator(".problem").first).to_be_visible()
    city.look("campaign-refused")
    with journey.application.database.reading() as session:
        town = session.scalars(select(Household.town)).first()
    city.page.select_option("#area", town)
    days = {
        "visits": "10-10",
        "list": "10-11",
        "reverify": "10-25",
        "explanation": "10-25",
        "closing": "10-31",
    }
    for name, day in days.items():
        city.page.fill(f"#{name}", f"2019-{day}")
    city.page.select_option("#checklist", "own")
    city.page.fill("#questions", "# 用电\n是否私拉乱接电线？\n灭火器是否有效？")
    city.page.select_option("#households_from", index=1)
    city.page.locator("form[action='/campaigns'] button[type=submit]").click()
    city.page.wait_for_url("**/campaigns/2")
    city.look("campaign")
    city.page.locator("form[action='/campaigns/2/begin'] button").click()
    city.page.wait_for_url("**/jobs")
    journey.application.do_jobs()
    helper = journey.visitor("helper1")
    with journey.application.database.reading() as session:
        query = select(Household.id).where(Household.campaign_id == 2, Household.helper_id == helper.id)
        home = session.scalars(query.order_by(Household.id)).first()
    given = {"A1": {"answer": "yes"}, "A2": {"answer": "yes"}}
    values = {"visited_on": "2019-09-25", "met": "home", "members_found": 3, "second_visitor": "陪同人"}
    helper.do("visit", f"household:{home}", **values, answers=given)
    city.goto("/board")
