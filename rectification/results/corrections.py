"""Corrections (更正) of a household's result: by the office that decided it, or one above, with reason and papers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from engine.errors import DomainError, NotAllowed, WrongValues
from engine.text import LocalizedText
from rectification.access.permissions import covering_post
from rectification.core.context import ActionContext
from rectification.evidence.model import unknown_evidence
from rectification.households.model import get_household
from rectification.matters.result import HouseholdResult, get_outcomes
from rectification.people.roles import Role
from rectification.places.areas import get_area, get_place
from rectification.results.procedure import keep_decision, settle
from rectification.results.proposals import PROCESS, variables_of


@dataclass(slots=True)
class Correction:
    """What an office says: the outcome that is right, why, and the papers that show it."""

    outcome: str
    reason: str
    papers: list[int] = field(default_factory=list)
    approval_number: str = ""
    approved_on: dt.date | None = None


def may_correct(session: Session, person: int, result: HouseholdResult, today: dt.date) -> bool:
    """Whether somebody speaks for the office that decided a result, or for one above it."""
    if result.outcome is None:
        return False
    roles = {Role.COUNTY_OFFICE, Role.CITY_OFFICE}
    if not get_outcomes()[result.outcome].approved:
        roles.add(Role.TOWN_OFFICE)
    areas = get_place(get_area(session, result.village).path)
    held = covering_post(session, person, roles, [areas.town, areas.county, areas.city], today)
    return held is not None


def correct_result(context: ActionContext, result: HouseholdResult, correction: Correction) -> None:
    """Put another outcome in its place; lists, notices and the household's type follow, both decisions stay.

    Raises:
        NotAllowed: it is another office's.
        WrongValues: with a sentence for each field that cannot stand.
    """
    _must_be_theirs(context, result)
    problems = _problems(context.session, result, correction, context.today)
    if problems:
        raise WrongValues(problems)
    result.outcome, result.reason = correction.outcome, correction.reason.strip()
    result.approval_number = correction.approval_number.strip() or None
    result.approved_on, result.look_again = correction.approved_on, None
    keep_decision(context, result, "corrected", papers=correction.papers)
    settle(context, result, final=True)


def reopen_result(context: ActionContext, result: HouseholdResult, reason: str) -> None:
    """Begin the procedure again (重新认定); the decision before it stands until there is another.

    Raises:
        NotAllowed: it is another office's.
        DomainError: its procedure has not ended.
        WrongValues: no reason.
    """
    _must_be_theirs(context, result)
    _must_say_why(reason)
    if result.status != "decided":
        words = LocalizedText("认定程序还在进行。", "Its procedure is still going on.")
        raise DomainError("result_not_decided", words)
    result.reopened, result.look_again = True, None
    keep_decision(context, result, "reopened", reason=reason.strip())
    household = get_household(context.session, result.household_id)
    context.engine.start(context.session, PROCESS, result.key, variables_of(result, household))


def keep_result(context: ActionContext, result: HouseholdResult, reason: str) -> None:
    """The result was looked at again and stays (维持), with the reason.

    Raises:
        NotAllowed: it is another office's.
        WrongValues: no reason.
    """
    _must_be_theirs(context, result)
    _must_say_why(reason)
    result.look_again = None
    keep_decision(context, result, "kept", reason=reason.strip())


def _must_be_theirs(context: ActionContext, result: HouseholdResult) -> None:
    person = context.actor.person
    if person is None or not may_correct(context.session, person, result, context.today):
        words = LocalizedText(
            "由作出决定的部门或其上级更正。", "The office that decided, or one above it, corrects a result."
        )
        raise NotAllowed(words)


def _must_say_why(reason: str) -> None:
    if not reason.strip():
        raise WrongValues({"reason": LocalizedText("请写明理由。", "Say why.")})


def _problems(
    session: Session, result: HouseholdResult, correction: Correction, today: dt.date
) -> dict[str, LocalizedText]:
    problems: dict[str, LocalizedText] = {}
    outcomes = get_outcomes()
    chosen, before = outcomes.get(correction.outcome), outcomes[str(result.outcome)]
    if chosen is None or chosen.question != before.question:
        problems["outcome"] = LocalizedText("请选择结果。", "Choose the outcome.")
    elif chosen.code == before.code:
        problems["outcome"] = LocalizedText("与现在的结果相同。", "It is the result already.")
    if not correction.reason.strip():
        problems["reason"] = LocalizedText("请写明更正理由。", "Say why it is corrected.")
    if not correction.papers:
        problems["papers"] = LocalizedText("请上传更正依据。", "Add the papers that show it.")
    elif unknown_evidence(session, correction.papers, result.key):
        problems["papers"] = LocalizedText(
            "有材料没有上传成功。", "A paper was not received; please send it again."
        )
    if chosen is not None and chosen.approved:
        if not correction.approval_number.strip():
            problems["approval_number"] = LocalizedText(
                "请填写批准文号。", "Give the number of the approval."
            )
        if correction.approved_on is None:
            problems["approved_on"] = LocalizedText("请填写批准日期。", "Give the date of the approval.")
    if correction.approved_on is not None and correction.approved_on > today:
        problems["approved_on"] = LocalizedText(
            "批准日期不能晚于今天。", "The approval cannot lie in the future."
        )
    return problems
