"""Hung tickets: carried forward with an approved explanation and a date to look again. Never closed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.host import Step
from engine.inputs import HandlerInput, service
from rectification.calendar.deadlines import as_day
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model


class HungTicket(Model):
    """A ticket is hung from one instant until another; ``until`` is empty while it hangs."""

    __tablename__ = "hung_tickets"
    __table_args__ = (Index("ix_hung_tickets_ticket", "ticket_id", "id"),)

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    since: Mapped[dt.datetime]
    review_date: Mapped[dt.date]
    note: Mapped[LongText] = mapped_column(default="")
    until: Mapped[dt.datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


class TicketInput(HandlerInput):
    """A ticket, and what is noted about its hanging."""

    ticket: int
    hung_note: str = ""


class HangingTicket(TicketInput):
    """A ticket that hangs until its review."""

    campaign: int
    review_date: str


@service(HangingTicket)
def hang_ticket(step: Step, given: HangingTicket) -> None:
    """Hang the ticket until its review date; after a review that found it still open, hang it on."""
    session = step.session
    zone = get_campaign(session, given.campaign).zone
    _let_go(session, given.ticket, step.now)
    row = HungTicket(ticket_id=given.ticket, since=step.now, review_date=as_day(given.review_date, zone))
    row.note, row.by_id = given.hung_note, step.actor.person
    session.add(row)
    record_event(step, "hung", step.key, review_date=row.review_date)


@service(TicketInput)
def end_hanging(step: Step, given: TicketInput) -> None:
    """The review found it fixed: off the hung list, on to re-verification."""
    _let_go(step.session, given.ticket, step.now)
    record_event(step, "unhung", step.key, note=given.hung_note or None)


def get_hung_ticket(session: Session, ticket_id: int) -> HungTicket | None:
    """How a ticket hangs now, if it does."""
    query = (
        select(HungTicket)
        .where(HungTicket.ticket_id == ticket_id, HungTicket.until.is_(None))
        .order_by(HungTicket.id.desc())
    )
    return session.scalars(query.limit(1)).first()


def _let_go(session: Session, ticket_id: int, now: dt.datetime) -> None:
    held = get_hung_ticket(session, ticket_id)
    if held is not None:
        held.until = now
