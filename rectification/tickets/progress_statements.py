"""Progress statements (书面说明): why a ticket is slow, what comes next, and whether its mark goes or stays.

One row is one time that a statement was asked for, by the clock or by a reviewer. Its diagram
``progress_statement`` runs under the ticket's key; at most one is open for a ticket.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from sqlalchemy import ForeignKey, Index, String, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.host import Step, Values
from engine.inputs import HandlerInput, guard, service
from engine.text import LocalizedText
from rectification.calendar.deadlines import as_day, is_overdue, local_day
from rectification.campaigns.model import get_campaign
from rectification.core.history import record_event
from rectification.core.keys import row_number
from rectification.core.model import Id, LongText, Model
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.tickets.dispatch import TicketInput, reviewer_of
from rectification.tickets.notifications import notify_assignee

SHORTEST: Final = 10
_OPEN: Final = text("closed_at IS NULL")


class ProgressStatement(Model):
    """One asked statement, what was written, and what was decided. Closed: decided, or called off."""

    __tablename__ = "progress_statements"
    __table_args__ = (
        Index("ix_progress_statements_ticket", "ticket_id", "id"),
        Index(
            "uq_progress_statements_open",
            "ticket_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    cause: Mapped[str] = mapped_column(String(10), comment="no_update: the clock; mark: a reviewer")
    asked: Mapped[LongText] = mapped_column(
        comment="the reviewer's reason, or for how long nothing was noted"
    )
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), comment="NULL: the clock")
    asked_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    reason: Mapped[LongText] = mapped_column(default="")
    percent: Mapped[int | None]
    plan: Mapped[LongText] = mapped_column(default="")
    promised_on: Mapped[dt.date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime | None] = mapped_column(comment="NULL: not written yet")
    decision: Mapped[str | None] = mapped_column(String(10), comment="clear or keep")
    opinion: Mapped[LongText] = mapped_column(default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    closed_at: Mapped[dt.datetime | None]


def statements_of(session: Session, ticket_id: int) -> list[ProgressStatement]:
    """Every statement that a ticket was asked for, the oldest first."""
    query = select(ProgressStatement).where(ProgressStatement.ticket_id == ticket_id)
    return list(session.scalars(query.order_by(ProgressStatement.id)))


def open_statement(session: Session, ticket_id: int) -> ProgressStatement | None:
    """The one that waits for its writer or its judge."""
    query = select(ProgressStatement).where(
        ProgressStatement.ticket_id == ticket_id, ProgressStatement.closed_at.is_(None)
    )
    return session.scalars(query).first()


class StatementForm(HandlerInput):
    """A statement as its form asks about it."""

    slow_reason: str | None
    promised_on: str | None


class StatementInput(HandlerInput):
    """The statement that is asked for."""

    statement: int


class WrittenStatement(StatementInput):
    """A statement as it is kept."""

    campaign: int
    slow_reason: str
    plan: str
    progress_percent: int
    promised_on: str


class JudgedStatement(StatementInput):
    """A statement with what its judge said."""

    ticket: int
    slow_decision: str
    slow_opinion: str = ""


@guard(StatementForm, reads=TicketInput)
def statement_complete(step: Step, form: StatementForm) -> Mapping[str, LocalizedText]:
    """Guard: a reason that says something, and a promise that is no extension by the back door."""
    problems: dict[str, LocalizedText] = {}
    if len((form.slow_reason or "").strip()) < SHORTEST:
        problems["slow_reason"] = LocalizedText(
            "请把原因写清楚（至少 10 个字）。", "Explain it in at least ten characters."
        )
    about = TicketInput.read(step.variables)
    ticket, zone = get_ticket(step.session, about.ticket), get_campaign(step.session, about.campaign).zone
    if form.promised_on:
        day = as_day(form.promised_on, zone)
        if day < local_day(step.now, zone):
            problems["promised_on"] = LocalizedText("不能早于今天。", "Not before today.")
        elif ticket.due_at is not None and not is_overdue(ticket.due_at, step.now):
            due = local_day(ticket.due_at, zone)
            if day > due:
                problems["promised_on"] = LocalizedText(
                    f"不能晚于整改时限 {due}；确需更久的请申请延期。",
                    f"Not after the due date, {due}; ask for an extension where more time is needed.",
                )
    return problems


@service(WrittenStatement)
def statement_submitted(step: Step, given: WrittenStatement) -> None:
    """Keep what was written; its judge is asked next."""
    row = _row(step, given)
    row.reason, row.plan = given.slow_reason, given.plan
    row.percent = given.progress_percent
    row.promised_on = as_day(given.promised_on, get_campaign(step.session, given.campaign).zone)
    row.by_id, row.at = step.actor.person, step.now
    record_event(step, "statement_submitted", step.key, percent=row.percent, promised_on=row.promised_on)


@service(JudgedStatement)
def statement_judged(step: Step, given: JudgedStatement) -> None:
    """Take the mark off the ticket or leave it there; the responsible person hears which."""
    row, ticket = _row(step, given), get_ticket(step.session, given.ticket)
    row.decision = given.slow_decision
    row.opinion = given.slow_opinion
    row.decided_by_id, row.closed_at = step.actor.person, step.now
    ticket.slow = row.decision == "keep"
    record_event(step, "slow_kept" if ticket.slow else "slow_cleared", step.key, note=row.opinion)
    name = ticket_name(step.session, ticket)
    words = (
        LocalizedText(
            f"{name.zh}的书面说明已审核，仍标记为进度较慢：{row.opinion}",
            f"The statement on {name.en} was read; it is still marked as slow: {row.opinion}",
        )
        if ticket.slow
        else LocalizedText(
            f"{name.zh}的书面说明已审核，不再标记为进度较慢。",
            f"The statement on {name.en} was read; it is no longer marked as slow.",
        )
    )
    notify_assignee(step, ticket, "statement", words)


@service(StatementInput)
def statement_called_off(step: Step, given: StatementInput) -> None:
    """The ticket went on: nothing is left to explain."""
    _row(step, given).closed_at = step.now
    record_event(step, "statement_called_off", step.key)


def follow_transfer(step: Step, ticket: Ticket) -> None:
    """Whoever took a ticket over writes the statement that nobody has written yet, by the same date."""
    row = open_statement(step.session, ticket.id)
    if row is not None and row.at is None:
        payload: Values = {"resp_unit": ticket.resp_unit_id, "resp_person": ticket.resp_person_id}
        if row.cause == "no_update":
            payload["reviewer"] = reviewer_of(step.session, ticket, "town")
        step.send("responsible_changed", ticket.key, payload)


def progress_made(step: Step) -> None:
    """A ticket left its repairer's hands: it is slow no more, and a statement still asked for is called off."""
    number = row_number(step.key)
    was_slow = update(Ticket).where(Ticket.id == number, Ticket.slow).values(slow=False).returning(Ticket.id)
    if step.session.execute(was_slow).one_or_none() is not None:
        record_event(step, "slow_lifted", step.key)
    if open_statement(step.session, number) is not None:
        step.send("progress_made", step.key, {})


def _row(step: Step, given: StatementInput) -> ProgressStatement:
    return step.session.get_one(ProgressStatement, given.statement)
