"""Consultations: whoever has work asks others for their opinion (加签 one, 会签 several) or to do it for them (委派).

The work cannot be completed until as many have answered as were demanded. Each who is asked has the diagram
``consultation`` on their desk, under the ticket's key, with a date and an escalation; deputies answer for them.
Work that was given away comes back: once it is done, whoever gave it completes their step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.audit.history import record
from engine.commands.terminate import end_some
from engine.database import BigId
from engine.errors import DomainError
from engine.host import Actor, Step
from engine.inputs import HandlerInput, service
from engine.text import LocalizedText
from engine.worklist.selectables import work_items
from notifications.outbox import NotificationRequest, notify_many
from rectification.core.history import record_event
from rectification.core.keys import ticket_key
from rectification.core.model import Id, LongText, Model
from rectification.matters.ticket import get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.people.model import names_of

KINDS: Final[dict[str, LocalizedText]] = {
    "opinion": LocalizedText("征求意见", "asks for an opinion"),
    "delegation": LocalizedText("委派办理", "gives the work away, to come back"),
}

VIEWS: Final[dict[str, LocalizedText]] = {
    "agree": LocalizedText("同意", "agrees"),
    "object": LocalizedText("不同意", "objects"),
    "remark": LocalizedText("补充意见", "remarks"),
    "done": LocalizedText("已办理", "done"),
}


OVER: Final[dict[str, LocalizedText]] = {
    "enough": LocalizedText("已有足够的人答复", "enough others have answered"),
    "called_off": LocalizedText("征求已撤回", "the question was taken back"),
    "gone": LocalizedText("所涉事项已不再办理", "the work that it was about is no longer to be done"),
}


class Consultation(Model):
    """One question about one work item, and how many have to answer it."""

    __tablename__ = "consultations"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    work_item_id: Mapped[int] = mapped_column(BigId, index=True)
    step: Mapped[str] = mapped_column(String(300), comment="the name of the step that waits")
    element: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12), comment="opinion or delegation")
    needed: Mapped[int] = mapped_column(comment="so many answers are demanded")
    question: Mapped[LongText]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    called_off_at: Mapped[dt.datetime | None]
    work_gone: Mapped[bool] = mapped_column(
        default=False, comment="called off because the work was cancelled"
    )

    @property
    def over(self) -> LocalizedText:
        """Why whoever has not answered is asked no more, once they are not."""
        return OVER["gone" if self.work_gone else "enough" if self.called_off_at is None else "called_off"]


class ConsultedPerson(Model):
    """One who was asked, and what was answered by them or for them."""

    __tablename__ = "consulted_people"

    id: Mapped[Id]
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultations.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    instance_id: Mapped[int | None] = mapped_column(BigId)
    view: Mapped[str | None] = mapped_column(String(12), comment="agree, object, remark or done")
    text: Mapped[LongText] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), comment="who answered")
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime | None]


def consultations_of(
    session: Session,
    *,
    ticket_id: int | None = None,
    work_item: int | None = None,
    instance: int | None = None,
) -> list[tuple[Consultation, list[ConsultedPerson]]]:
    """Every consultation about a ticket or a work item, or in which ``instance`` asks, with those who were asked; the oldest first."""
    if instance is not None:
        asking = select(ConsultedPerson.consultation_id).where(ConsultedPerson.instance_id == instance)
        about: ColumnElement[bool] = Consultation.id.in_(asking)
    elif work_item is not None:
        about = Consultation.work_item_id == work_item
    else:
        about = Consultation.ticket_id == ticket_id
    query = select(Consultation, ConsultedPerson).outerjoin(
        ConsultedPerson, ConsultedPerson.consultation_id == Consultation.id
    )
    consulted: dict[Consultation, list[ConsultedPerson]] = {}
    for row, person in session.execute(query.where(about).order_by(Consultation.id, ConsultedPerson.id)):
        consulted.setdefault(row, []).extend([person] if person is not None else [])
    return list(consulted.items())


# -- what the work waits for ------------------------------------------------------------------------


def ensure_answered(session: Session, work_item: int) -> None:
    """Refuse to complete work for which answers are missing.

    Raises:
        DomainError: with the names of those who have not answered.
    """
    missing = unanswered(session, work_item)
    if not missing:
        return
    names = names_of(session, missing).values()
    raise DomainError(
        "answers_missing",
        LocalizedText(
            f"还在等待{'、'.join(names)}的意见或办理结果，暂时不能提交；确有需要可以撤回征求。",
            f"Still waiting for {', '.join(names)}; it cannot be completed until they answer, or are asked no more.",
        ),
    )


def unanswered(session: Session, work_item: int) -> list[int]:
    """Those for whose answers a work item waits; empty when enough have answered."""
    numbers: list[int] = []
    for row, people in consultations_of(session, work_item=work_item):
        if waits(row, people):
            numbers += [person.person_id for person in people if person.at is None]
    return numbers


def waits(row: Consultation, people: Sequence[ConsultedPerson]) -> bool:
    """Whether answers are missing."""
    return row.called_off_at is None and sum(person.at is not None for person in people) < row.needed


def work_gone(session: Session, work: Sequence[int], actor: Actor, now: dt.datetime) -> None:
    """This work was closed without being done: nobody is asked about it any more, and whoever was hears why."""
    query = select(Consultation.work_item_id).where(
        Consultation.work_item_id.in_(work), Consultation.called_off_at.is_(None)
    )
    for number in session.scalars(query.distinct()).all():
        for row, people in consultations_of(session, work_item=number):
            if waits(row, people):
                row.called_off_at, row.work_gone = now, True
                end_rest(session, row, actor, now)
                key = ticket_key(row.ticket_id)
                record(session, actor, now, "question_dropped", key, element=row.element, text=row.question)


def is_asked(session: Session, person_id: int, ticket_id: int) -> bool:
    """Whether somebody has yet to answer about a ticket."""
    consultations = consultations_of(session, ticket_id=ticket_id)
    return any(
        person.person_id == person_id and person.at is None
        for row, people in consultations
        if waits(row, people)
        for person in people
    )


def why_over(session: Session, instance: int) -> LocalizedText | None:
    """Why one who was asked, by this instance, need not answer any more; None where it is no question."""
    query = select(Consultation).join(ConsultedPerson, ConsultedPerson.consultation_id == Consultation.id)
    row = session.scalars(query.where(ConsultedPerson.instance_id == instance)).first()
    return row.over if row is not None else None


def did_for_others(session: Session, instance: int, element: str) -> set[int]:
    """Those who did a step of an instance that was given to them, and those on whose behalf."""
    items = select(work_items.c.id).where(
        work_items.c.instance_id == instance, work_items.c.element == element
    )
    query = (
        select(ConsultedPerson.by_id, ConsultedPerson.on_behalf_of_id)
        .join(Consultation, Consultation.id == ConsultedPerson.consultation_id)
        .where(Consultation.work_item_id.in_(items), Consultation.kind == "delegation")
    )
    return {person for row in session.execute(query) for person in row if person is not None}


# -- what its diagram does --------------------------------------------------------------------------


class AnsweredConsultation(HandlerInput):
    """One answer to a consultation, or what was done of delegated work."""

    consultation: int
    consulted: int
    opinion_view: str = ""
    opinion_text: str = ""
    delegated_result: str = ""


@service(AnsweredConsultation)
def consultation_answered(step: Step, given: AnsweredConsultation) -> None:
    """Keep an answer; whoever asked hears of it, and when enough have answered the others are asked no more."""
    session = step.session
    row = session.scalars(
        select(Consultation).where(Consultation.id == given.consultation).with_for_update()
    ).one()
    consulted_person = session.get_one(ConsultedPerson, given.consulted)
    consulted_person.view = "done" if row.kind == "delegation" else given.opinion_view or "remark"
    consulted_person.text = given.opinion_text or given.delegated_result
    consulted_person.by_id, consulted_person.on_behalf_of_id, consulted_person.at = (
        step.actor.person,
        step.actor.on_behalf_of,
        step.now,
    )
    session.flush()
    action = "delegated_done" if row.kind == "delegation" else "opinion_given"
    record_event(step, action, step.key, view=consulted_person.view, note=consulted_person.text)
    query = select(func.count()).where(
        ConsultedPerson.consultation_id == row.id, ConsultedPerson.at.is_not(None)
    )
    enough = session.scalars(query).one() >= row.needed
    if enough:
        end_rest(session, row, step.actor, step.now, but=step.instance)
    _notify_asker(step, row, enough)


def end_rest(session: Session, row: Consultation, actor: Actor, now: dt.datetime, *, but: int = 0) -> None:
    """Take the question off the desks of those who have not answered, and tell them why; who is answering right now still does."""
    query = select(ConsultedPerson).where(
        ConsultedPerson.consultation_id == row.id, ConsultedPerson.at.is_(None)
    )
    still = [row for row in session.scalars(query) if row.instance_id is not None and row.instance_id != but]
    end_some(session, [person.instance_id or 0 for person in still], actor, now, row.question)
    name = ticket_name(session, get_ticket(session, row.ticket_id))
    words = LocalizedText(
        f"就{name.zh}“{row.step}”向您征求或委派的事项不用再办：{row.over.zh}。",
        f"You need not answer or do what you were asked on {name.en} any more: {row.over.en}.",
    )
    key = ticket_key(row.ticket_id)
    link = f"/tickets/{row.ticket_id}"
    notify_many(
        session,
        [NotificationRequest(person.person_id, "asked_no_more", key, words, link) for person in still],
        now,
    )


def _notify_asker(step: Step, row: Consultation, enough: bool) -> None:
    if row.by_id == step.actor.person:
        return
    name = ticket_name(step.session, get_ticket(step.session, row.ticket_id))
    zh, en = (
        f"{step.actor.name} 已答复您就{name.zh}的征求",
        f"{step.actor.name} answered you on {name.en}",
    )
    more = LocalizedText("，可以继续办理了。", "; you can go on.") if enough else LocalizedText("。", ".")
    link = f"/work-items/{row.work_item_id}"
    notify_many(
        step.session,
        [
            NotificationRequest(
                row.by_id,
                "answered",
                step.key,
                LocalizedText(zh + more.zh, en + more.en),
                link,
                urgent=enough,
            )
        ],
        step.now,
    )
