"""Written explanations: why a ticket cannot be closed, what will be done, and who agreed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.host import Step, Values
from engine.text import LocalizedText
from engine.worklist.selectables import work_items
from rectification.calendar.deadlines import as_day, local_day
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model
from rectification.evidence.model import unknown_evidence
from rectification.matters.ticket import get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.tickets.notifications import notify_assignee

LEVELS: Final = ("town", "dept", "county")
"""Who is asked, in this order; the first refusal ends it."""
SHORTEST = 10
LONGEST_HANG = dt.timedelta(days=365)


class Explanation(Model):
    """One written explanation. ``state``: submitted, approved or refused."""

    __tablename__ = "explanations"
    __table_args__ = (Index("ix_explanations_ticket", "ticket_id", "id"),)

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[str] = mapped_column(String(20), default="cannot_close")
    reason_code: Mapped[str] = mapped_column(String(40))
    text: Mapped[LongText]
    plan: Mapped[LongText]
    protection: Mapped[LongText] = mapped_column(default="")
    review_date: Mapped[dt.date]
    evidence: Mapped[list[int]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(20), default="submitted")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class ExplanationOpinion(Model):
    """What town, line department or county said to an explanation."""

    __tablename__ = "explanation_opinions"

    id: Mapped[Id]
    explanation_id: Mapped[int] = mapped_column(ForeignKey("explanations.id"), index=True)
    level: Mapped[str] = mapped_column(String(10), comment="town, dept or county")
    decision: Mapped[str] = mapped_column(String(10), comment="agree or reject")
    text: Mapped[LongText] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def explanation_complete(step: Step, values: Values) -> Mapping[str, LocalizedText]:
    """Guard: a reason, an account that says something, a plan, evidence, and a review date ahead."""
    problems: dict[str, LocalizedText] = {}
    if not values.get("reason_code"):
        problems["reason_code"] = LocalizedText("请选择原因。", "Choose the reason.")
    if len(str(values.get("explanation") or "").strip()) < SHORTEST:
        problems["explanation"] = LocalizedText(
            "请把情况写清楚（至少 10 个字）。", "Explain it in at least ten characters."
        )
    if not str(values.get("plan") or "").strip():
        problems["plan"] = LocalizedText("请写明下一步计划。", "Say what will be done next.")
    sent = values.get("explanation_evidence") or []
    if not sent:
        problems["explanation_evidence"] = LocalizedText("请附上佐证材料。", "Attach evidence.")
    elif unknown_evidence(step.session, sent, step.key):
        problems["explanation_evidence"] = LocalizedText(
            "有文件没有上传成功，请重新上传。", "A file was not received; please send it again."
        )
    problems.update(_wrong_review(step, values))
    return problems


def _wrong_review(step: Step, values: Values) -> dict[str, LocalizedText]:
    zone = get_campaign(step.session, step.variables["campaign"]).zone
    today = local_day(step.now, zone)
    if not values.get("review_date"):
        return {"review_date": LocalizedText("请填写复查日期。", "Set the review date.")}
    day = as_day(values["review_date"], zone)
    if day <= today:
        return {"review_date": LocalizedText("复查日期要在今天之后。", "The review date must lie ahead.")}
    if day > today + LONGEST_HANG:
        return {
            "review_date": LocalizedText("复查日期不能超过一年。", "The review date must lie within a year.")
        }
    return {}


def explanation_submitted(step: Step) -> None:
    """Keep the explanation as it goes to the town."""
    session, values = step.session, step.variables
    zone = get_campaign(session, values["campaign"]).zone
    row = Explanation(ticket_id=values["ticket"], reason_code=str(values["reason_code"]))
    row.text, row.plan = str(values["explanation"]), str(values["plan"])
    row.protection = str(values.get("protection") or "")
    row.review_date = as_day(values["review_date"], zone)
    row.evidence = list(values.get("explanation_evidence") or [])
    row.by_id, row.at = step.actor.person, step.now
    session.add(row)
    record_event(
        step,
        "explained",
        step.key,
        reason=row.reason_code,
        review_date=row.review_date,
    )


def explanation_decided(step: Step) -> Values:
    """The last opinion is in: approved by all three, or refused by one."""
    session, explanation = step.session, get_latest_explanation(step.session, step.variables["ticket"])
    if explanation is None:
        raise NotFound(LocalizedText("没有情况说明可以审批。", "There is no explanation to decide on."))
    approved = step.properties.get("decision") == "approved"
    explanation.state = "approved" if approved else "refused"
    opinions = list(_opinions(step, explanation))
    session.add_all(opinions)
    decisions = {opinion.level: opinion.decision for opinion in opinions}
    record_event(
        step,
        f"explanation_{explanation.state}",
        step.key,
        explanation=explanation.id,
        opinions=decisions,
    )
    if not approved:
        _tell_refused(step, explanation, opinions[-1].text if opinions else "")
    return {"approved": approved}


def get_latest_explanation(session: Session, ticket_id: int) -> Explanation | None:
    """The explanation that was written last."""
    query = select(Explanation).where(Explanation.ticket_id == ticket_id).order_by(Explanation.id.desc())
    return session.scalars(query.limit(1)).first()


def _opinions(step: Step, explanation: Explanation) -> Iterator[ExplanationOpinion]:
    """What was said this time; opinions of an earlier explanation may still stand in the variables."""
    for level in LEVELS:
        decision = step.variables.get(f"{level}_decision")
        if decision is None:
            return
        opinion = ExplanationOpinion(explanation_id=explanation.id, level=level, decision=str(decision))
        opinion.text = str(step.variables.get(f"{level}_opinion") or "")
        opinion.by_id, opinion.at = _who_said(step, level)
        yield opinion
        if decision != "agree":
            return


def _who_said(step: Step, level: str) -> tuple[int | None, dt.datetime]:
    """Who completed the level's review; the one being completed right now is the actor's."""
    query = select(work_items.c.closed_by_person, work_items.c.closed_at).where(
        work_items.c.instance_id == step.instance, work_items.c.element == f"{level}_review"
    )
    row = step.session.execute(query.order_by(work_items.c.id.desc()).limit(1)).first()
    if row is None or row.closed_at is None:
        return step.actor.person, step.now
    return row.closed_by_person, row.closed_at


def _tell_refused(step: Step, explanation: Explanation, opinion: str) -> None:
    about = get_ticket(step.session, explanation.ticket_id)
    name = ticket_name(step.session, about)
    words = LocalizedText(
        f"{name.zh}的情况说明未通过：{opinion}",
        f"The explanation of {name.en} was refused: {opinion}",
    )
    notify_assignee(step, about, "refused", words)
