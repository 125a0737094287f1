"""Written explanations: why a ticket cannot be closed, what will be done, and who agreed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Final

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
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


class CampaignInput(HandlerInput):
    """The campaign."""

    campaign: int


class ExplanationForm(HandlerInput):
    """A written explanation as its form asks about it."""

    reason_code: str | None
    explanation: str | None
    plan: str | None
    explanation_evidence: list[int] | None
    review_date: str | None


class WrittenExplanation(HandlerInput):
    """A written explanation as it is kept."""

    campaign: int
    ticket: int
    reason_code: str
    explanation: str
    plan: str
    protection: str = ""
    review_date: str
    explanation_evidence: list[int] = field(default_factory=list)


class JudgedExplanation(HandlerInput):
    """The ticket whose explanation was judged, with what each level said."""

    ticket: int
    town_decision: str | None = None
    town_opinion: str = ""
    dept_decision: str | None = None
    dept_opinion: str = ""
    county_decision: str | None = None
    county_opinion: str = ""

    def opinions(self) -> Iterator[tuple[str, str | None, str]]:
        """Level, decision and text, from the lowest level upwards."""
        yield "town", self.town_decision, self.town_opinion
        yield "dept", self.dept_decision, self.dept_opinion
        yield "county", self.county_decision, self.county_opinion


@guard(ExplanationForm, reads=CampaignInput)
def explanation_complete(step: Step, form: ExplanationForm) -> Mapping[str, LocalizedText]:
    """Guard: a reason, an account that says something, a plan, evidence, and a review date ahead."""
    problems: dict[str, LocalizedText] = {}
    if not form.reason_code:
        problems["reason_code"] = LocalizedText("请选择原因。", "Choose the reason.")
    if len((form.explanation or "").strip()) < SHORTEST:
        problems["explanation"] = LocalizedText(
            "请把情况写清楚（至少 10 个字）。", "Explain it in at least ten characters."
        )
    if not (form.plan or "").strip():
        problems["plan"] = LocalizedText("请写明下一步计划。", "Say what will be done next.")
    sent = form.explanation_evidence or []
    if not sent:
        problems["explanation_evidence"] = LocalizedText("请附上佐证材料。", "Attach evidence.")
    elif unknown_evidence(step.session, sent, step.key):
        problems["explanation_evidence"] = LocalizedText(
            "有文件没有上传成功，请重新上传。", "A file was not received; please send it again."
        )
    problems.update(_wrong_review(step, form.review_date))
    return problems


def _wrong_review(step: Step, review_date: str | None) -> dict[str, LocalizedText]:
    zone = get_campaign(step.session, CampaignInput.read(step.variables).campaign).zone
    today = local_day(step.now, zone)
    if not review_date:
        return {"review_date": LocalizedText("请填写复查日期。", "Set the review date.")}
    day = as_day(review_date, zone)
    if day <= today:
        return {"review_date": LocalizedText("复查日期要在今天之后。", "The review date must lie ahead.")}
    if day > today + LONGEST_HANG:
        return {
            "review_date": LocalizedText("复查日期不能超过一年。", "The review date must lie within a year.")
        }
    return {}


@service(WrittenExplanation)
def explanation_submitted(step: Step, given: WrittenExplanation) -> None:
    """Keep the explanation as it goes to the town."""
    session = step.session
    zone = get_campaign(session, given.campaign).zone
    row = Explanation(ticket_id=given.ticket, reason_code=given.reason_code)
    row.text, row.plan = given.explanation, given.plan
    row.protection = given.protection
    row.review_date = as_day(given.review_date, zone)
    row.evidence = given.explanation_evidence
    row.by_id, row.at = step.actor.person, step.now
    session.add(row)
    record_event(
        step,
        "explained",
        step.key,
        reason=row.reason_code,
        review_date=row.review_date,
    )


@service(JudgedExplanation, "approved")
def explanation_decided(step: Step, given: JudgedExplanation) -> Values:
    """The last opinion is in: approved by all three, or refused by one."""
    session, explanation = step.session, get_latest_explanation(step.session, given.ticket)
    if explanation is None:
        raise NotFound(LocalizedText("没有情况说明可以审批。", "There is no explanation to decide on."))
    approved = step.properties.get("decision") == "approved"
    explanation.state = "approved" if approved else "refused"
    opinions = list(_opinions(step, given, explanation))
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


def _opinions(step: Step, given: JudgedExplanation, explanation: Explanation) -> Iterator[ExplanationOpinion]:
    """What was said this time; opinions of an earlier explanation may still stand in the variables."""
    for level, decision, text in given.opinions():
        if decision is None:
            return
        opinion = ExplanationOpinion(explanation_id=explanation.id, level=level, decision=decision)
        opinion.text = text
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
