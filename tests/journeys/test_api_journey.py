"""The main way through /api/v1 alone: each step by the person whose post it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from rectification.issue_lists.submit import hash_holds
from rectification.matters.issue_list import IssueList
from rectification.matters.ticket import Ticket
from rectification.people.posts import Post
from tests.journeys import story
from tests.journeys.colleague import Colleague
from tests.journeys.conftest import Demo


class Journey:
    """Who takes part, and what they do more than once."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.application = demo.application
        self.helper, self.second_helper = Colleague(demo, "helper1"), Colleague(demo, "helper2")
        self.lead, self.town = Colleague(demo, "team_lead1"), Colleague(demo, "town_office1")
        self.county, self.health = Colleague(demo, "county_office1"), Colleague(demo, "line_dept1")

    def push(self, day: int, hour: int = 9) -> None:
        """Move the campaign's clock."""
        assert self.application.demo_clock is not None
        self.application.demo_clock.push_to(story.day(day, hour))

    def visit(self, who: Colleague, key: str, on: str, failing: dict[str, int | None] | None = None) -> None:
        """Fill a household's form; every failing item gets a photo."""
        shown = {code: who.photo(key) for code in failing or {}}
        with self.application.database.reading() as session:
            values = story.visit(session, on, shown)
        who.complete("visit", key, **values)

    def ticket_of(self, household: str, item: str) -> int:
        """The ticket that an item of a household became."""
        number = int(household.removeprefix("household:"))
        with self.application.database.reading() as session:
            query = select(Ticket.id).where(Ticket.household_id == number, Ticket.item == item)
            return session.scalars(query).one()

    def status(self, ticket: int) -> Any:
        """Where a ticket stands."""
        return self.county.ticket(ticket)["status"]

    def hand_out(self, ticket: int, due: str) -> None:
        """The town accepts a line and dispatches it to the household's helper; he acknowledges."""
        key = f"ticket:{ticket}"
        self.town.complete("review_line", key, review="accept")
        self.town.complete("dispatch", key, **self.measure(due))
        self.helper.complete("acknowledge", key, acknowledged="yes")

    def measure(self, due: str) -> dict[str, Any]:
        """Measure, unit, person and due date."""
        with self.application.database.reading() as session:
            unit = session.scalars(select(Post.unit_id).where(Post.person_id == self.helper.id)).one()
        return {
            "measure": "联系镇卫生院补签并上门服务",
            "rect_type": "immediate",
            "resp_unit": unit,
            "resp_person": self.helper.id,
            "due_date": due,
        }

    def apply(self, ticket: int) -> None:
        """The helper applies for closure with what the item asks for."""
        key = f"ticket:{ticket}"
        shown = [self.helper.photo(key), self.helper.photo(key)]
        self.helper.complete(
            "rectify", key, outcome="apply_closure", result="已补签并上门", evidence=shown, self_check=True
        )


def test_the_main_way_through_the_api(demo: Demo) -> None:
    journey = Journey(demo)
    homes = [item["key"] for item in journey.helper.work("visit")]
    assert len(homes) >= 3

    _visits(journey, homes)
    first, second, third = (
        journey.ticket_of(homes[0], "E3"),
        journey.ticket_of(homes[0], "C1"),
        journey.ticket_of(homes[1], "C5"),
    )
    late_home = homes[2]
    _list_goes_up(journey, first, homes[1])
    _town_hands_out(journey, first)
    journey.hand_out(second, "2019-09-20")
    journey.hand_out(third, "2019-09-12")
    _list_is_frozen(journey, [first, second, third], late_home)
    _fixed_and_closed(journey, first)
    _explained_and_hung(journey, second)
    _overdue_and_stepped_up(journey, third)

    counts = journey.county.tickets()["counts"]
    assert (counts["closed"], counts["hung"]) == (1, 1)
    assert counts["open"] == 2


def _visits(journey: Journey, homes: list[str]) -> None:
    """Step 1: forms, refused while incomplete; failed items become drafts."""
    with journey.application.database.reading() as session:
        bare = story.visit(session, "2019-09-02", {"E4": None})
    refused = journey.helper.try_to(journey.helper.item("visit", homes[0])["id"], bare)
    assert refused.status_code == 422
    assert "照" in refused.json()["problems"]["answers"]["zh"]
    absent = {
        "visited_on": "2019-09-02",
        "second_visitor": "陪同人",
        "met": "absent",
        "next_visit_on": "2019-09-03",
    }
    journey.helper.complete("visit", homes[0], **absent)
    journey.visit(journey.helper, homes[0], "2019-09-02", {"E3": None, "C1": None})
    journey.visit(journey.helper, homes[1], "2019-09-02", {"C5": None})
    for item in journey.second_helper.work("visit"):
        journey.visit(journey.second_helper, item["key"], "2019-09-02")
    assert journey.status(journey.ticket_of(homes[0], "E3")) == "draft"


def _list_goes_up(journey: Journey, first: int, home: str) -> None:
    """Step 2: the team lead returns a form, checks the others, submits the list; another village reports zero."""
    lead = journey.lead
    lead.complete("check_visit", home, check="return", check_reason="请补全人口")
    journey.visit(journey.helper, home, "2019-09-02", {"C5": None})
    for item in lead.work("check_visit"):
        lead.complete("check_visit", item["key"], check="ok")
    village = lead.item("finish_visits")["key"]
    lead.complete("finish_visits", village, unvisited_reason="一户外出，已约定补访")
    wrong = lead.try_to(
        lead.item("submit_list", village)["id"], {"zero_report": True, "unvisited_reason": "外出"}
    )
    assert wrong.status_code == 422
    assert "zero_report" in wrong.json()["problems"]
    lead.complete("submit_list", village, unvisited_reason="一户外出", statement="三条问题")
    assert journey.status(first) == "reported"

    other_lead = Colleague(journey.demo, "team_lead2")
    for login in ("helper3", "helper4"):
        helper = Colleague(journey.demo, login)
        for item in helper.work("visit"):
            journey.visit(helper, item["key"], "2019-09-02")
    village = other_lead.item("finish_visits")["key"]
    other_lead.complete("finish_visits", village)
    other_lead.complete("submit_list", village, zero_report=True)


def _town_hands_out(journey: Journey, first: int) -> None:
    """Step 3: the town returns a line, accepts it, and may not give a date that leaves no time to re-verify."""
    key = f"ticket:{first}"
    journey.town.complete("review_line", key, review="return", review_reason="描述不清")
    assert journey.status(first) == "returned"
    journey.lead.complete("correct_line", key, description="住院时被要求缴纳押金 500 元")
    journey.town.complete("review_line", key, review="accept")
    assert journey.status(first) == "listed"
    item = journey.town.item("dispatch", key)["id"]
    late = journey.town.try_to(item, journey.measure("2019-09-23"))
    assert late.status_code == 422
    assert set(late.json()["problems"]) == {"due_date"}
    journey.town.answered(item, journey.measure("2019-09-21"))
    assert journey.status(first) == "assigned"


def _list_is_frozen(journey: Journey, tickets: list[int], late_home: str) -> None:
    """Step 3, the list milestone: numbered without a gap, frozen, hashed; a later find enters the supplement."""
    journey.push(15)
    with journey.application.database.reading() as session:
        lines = [session.get_one(Ticket, number) for number in tickets]
        assert sorted(line.line_no or 0 for line in lines) == [1, 2, 3]
        main = session.get_one(IssueList, lines[0].list_id)
        assert main.frozen_at is not None
        assert hash_holds(main)
    journey.visit(journey.helper, late_home, "2019-09-15", {"E1": None})
    late = journey.ticket_of(late_home, "E1")
    assert journey.status(late) == "reported"
    journey.town.complete("review_line", f"ticket:{late}", review="accept")
    with journey.application.database.reading() as session:
        line = session.get_one(Ticket, late)
        supplement = session.get_one(IssueList, line.list_id)
        assert (line.line_no, supplement.kind) == (4, "supplement")
        assert hash_holds(session.get_one(IssueList, main.id))


def _fixed_and_closed(journey: Journey, first: int) -> None:
    """Steps 4 to 6: acknowledged, no closing without evidence, verified by somebody else, closed with a number."""
    key = f"ticket:{first}"
    journey.helper.complete("acknowledge", key, acknowledged="yes")
    note = {"percent": 50, "text": "已与医院联系"}
    assert journey.helper.ask("POST", f"/tickets/{first}/progress", json=note).status_code == 204
    item = journey.helper.item("rectify", key)["id"]
    bare = {"outcome": "apply_closure", "result": "已退还押金", "evidence": [], "self_check": True}
    refused = journey.helper.try_to(item, bare)
    assert refused.status_code == 422
    assert "evidence" in refused.json()["problems"]
    journey.apply(first)
    assert journey.status(first) == "submitted"
    verify = journey.town.item("reverify", key)["id"]
    assert journey.helper.try_to(verify, {"reverify_result": "fixed"}).status_code in (403, 404)
    judged = {
        "reverify_result": "not_fixed",
        "method": "on_site",
        "second_verifier": "李二",
        "demand": "请补收据",
    }
    journey.town.answered(verify, judged)
    assert journey.status(first) == "in_progress"
    journey.apply(first)
    shown = [journey.town.photo(key)]
    journey.town.complete(
        "reverify",
        key,
        reverify_result="fixed",
        method="on_site",
        second_verifier="李二",
        reverify_photos=shown,
    )
    assert journey.status(first) == "verified"
    number = {
        "record_channel": "provincial_system",
        "external_number": "SB-2019-0001",
        "external_date": "2019-09-15",
    }
    done = journey.county.item("record_closure", key)["id"]
    answer = journey.county.try_to(done, number, key="the-same-key")
    again = journey.county.try_to(done, number, key="the-same-key")
    assert answer.json()["ended"]
    assert again.json()["repeated"]
    stale = journey.county.try_to(done, number)
    assert stale.status_code == 409
    assert journey.county.name in stale.json()["message_zh"]
    assert journey.status(first) == "closed"


def _explained_and_hung(journey: Journey, ticket: int) -> None:
    """Step 7: declared, explained, approved by town, department and county: hung, with a review date."""
    key = f"ticket:{ticket}"
    journey.helper.complete("rectify", key, outcome="cannot_close", result="项目资金未到")
    assert journey.status(ticket) == "explaining"
    _explain(journey, key)
    journey.town.complete("town_review", key, town_decision="agree")
    dept = _of_dept(journey, key)
    dept.complete("dept_review", key, dept_decision="agree", dept_opinion="属实")
    journey.county.complete("county_review", key, county_decision="agree")
    assert journey.status(ticket) == "hung"
    assert journey.county.item("review_hung", key)["due_at"].startswith("2019-10-")


def _of_dept(journey: Journey, key: str) -> Colleague:
    """Whoever sits in the line department that is asked."""
    logins = [f"line_dept{number}" for number in range(1, 8)] + ["county_office2"]
    return next(
        who for who in (Colleague(journey.demo, login) for login in logins) if who.work("dept_review", key)
    )


def _explain(journey: Journey, key: str) -> None:
    journey.helper.complete(
        "write_explanation",
        key,
        reason_code="funds",
        explanation="项目资金计划十月下达，目前无法施工。",
        plan="资金到位后一周内完成",
        protection="已安排临时救助",
        review_date="2019-10-20",
        explanation_evidence=[journey.helper.photo(key)],
    )


def _overdue_and_stepped_up(journey: Journey, ticket: int) -> None:
    """Step 8 and the refusal of step 7: told before and after, up the tree; refused, back to work one step up."""
    key = f"ticket:{ticket}"
    line = journey.county.ticket(ticket)
    assert line["overdue"]
    assert line["facts"]["escalation_level"] >= 1
    assert _mail_about(journey, "helper1")
    assert _mail_about(journey, "team_lead1")
    assert _mail_about(journey, "town_office1")
    journey.helper.complete("rectify", key, outcome="cannot_close", result="户主长期外出")
    _explain(journey, key)
    before = journey.county.ticket(ticket)["facts"]["escalation_level"]
    journey.town.complete("town_review", key, town_decision="reject", town_opinion="可以整改，不同意挂账")
    after = journey.county.ticket(ticket)
    assert after["status"] == "in_progress"
    assert after["facts"]["escalation_level"] > before
    assert not after["overdue"]


def _mail_about(journey: Journey, login: str) -> list[Path]:
    """Letters that the demo wrote for somebody, instead of sending them."""
    folder = journey.application.settings.data_dir / "mail"
    return [file for file in folder.glob("*.eml") if f"{login}@".encode() in file.read_bytes()]
