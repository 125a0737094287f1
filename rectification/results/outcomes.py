"""Outcomes: what a work's end means for its household, with the reason, the approval and the list it stands on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.expressions import Value
from engine.host import Step
from engine.inputs import HandlerInput, guard, service
from engine.json import as_list, as_object
from engine.text import LocalizedText
from rectification.calendar.deadlines import as_day
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model, Name
from rectification.evidence.model import unknown_evidence
from rectification.households.measures import keep_measures
from rectification.matters.case import get_case

OUTCOMES: Final[dict[str, LocalizedText]] = {
    "exit": LocalizedText("可脱贫", "May exit"),
    "no_exit": LocalizedText("暂不脱贫", "May not exit"),
    "admit": LocalizedText("纳入", "Admitted"),
    "not_admit": LocalizedText("不予纳入", "Not admitted"),
    "edge_supported": LocalizedText("边缘户，已有帮扶", "Edge household, supported"),
    "edge_unsupported": LocalizedText("边缘户，需落实帮扶", "Edge household, support lacking"),
    "stable": LocalizedText("稳定脱贫", "Stable"),
    "rollback": LocalizedText("脱贫回退", "Exit rolled back"),
    "relapse": LocalizedText("返贫", "Relapse into poverty"),
    "fixed": LocalizedText("已整改到位", "Fixed"),
    "not_fixed": LocalizedText("尚未整改到位", "Not fixed yet"),
    "slow": LocalizedText("进度较慢", "Slow progress"),
    "verified": LocalizedText("核实无误", "Verified"),
    "corrected": LocalizedText("已更正", "Corrected"),
}
"""What can come of a case in the plan's works; a work of an office's own may name others."""

APPROVED: Final = frozenset({"admit", "rollback", "relapse"})
"""Outcomes that take an approval with a number."""


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
    facts: Mapped[dict[str, Value]] = mapped_column(JSON, default=dict)
    approval_number: Mapped[Name | None]
    approved_on: Mapped[dt.date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def outcome_words(kind: str) -> LocalizedText:
    """What an outcome is called; one of an office's own is called by its own name."""
    return OUTCOMES.get(kind, LocalizedText(kind, kind))


class DecidedOutcome(HandlerInput):
    """What was decided about a case, with the approval that it took."""

    campaign: int
    case: int
    outcome: str
    outcome_reason: str = ""
    approval_number: str = ""
    approval_date: str = ""


class PapersForm(HandlerInput):
    """The papers that a review leaves."""

    review_papers: list[int] | None


class ApprovalForm(HandlerInput):
    """An outcome with its approval."""

    outcome: str | None = None
    approval_number: str | None
    approval_date: str | None


@service(DecidedOutcome)
def record_outcome(step: Step, given: DecidedOutcome) -> None:
    """Keep the decision: ``outcome`` and ``outcome_reason``, with number and date of the approval if it took one.

    ``outcome_facts`` names the variables on which it rests (the property of the task, separated by commas).
    """
    values = step.variables
    case = get_case(step.session, given.case)
    zone = get_campaign(step.session, given.campaign).zone
    day = given.approval_date
    row = CaseOutcome(case_id=case.id, work_stream_id=case.work_stream_id, household_id=case.household_id)
    row.kind, row.reason = given.outcome, given.outcome_reason
    names = [name.strip() for name in step.properties.get("facts", "").split(",") if name.strip()]
    row.facts = {name: values.get(name) for name in names}
    row.approval_number = given.approval_number.strip() or None
    row.approved_on = as_day(day, zone) if day else None
    row.by_id, row.at = step.actor.person, step.now
    step.session.add(row)
    case.outcome, case.decided_at = row.kind, step.now
    keep_measures(
        step.session, case.household_id, [as_object(line) for line in as_list(values.get("measures_enjoyed"))]
    )
    record_event(step, "outcome", case.key, outcome=row.kind, reason=row.reason, number=row.approval_number)


@guard(PapersForm)
def review_papers_kept(step: Step, form: PapersForm) -> Mapping[str, LocalizedText]:
    """Guard: a review leaves its papers (评议资料), whether somebody is admitted or not."""
    shown = form.review_papers or []
    if not shown:
        return {
            "review_papers": LocalizedText(
                "不予纳入的，要留存评议资料。", "Whoever is not admitted needs review papers."
            )
        }
    if unknown_evidence(step.session, shown, step.key):
        return {
            "review_papers": LocalizedText(
                "有材料没有上传成功。", "A paper was not received; please send it again."
            )
        }
    return {}


@guard(ApprovalForm)
def approval_numbered(_step: Step, form: ApprovalForm) -> Mapping[str, LocalizedText]:
    """Guard: what enters a name list carries the number and date of its approval."""
    problems: dict[str, LocalizedText] = {}
    if form.outcome in APPROVED:
        if not (form.approval_number or "").strip():
            problems["approval_number"] = LocalizedText(
                "请填写批准文号。", "Give the number of the approval."
            )
        if not form.approval_date:
            problems["approval_date"] = LocalizedText("请填写批准日期。", "Give the date of the approval.")
    return problems


def outcomes_of(session: Session, household: int) -> list[CaseOutcome]:
    """Everything decided about a household, the newest first."""
    query = select(CaseOutcome).where(CaseOutcome.household_id == household).order_by(CaseOutcome.id.desc())
    return list(session.scalars(query))
