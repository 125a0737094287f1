"""The one result of a household: facts, proposal, procedure, decision, correction; written by hand from the plan's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.errors import DomainError, NotAllowed, WrongValues
from engine.host import SYSTEM, Step, Values
from engine.json import as_object
from rectification.campaigns.catalogue import CheckItem, get_check_items
from rectification.campaigns.model import get_campaign
from rectification.households.model import Household
from rectification.matters.case import open_cases
from rectification.matters.result import HouseholdResult, decisions_of, get_outcomes
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import acting_now
from rectification.results.corrections import Correction, correct_result, keep_result, reopen_result
from rectification.work_streams.model import get_templates, take_up
from tests.rectification.campaign import EAST, SmallCampaign, local

RICH = {
    "income_wages": 20000,
    "income_business": 8000,
    "income_property": 0,
    "income_transfers": 3000,
    "income_costs": 1000,
    "members": 3,
}
POOR = {**RICH, "income_wages": 0}
APPROVED = {"approval_number": "颍扶〔2019〕12 号"}


class Walk:
    """The first household of the small campaign on its way through key works and the procedure."""

    def __init__(self, small: SmallCampaign, kind: str, *works: str) -> None:
        self.small = small
        with small.database.writing() as session:
            campaign = get_campaign(session, 1)
            campaign.settings = {**campaign.settings, "income_line": 3700}
            campaign.income_from, campaign.income_to = dt.date(2018, 10, 1), dt.date(2019, 9, 30)
            session.execute(update(Household).where(Household.id == 1).values(kind=kind))
            session.execute(update(Household).where(Household.id != 1).values(kind="elsewhere"))
            for code in works:
                what = next(template for template in get_templates() if template.code == code)
                work = take_up(acting_now(session, small.engine, SYSTEM), campaign, what)
                session.flush()
                open_cases(session, small.engine, work, EAST)

    def answers(self, work: str, *failing: str) -> dict[str, Any]:
        with self.small.database.reading() as session:
            items = get_check_items(session, 1, "H", work)
        other = {"no": "yes", "yes": "no"}
        key = self.case(work)
        return {
            item.code: {"answer": item.fail_when, "reason": "有问题", "photos": [self.small.photo(key)]}
            if item.code in failing
            else {"answer": other[item.fail_when]}
            for item in items
        }

    def case(self, work: str) -> str:
        elements = {"dynamic": "verify_standard", "look_back": "look_back"}
        return str(next(entry.key for entry in self.small.open() if entry.element == elements[work]))

    def dynamic(self, *failing: str, income: dict[str, int] = RICH, **more: Any) -> None:
        values = {**income, "new_difficulty": False, "answers": self.answers("dynamic", *failing), **more}
        self.small.do("helper", self.case("dynamic"), "verify_standard", **values)

    def look_back(self, *failing: str, event: str = "none", **more: Any) -> None:
        values = {"exited_year": 2017, "later_event": event, "answers": self.answers("look_back", *failing)}
        self.small.do("helper", self.case("look_back"), "look_back", **values, **more)

    @property
    def result(self) -> HouseholdResult:
        with self.small.database.reading() as session:
            return session.scalars(select(HouseholdResult)).one()

    @property
    def key(self) -> str:
        return self.result.key

    @property
    def kind(self) -> str:
        with self.small.database.reading() as session:
            return session.get_one(Household, 1).kind

    def review(self, says: str = "agree", **more: Any) -> None:
        papers = [self.small.photo(self.key)]
        values = {
            "review_says": says,
            "review_reason": "评议意见",
            "reviewed_on": self.today,
            "review_papers": papers,
        }
        self.small.do("lead", self.key, "village_review", **{**values, **more})

    def sign(self) -> None:
        self.small.do("village_office", self.key, "village_check", check_says="agree", check_note="属实")
        signature = [self.small.photo(self.key)]
        self.small.do("helper", self.key, "household_signs", head_says="agree", head_signature=signature)

    def publish(self) -> None:
        first = self.small.clock.now().astimezone(local(1).tzinfo).date()
        values = {
            "notice_from": first.isoformat(),
            "notice_to": (first + dt.timedelta(days=4)).isoformat(),
            "notice_photo": [self.small.photo(self.key)],
        }
        self.small.do("village_office", self.key, "start_notice", **values)
        self.small.push(self.small.clock.now() + dt.timedelta(days=5))
        self.small.do("village_office", self.key, "objections", objections_found="none")

    def town(self) -> None:
        self.small.do("town", self.key, "town_review", town_says="agree", town_opinion="同意")

    def county(self, **more: Any) -> None:
        self.small.do("county", self.key, "county_approval", **{"county_says": "agree", **more})

    def decide(self, outcome: str) -> None:
        """Everybody agrees to what is proposed, by the procedure of the outcome."""
        steps = {
            "exit": (self.review, self.sign, self.publish, self.town, self.approve),
            "no_exit": (self.review, self.town, self.county),
            "not_admit": (self.review, self.town, self.county),
            "stable": (self.review, self.town),
            "no_relapse": (self.review, self.town),
            "edge_supported": (self.town,),
            "edge_unsupported": (self.town,),
        }
        for step in steps.get(outcome, (self.review, self.publish, self.town, self.approve)):
            step()

    def approve(self) -> None:
        self.county(**APPROVED, approval_date=self.today)

    @property
    def today(self) -> str:
        return self.small.clock.now().astimezone(local(1).tzinfo).date().isoformat()

    def becomes(self, item: str, status: str, close_type: str | None = None) -> None:
        """The household's ticket of an item gets a status, as its own diagram would say it."""
        small = self.small
        with small.database.writing() as session:
            row = session.scalars(select(Ticket).where(Ticket.item == item)).one()
            row.close_type = close_type

            def send(message: str, key: str | None, payload: Values) -> None:
                small.engine.send(session, message, key, payload, actor=SYSTEM)

            step = Step(
                session,
                0,
                "rectification",
                row.key,
                "",
                "",
                {},
                {},
                SYSTEM,
                small.clock.now(),
                _never,
                send,
                _nothing,
            )
            small.world.status_changed(step, status)
        small.work()

    def corrected(self, who: str, outcome: str, **more: Any) -> None:
        papers = [self.small.photo(self.key)]
        given = {"reason": "复核发现原结论有误", "papers": papers, **more}
        with self.small.database.writing() as session:
            result = session.scalars(select(HouseholdResult)).one()
            correct_result(self.small.acting(session, who), result, Correction(outcome, **given))


def _never(process: str, key: str, variables: Values) -> int:
    raise AssertionError(process)


def _nothing(definition: int, element: str | None, name: str) -> Collection[str]:
    return ()


def found_at_visit(small: SmallCampaign, bears_on: str) -> None:
    """The visit finds an indicator: the item E3 of the small catalogue stands for it."""
    with small.database.writing() as session:
        session.execute(update(CheckItem).where(CheckItem.code == "E3").values(bears_on=bears_on))
    small.begin()
    small.visit("201-001", small.failed("201-001", "E3"))


@pytest.mark.parametrize(
    ("kind", "dynamic", "look_back", "outcome", "reason", "after"),
    [
        ("exit_planned", {}, None, "exit", "收入过线", "exited_supported"),
        ("exit_planned", {"income": POOR}, None, "no_exit", "没有过线", "registered"),
        ("exited_supported", {}, {}, "stable", "没有年内解决不了", "exited_supported"),
        ("exited_supported", {}, {"failing": "K4S1"}, "rollback", "收入不稳定", "registered"),
        ("exited_supported", {"income": POOR}, {}, "rollback", "没有过线", "registered"),
        ("exited_supported", {}, {"event": "accident", "solvable": "no"}, "relapse", "变故", "registered"),
        ("exited_supported", {}, {"event": "disaster", "solvable": "yes"}, "stable", "", "exited_supported"),
        ("exited_supported", {"new_difficulty": True, "solvable": "no"}, {}, "relapse", "变故", "registered"),
        ("exited", {"new_difficulty": True, "solvable": "no"}, None, "relapse", "变故", "registered"),
        ("exited", {"new_difficulty": True, "solvable": "yes"}, None, "no_relapse", "可以解决", "exited"),
        ("edge", {"own_measures": True, "moderate_support": True}, None, "edge_supported", "已有", "edge"),
        (
            "edge",
            {"own_measures": True, "moderate_support": False},
            None,
            "edge_unsupported",
            "适度支持",
            "edge",
        ),
        (
            "edge",
            {"new_difficulty": True, "solvable": "no", "income": POOR},
            None,
            "admit",
            "没有过线",
            "registered",
        ),
        ("edge", {"new_difficulty": True, "solvable": "no"}, None, "not_admit", "收入过线", "edge"),
    ],
)
def test_facts_propose_and_people_decide(
    small: SmallCampaign,
    kind: str,
    dynamic: dict[str, Any],
    look_back: dict[str, Any] | None,
    outcome: str,
    reason: str,
    after: str,
) -> None:
    walk = Walk(small, kind, *(["dynamic"] if look_back is None else ["dynamic", "look_back"]))
    small.push(local(3))
    walk.dynamic(**dynamic)
    if look_back is not None:
        with small.database.reading() as session:
            assert session.scalars(select(HouseholdResult)).first() is None, "another work still asks"
        given = dict(look_back)
        failing = given.pop("failing", None)
        walk.look_back(*([failing] if failing else []), **given)
    if walk.result.facts["being_repaired"]:
        small.push(local(25))
    assert walk.result.proposal == outcome
    assert not walk.result.decided
    assert reason in walk.result.proposal_reason
    assert "或" not in walk.result.proposal_reason
    small.push(local(27) if small.clock.now() < local(24) else small.clock.now())
    assert not walk.result.decided, "the clock decides nothing"
    walk.decide(outcome)
    assert (walk.result.outcome, walk.result.final, walk.kind) == (outcome, True, after)
    assert small.ended(walk.key)
    assert len([ticket for ticket in small.tickets() if ticket.source == "result"]) == (
        outcome == "edge_unsupported"
    )


@pytest.mark.parametrize(
    ("kind", "bears_on", "outcome", "after"),
    [
        ("ordinary", "missed", "admit", "registered"),
        ("registered", "wrongly_admitted", "remove", "ordinary"),
        ("exited", "wrongly_exited", "rollback", "registered"),
        ("exited_supported", "wrongly_exited", "rollback", "registered"),
    ],
)
def test_what_a_visit_finds_leads_to_its_own_procedure(
    small: SmallCampaign, kind: str, bears_on: str, outcome: str, after: str
) -> None:
    walk = Walk(small, kind)
    found_at_visit(small, bears_on)
    assert walk.result.proposal == outcome
    walk.decide(outcome)
    assert (walk.result.outcome, walk.kind) == (outcome, after)


@pytest.mark.made_up_rows
@pytest.mark.parametrize(
    ("status", "close_type", "outcome"),
    [
        ("verified", None, "exit"),
        ("closed", "rectified", "exit"),
        ("closed", "rectified_late", "exit"),
        ("closed", "not_true", "exit"),
        ("void", None, "exit"),
        ("closed", "subject_gone", "exit"),
        ("in_progress", None, "no_exit"),
        ("submitted", None, "no_exit"),
        ("explaining", None, "no_exit"),
        ("hung", None, "no_exit"),
        ("closed", "administrative", "no_exit"),
        ("closed", "handed_over", "no_exit"),
    ],
)
def test_a_problem_bears_until_it_is_fixed_and_re_verified_or_was_never_there(
    small: SmallCampaign, status: str, close_type: str | None, outcome: str
) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic("K1S6")
    assert as_object(walk.result.facts["needs"])["housing"] == "being_fixed"
    assert walk.result.proposal == "no_exit"
    walk.becomes("K1S6", status, close_type)
    assert walk.result.proposal == outcome
    small.push(local(25))
    assert small.waiting(walk.key) == ["village_review"]
    walk.decide(outcome)
    assert walk.result.outcome == outcome


def test_a_problem_that_bears_on_no_fact_never_touches_a_result(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    small.begin()
    small.visit("201-001", small.failed("201-001", "A5"))
    walk.dynamic()
    assert walk.result.proposal == "exit"
    assert small.waiting(walk.key) == ["village_review"]


@pytest.mark.made_up_rows
def test_a_merged_problem_bears_as_long_as_the_one_it_was_merged_into(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic("K1S6", "K1S7")
    with small.database.writing() as session:
        house, water = session.scalars(select(Ticket).order_by(Ticket.id))
        water.merged_into_id, water.status = house.id, "void"
    walk.becomes("K1S6", "in_progress")
    assert (walk.result.facts["unresolved"], walk.result.proposal) == (2, "no_exit")
    walk.becomes("K1S6", "verified")
    assert (walk.result.facts["unresolved"], walk.result.proposal) == (0, "exit")


def test_repairs_are_waited_for_until_re_verification_and_then_people_decide(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic("K1S6")
    assert small.waiting(walk.key) == []
    assert walk.result.status == "awaiting_repairs"
    small.push(local(25))
    assert small.waiting(walk.key) == ["village_review"]
    assert not walk.result.decided


@pytest.mark.made_up_rows
def test_facts_that_change_before_the_decision_renew_the_proposal_and_say_what_changed(
    small: SmallCampaign,
) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic("K1S6")
    small.push(local(25))
    walk.review()
    assert small.waiting(walk.key) == ["town_review"]
    walk.becomes("K1S6", "verified")
    assert (walk.result.proposal, walk.result.changes) == ("exit", "住房安全：已整改并复核")
    assert small.waiting(walk.key) == ["village_review"], "the procedure begins again with the new proposal"
    assert "情况变化：住房安全" in str(small.variables(walk.key)["proposal_told"])


@pytest.mark.made_up_rows
def test_a_change_that_leads_to_the_same_leaves_the_procedure_alone(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic("K1S6", income=POOR)
    small.push(local(25))
    walk.review()
    walk.becomes("K1S6", "hung")
    assert small.waiting(walk.key) == ["village_review"], "its only repairable problem is repairable no more"
    walk.review()
    walk.becomes("K1S6", "explaining")
    assert small.waiting(walk.key) == ["town_review"]


@pytest.mark.made_up_rows
def test_two_works_that_disagree_make_one_result(small: SmallCampaign) -> None:
    walk = Walk(small, "exited_supported", "dynamic", "look_back")
    walk.dynamic(new_difficulty=True, solvable="no")
    walk.look_back("K4S6", event="none")
    small.push(local(25))
    assert (walk.result.proposal, as_object(walk.result.facts["needs"])["housing"]) == (
        "rollback",
        "being_fixed",
    )
    walk.becomes("K4S6", "verified")
    assert walk.result.proposal == "relapse", (
        "where both hold, the rollback goes first; alone it is a relapse"
    )
    with small.database.reading() as session:
        assert len(session.scalars(select(HouseholdResult)).all()) == 1


def test_a_village_review_may_say_no_and_names_what_it_holds_right(small: SmallCampaign) -> None:
    walk = Walk(small, "exited_supported", "dynamic", "look_back")
    walk.dynamic()
    walk.look_back()
    with pytest.raises(WrongValues) as refused:
        walk.review("disagree", outcome_instead="stable")
    assert set(refused.value.problems) == {"outcome_instead"}
    with pytest.raises(WrongValues):
        walk.review("disagree", outcome_instead="admit")
    walk.review("disagree", outcome_instead="relapse", review_reason="户主上月确诊重病，年内无力解决。")
    walk.publish()
    walk.town()
    walk.approve()
    assert (walk.result.outcome, walk.result.proposal) == ("relapse", "stable")
    assert walk.result.reason == "户主上月确诊重病，年内无力解决。"


def test_whoever_must_agree_can_send_it_back(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic()
    walk.review()
    small.do("village_office", walk.key, "village_check", check_says="return", check_note="人数不符")
    walk.review()
    small.do("village_office", walk.key, "village_check", check_says="agree", check_note="属实")
    small.do("helper", walk.key, "household_signs", head_says="refuse", head_reason="收入算错了")
    walk.review()
    walk.sign()
    with pytest.raises(WrongValues) as refused:
        small.do(
            "village_office",
            walk.key,
            "start_notice",
            notice_from=walk.today,
            notice_to=walk.today,
            notice_photo=[small.photo(walk.key)],
        )
    assert refused.value.problems["notice_to"].zh == "公示不少于 5 天。"
    walk.publish()
    small.do("town", walk.key, "town_review", town_says="return", town_opinion="资料不全")
    walk.review()
    walk.sign()
    walk.publish()
    walk.town()
    with pytest.raises(WrongValues) as refused:
        walk.county()
    assert set(refused.value.problems) == {"approval_number", "approval_date"}
    walk.county(county_says="return", county_reason="请补充佐证")
    walk.review()
    assert not walk.result.decided


def test_nothing_is_approved_before_its_notice_has_ended_without_an_open_objection(
    small: SmallCampaign,
) -> None:
    walk = Walk(small, "ordinary")
    found_at_visit(small, "missed")
    walk.review()
    small.push(local(3))
    last = "2019-09-07"
    photo = [small.photo(walk.key)]
    small.do(
        "village_office",
        walk.key,
        "start_notice",
        notice_from="2019-09-03",
        notice_to=last,
        notice_photo=photo,
    )
    small.push(local(7, 12))
    assert small.waiting(walk.key) == []
    small.push(local(8))
    small.do(
        "village_office", walk.key, "objections", objections_found="upheld", objection_text="该户有门面房"
    )
    assert small.waiting(walk.key) == ["village_review"]
    walk.review("disagree", outcome_instead="not_admit", review_reason="有门面房，不符合条件。")
    walk.town()
    walk.county()
    assert (walk.result.outcome, walk.kind) == ("not_admit", "ordinary")


def test_a_result_on_estimated_income_is_confirmed_after_the_window(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    small.push(local(3))
    walk.dynamic(estimated=True)
    walk.decide("exit")
    assert (walk.result.outcome, walk.result.final, walk.kind) == ("exit", False, "exit_planned")
    assert small.waiting(walk.key) == []
    small.push(local(1, month=10))
    assert small.waiting(walk.key) == ["confirm_income"]
    small.do("helper", walk.key, "confirm_income", **RICH)
    assert (walk.result.final, walk.kind) == (True, "exited_supported")
    assert small.ended(walk.key)


def test_real_income_that_says_otherwise_begins_the_procedure_again(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    small.push(local(3))
    walk.dynamic(estimated=True)
    walk.decide("exit")
    small.push(local(1, month=10))
    small.do("helper", walk.key, "confirm_income", **POOR)
    assert walk.result.proposal == "no_exit"
    assert small.waiting(walk.key) == ["village_review"]
    walk.decide("no_exit")
    assert (walk.result.outcome, walk.result.final, walk.kind) == ("no_exit", True, "registered")
    with small.database.reading() as session:
        assert [row.outcome for row in decisions_of(session, walk.result.id)] == ["no_exit", "exit"]


@pytest.mark.made_up_rows
def test_facts_that_change_after_the_decision_ask_to_look_at_it_again(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic("K1S6")
    walk.becomes("K1S6", "verified")
    walk.decide("exit")
    walk.becomes("K1S6", "in_progress")
    assert walk.result.outcome == "exit"
    assert "暂不脱贫" in (walk.result.look_again or "")
    assert walk.kind == "exited_supported"
    with small.database.writing() as session:
        result = session.scalars(select(HouseholdResult)).one()
        with pytest.raises(WrongValues):
            keep_result(small.acting(session, "county"), result, " ")
        keep_result(small.acting(session, "county"), result, "房屋次日已修")
        assert result.look_again is None
        assert (decisions_of(session, result.id)[0].how, result.reason) == ("kept", walk.result.reason)


def test_the_office_that_decided_or_one_above_corrects_with_reason_and_papers(small: SmallCampaign) -> None:
    walk = Walk(small, "exit_planned", "dynamic")
    walk.dynamic()
    walk.decide("exit")
    with pytest.raises(NotAllowed):
        walk.corrected("town", "no_exit")
    with pytest.raises(WrongValues) as refused:
        walk.corrected("county", "exit", papers=[], reason=" ")
    assert set(refused.value.problems) == {"outcome", "reason", "papers", "approval_number", "approved_on"}
    walk.corrected("county", "no_exit")
    assert (walk.result.outcome, walk.kind) == ("no_exit", "registered")
    walk.corrected("city", "exit", approval_number="阜扶〔2019〕3 号", approved_on=dt.date(2019, 9, 2))
    assert (walk.result.outcome, walk.kind, walk.result.effective_on) == (
        "exit",
        "exited_supported",
        dt.date(2019, 9, 2),
    )
    with small.database.reading() as session:
        assert [(row.how, row.outcome) for row in decisions_of(session, walk.result.id)] == [
            ("corrected", "exit"), ("corrected", "no_exit"), ("decided", "exit"),
        ]  # fmt: skip


def test_a_result_is_decided_anew_by_the_whole_procedure(small: SmallCampaign) -> None:
    walk = Walk(small, "exited_supported", "dynamic", "look_back")
    walk.dynamic()
    walk.look_back()
    walk.decide("stable")
    with small.database.writing() as session:
        result = session.scalars(select(HouseholdResult)).one()
        town = small.acting(session, "town")
        reopen_result(town, result, "群众反映情况有误")
        result.status = "reviewing"
        with pytest.raises(DomainError):
            reopen_result(town, result, "再来一次")
    assert (walk.result.outcome, walk.result.decided) == ("stable", False)
    walk.review("disagree", outcome_instead="rollback", review_reason="住房一直没有解决。")
    walk.publish()
    walk.town()
    walk.approve()
    assert (walk.result.outcome, walk.result.decided, walk.kind) == ("rollback", True, "registered")


def test_every_outcome_names_its_question_list_and_what_becomes_of_the_household() -> None:
    by_question: dict[str, set[str]] = {}
    for outcome in get_outcomes().values():
        by_question.setdefault(outcome.question, set()).add(outcome.code)
    assert by_question == {
        "exit": {"exit", "no_exit"},
        "admit": {"admit", "not_admit", "edge_supported", "edge_unsupported"},
        "hold": {"stable", "rollback", "relapse", "no_relapse"},
        "remove": {"remove", "keep"},
    }
