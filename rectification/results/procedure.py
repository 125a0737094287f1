"""The procedure (认定程序) by which people decide a household's result: proposal, review, notice, approval, confirmation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.iso import end_of_day
from engine.json import as_int
from engine.text import LocalizedText
from rectification.calendar.deadlines import as_day, local_day
from rectification.campaigns.catalogue import Category, CheckItem
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import household_key
from rectification.evidence.model import unknown_evidence
from rectification.households.model import get_household
from rectification.matters.issue_list import hold_village
from rectification.matters.result import (
    QUESTIONS,
    HouseholdResult,
    ResultDecision,
    get_outcomes,
    get_result,
)
from rectification.results.facts import SUPPORT, facts_words, gather_facts, get_named_facts, keep_facts
from rectification.results.proposals import propose
from rectification.tickets.findings import Find, FindingPlace, open_finding, open_tickets

_SUPPORT_ITEM: Final = "EDGE"


class ResultInput(HandlerInput):
    """The result of a household."""

    result: int


class ReviewForm(HandlerInput):
    """What the village review said, with its papers."""

    review_says: str | None
    outcome_instead: str | None
    review_papers: list[int] | None


class ReviewedProposal(HandlerInput):
    """The proposal that is reviewed."""

    outcome: str | None
    papers_needed: bool = False


class Review(ResultInput):
    """A proposal with what its review said."""

    outcome: str
    outcome_reason: str = ""
    review_says: str
    outcome_instead: str = ""
    review_reason: str = ""


class NoticeForm(HandlerInput):
    """A public notice: its first and last day, and its photo."""

    notice_from: str | None
    notice_to: str | None
    notice_photo: list[int] | None


class NoticeInput(HandlerInput):
    """The campaign, and for how many days a notice stands at least."""

    campaign: int
    notice_days: int = 0


class ApprovalForm(HandlerInput):
    """What the county says, with number and date of its approval."""

    county_says: str | None
    approval_number: str | None
    approval_date: str | None


class AskedOutcome(HandlerInput):
    """The outcome that the procedure asks for."""

    outcome: str | None


class DecidedResult(ResultInput):
    """A result with what was decided, its approval and its papers."""

    outcome: str
    outcome_reason: str = ""
    approval_number: str = ""
    approval_date: str = ""
    review_papers: list[int] = field(default_factory=list)
    notice_photo: list[int] = field(default_factory=list)


@service(
    ResultInput,
    "outcome",
    "outcome_reason",
    "proposal_told",
    "facts_told",
    "being_repaired",
    "outcomes_offered",
    "reviewed",
    "income_confirmed_from",
)
def take_proposal(step: Step, given: ResultInput) -> Values:
    """Lay the proposal out for the procedure, with the facts that it rests on and what changed since the last one."""
    result = get_result(step.session, given.result)
    result.asked = result.proposal
    outcomes = get_outcomes()
    proposed = outcomes.get(result.proposal or "")
    offered = [
        {"id": outcome.code, "label": outcome.name.zh}
        for outcome in outcomes.values()
        if proposed is not None and outcome.question == proposed.question
    ]
    return {
        "outcome": result.proposal,
        "outcome_reason": result.proposal_reason,
        "proposal_told": _proposal_words(result),
        "facts_told": "\n".join(words.zh for words in facts_words(result.facts)),
        "being_repaired": as_int(result.facts.get("being_repaired") or 0),
        "outcomes_offered": offered,
        "reviewed": False,
        "income_confirmed_from": None,
    }


def _proposal_words(result: HouseholdResult) -> str:
    outcome = get_outcomes().get(result.proposal or "")
    if outcome is None:
        return "现有情况不需要认定。"
    lines = [f"{QUESTIONS[outcome.question].zh}：{outcome.name.zh}。{result.proposal_reason}"]
    if result.changes:
        lines.append(f"情况变化：{result.changes}")
    return "\n".join(lines)


@guard(ReviewForm, reads=ReviewedProposal)
def review_complete(step: Step, form: ReviewForm) -> Mapping[str, LocalizedText]:
    """Guard: a review that says no names the outcome it holds right; its papers are kept where the table asks for them."""
    proposal, shown = ReviewedProposal.read(step.variables), form.review_papers or []
    if form.review_says == "disagree" and form.outcome_instead == proposal.outcome:
        words = LocalizedText("应作的结论不能与建议相同。", "It must differ from the proposal.")
        return {"outcome_instead": words}
    if proposal.papers_needed and not shown:
        return {"review_papers": LocalizedText("请上传评议资料。", "The review's papers are needed.")}
    if unknown_evidence(step.session, shown, step.key):
        words = LocalizedText("有材料没有上传成功。", "A paper was not received; please send it again.")
        return {"review_papers": words}
    return {}


@service(Review, "reviewed", "outcome", "outcome_reason", "proposal_told")
def take_review(step: Step, given: Review) -> Values:
    """Keep what the village review said; where it says no, the procedure goes on with the outcome it holds right."""
    agrees = given.review_says == "agree"
    outcome = given.outcome if agrees else given.outcome_instead
    reason = given.outcome_reason if agrees else given.review_reason
    record_event(
        step, "result_reviewed", step.key, agreed=agrees, outcome=outcome, reason=given.review_reason
    )
    result = get_result(step.session, given.result)
    result.asked = outcome
    told = _reviewed_words(result, outcome, reason, agrees)
    return {"reviewed": True, "outcome": outcome, "outcome_reason": reason, "proposal_told": told}


def _reviewed_words(result: HouseholdResult, outcome: str, reason: str, agrees: bool) -> str:
    if agrees:
        return _proposal_words(result)
    chosen = get_outcomes()[outcome]
    return f"{QUESTIONS[chosen.question].zh}：{chosen.name.zh}（村级评议改变了建议）。{reason}"


@guard(NoticeForm, reads=NoticeInput)
def notice_long_enough(step: Step, form: NoticeForm) -> Mapping[str, LocalizedText]:
    """Guard: a public notice stands for at least the days that the table asks for, and has its photo."""
    if not form.notice_from or not form.notice_to:
        return {}
    given = NoticeInput.read(step.variables)
    zone, days = get_campaign(step.session, given.campaign).zone, given.notice_days
    first, last = as_day(form.notice_from, zone), as_day(form.notice_to, zone)
    if (last - first).days + 1 < days:
        words = LocalizedText(f"公示不少于 {days} 天。", f"A notice stands for at least {days} days.")
        return {"notice_to": words}
    if unknown_evidence(step.session, form.notice_photo or [], step.key):
        words = LocalizedText("有照片没有上传成功。", "A photo was not received; please send it again.")
        return {"notice_photo": words}
    return {}


@guard(ApprovalForm, reads=AskedOutcome)
def approval_numbered(step: Step, form: ApprovalForm) -> Mapping[str, LocalizedText]:
    """Guard: what enters a name list carries the number and date of its approval."""
    problems: dict[str, LocalizedText] = {}
    outcome = get_outcomes().get(AskedOutcome.read(step.variables).outcome or "")
    if form.county_says == "agree" and outcome is not None and outcome.approved:
        if not (form.approval_number or "").strip():
            words = LocalizedText("请填写批准文号。", "Give the number of the approval.")
            problems["approval_number"] = words
        if not form.approval_date:
            problems["approval_date"] = LocalizedText("请填写批准日期。", "Give the date of the approval.")
    return problems


@service(DecidedResult, "income_confirmed_from")
def record_result(step: Step, given: DecidedResult) -> Values:
    """Keep the decision. It is final unless it rests on estimated income, which is confirmed after the window's end."""
    result = get_result(step.session, given.result)
    campaign = get_campaign(step.session, result.campaign_id)
    day = given.approval_date
    result.outcome, result.reason = given.outcome, given.outcome_reason
    result.approval_number = given.approval_number.strip() or None
    result.approved_on = as_day(day, campaign.zone) if day else None
    result.reopened, result.look_again, result.asked = False, None, None
    until = _estimated_until(campaign, result, step.now)
    keep_decision(step, result, "decided", papers=[*given.review_papers, *given.notice_photo])
    settle(step, result, final=until is None)
    if given.outcome == "edge_unsupported":
        _ask_for_support(step, result)
    return {"income_confirmed_from": until.isoformat() if until else None}


def _estimated_until(campaign: Campaign, result: HouseholdResult, now: dt.datetime) -> dt.datetime | None:
    if not result.facts.get("estimated") or campaign.income_to is None:
        return None
    return max(end_of_day(campaign.income_to, campaign.zone), now)


@service(ResultInput, "confirmed")
def confirm_income(step: Step, given: ResultInput) -> Values:
    """The real income is known: the decision is confirmed, or the procedure begins again with what the facts say now."""
    result = get_result(step.session, given.result)
    household = get_household(step.session, result.household_id)
    said = get_named_facts(step) | {"estimated": False}
    keep_facts(step, household.id, "", said)
    record_event(step, "facts_recorded", step.key, household=household.id, case=None, facts=said)
    facts = gather_facts(step.session, household, result.kind)
    proposal = propose(step.session, facts, household.village)
    result.facts, result.proposed_at = facts.as_json(), step.now
    result.proposal = proposal.outcome if proposal else None
    result.proposal_reason = proposal.reason if proposal else ""
    if proposal is not None and proposal.outcome == result.outcome:
        keep_decision(step, result, "confirmed")
        settle(step, result, final=True)
        return {"confirmed": True}
    result.reopened = True
    return {"confirmed": False}


def keep_decision(
    act: Step | ActionContext,
    result: HouseholdResult,
    how: str,
    *,
    reason: str | None = None,
    papers: Sequence[object] = (),
) -> None:
    """Append what was decided; the result itself shows the last decision."""
    row = ResultDecision(
        result_id=result.id,
        how=how,
        outcome=result.outcome,
        reason=result.reason if reason is None else reason,
        facts=result.facts,
        papers=[number for number in papers if isinstance(number, int)],
        approval_number=result.approval_number,
        approved_on=result.approved_on,
        by_id=act.actor.person,
        at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    record_event(
        act,
        "result_decided",
        result.key,
        decision=row.id,
        how=how,
        outcome=row.outcome,
        reason=row.reason,
        number=row.approval_number,
        approved_on=row.approved_on.isoformat() if row.approved_on else None,
        papers=row.papers,
    )


def settle(act: Step | ActionContext, result: HouseholdResult, *, final: bool) -> None:
    """A final outcome changes the household's type from its date on; a correction gives back what it was before."""
    zone = get_campaign(act.session, result.campaign_id).zone
    result.decided_at, result.final = act.now, final
    result.effective_on = (result.approved_on or local_day(act.now, zone)) if final else None
    if not final:
        return
    household = get_household(act.session, result.household_id)
    kind = get_outcomes()[str(result.outcome)].kind_after or result.kind
    if kind != household.kind:
        change = {"before": {"kind": household.kind}, "after": {"kind": kind}}
        household.kind = kind
        record_event(act, "changed", household_key(household.id), result=result.id, **change)


def _ask_for_support(step: Step, result: HouseholdResult) -> None:
    """An edge household without support or measures makes a ticket for its town."""
    home = get_household(step.session, result.household_id)
    hold_village(step.session, home.village)
    item = _support_item(step.session, result.campaign_id)
    if item.code in open_tickets(step.session, home.id):
        return
    zone = get_campaign(step.session, result.campaign_id).zone
    find = Find(
        item, {"reason": result.reason}, local_day(step.now, zone), step.actor.person, source="result"
    )
    open_finding(step, FindingPlace.of(home), find)


def _support_item(session: Session, campaign_id: int) -> CheckItem:
    """The catalogue's item on the support of edge households; one is added where the campaign has none."""
    query = select(CheckItem).where(CheckItem.campaign_id == campaign_id, CheckItem.bears_on == SUPPORT)
    item = session.scalars(query.order_by(CheckItem.id)).first()
    if item is not None:
        return item
    category = session.scalars(
        select(Category).where(Category.campaign_id == campaign_id).order_by(Category.position)
    ).first()
    item = CheckItem(
        campaign_id=campaign_id, code=_SUPPORT_ITEM, category=category.code if category else "1", kind="item"
    )
    item.levels, item.position, item.evidence, item.bears_on = "-", 10_000, ["document"], SUPPORT
    item.name_zh, item.name_en = "边缘户帮扶落实", "Support of edge households"
    item.question_zh = "边缘户是否已有适度支持和针对性帮扶措施？"
    item.question_en = "Has the edge household support and measures of its own?"
    session.add(item)
    session.flush()
    return item
