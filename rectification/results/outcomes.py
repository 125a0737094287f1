"""Outcomes of key works (核查结论): what a work found of its household.

What is decided about the household itself is its one result (:mod:`rectification.matters.result`); no work writes it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.host import Step
from engine.inputs import service
from engine.json import Values, as_list, as_object
from engine.text import LocalizedText
from rectification.calendar.deadlines import as_day
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model, Name
from rectification.households.measures import keep_measures
from rectification.matters.case import get_case
from rectification.matters.result import get_outcomes
from rectification.results.facts import SaidFacts, get_named_facts, record_facts

OUTCOMES: Final[dict[str, LocalizedText]] = {
    "fixed": LocalizedText("已整改到位", "Fixed"),
    "not_fixed": LocalizedText("尚未整改到位", "Not fixed yet"),
    "slow": LocalizedText("进度较慢", "Slow progress"),
    "verified": LocalizedText("核实无误", "Verified"),
    "corrected": LocalizedText("已更正", "Corrected"),
}
"""What can come of a case in the plan's works; a work of an office's own may name others."""


class CaseOutcome(Model):
    """What was decided about a household in a work; a later decision is a later row."""

    __tablename__ = "case_outcomes"
    __table_args__ = (
        Index("ix_case_outcomes_case", "case_id", "id"),
        Index("ix_case_outcomes_kind", "work_stream_id", "kind"),
    )

    id: Mapped[Id]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    work_stream_id: Mapped[int] = mapped_column(ForeignKey("work_streams.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[LongText]
    facts: Mapped[Values] = mapped_column(JSON, default=dict)
    approval_number: Mapped[Name | None]
    approved_on: Mapped[dt.date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def outcome_words(kind: str) -> LocalizedText:
    """What an outcome is called; one of an office's own is called by its own name."""
    if kind in OUTCOMES:
        return OUTCOMES[kind]
    return get_outcomes()[kind].name if kind in get_outcomes() else LocalizedText(kind, kind)


class DecidedOutcome(SaidFacts):
    """What was decided about a case, with the approval that it took."""

    case: int
    outcome: str
    outcome_reason: str = ""
    approval_number: str = ""
    approval_date: str = ""


@service(DecidedOutcome)
def record_outcome(step: Step, given: DecidedOutcome) -> None:
    """Keep the decision: ``outcome`` and ``outcome_reason``, with number and date of the approval if it took one.

    ``outcome_facts`` names the variables on which it rests (the property of the task, separated by commas).
    A work never writes the result of a household: where it says one, its facts are kept and the rest is left.
    """
    if given.outcome in get_outcomes():
        record_facts(step)
        record_event(step, "outcome_not_taken", step.key, outcome=given.outcome)
        return
    case = get_case(step.session, given.case)
    zone = get_campaign(step.session, given.campaign).zone
    day = given.approval_date
    row = CaseOutcome(case_id=case.id, work_stream_id=case.work_stream_id, household_id=case.household_id)
    row.kind, row.reason = given.outcome, given.outcome_reason
    row.facts = get_named_facts(step)
    row.approval_number = given.approval_number.strip() or None
    row.approved_on = as_day(day, zone) if day else None
    row.by_id, row.at = step.actor.person, step.now
    step.session.add(row)
    case.outcome, case.decided_at = row.kind, step.now
    measures = [as_object(line) for line in as_list(step.variables.get("measures_enjoyed"))]
    keep_measures(step.session, case.household_id, measures)
    record_event(step, "outcome", case.key, outcome=row.kind, reason=row.reason, number=row.approval_number)


def outcomes_of(session: Session, household: int) -> list[CaseOutcome]:
    """Everything decided about a household, the newest first."""
    query = select(CaseOutcome).where(CaseOutcome.household_id == household).order_by(CaseOutcome.id.desc())
    return list(session.scalars(query))
