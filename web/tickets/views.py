"""Tickets as lists show them. Open, hung and closed are three numbers that are never added up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from rectification.households.model import Household
from rectification.matters.status import OPEN, TicketStatus, is_open, overdue
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.places.areas import Area


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of a list."""

    id: int
    number: str | None
    title: str
    status: str | None
    where: str
    person: str
    due_at: dt.datetime | None
    counts_down: bool
    item: str
    category: str
    slow: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """Hung is not closed."""

    open: int
    overdue: int
    hung: int
    closed: int


def _rows() -> Select[*tuple[Any, ...]]:
    query = select(Ticket, Area.name.label("village_name"), Household.head, Person.name.label("person_name"))
    return (
        query.join(Area, Area.code == Ticket.village)
        .join(Household, Household.id == Ticket.household_id, isouter=True)
        .join(Person, Person.id == Ticket.resp_person_id, isouter=True)
    )


def tickets_where(session: Session, *conditions: ColumnElement[bool], limit: int = 200) -> list[TicketRow]:
    """Tickets of a list, in the order of their numbers."""
    query = _rows().where(*conditions).order_by(Ticket.line_no.is_(None), Ticket.line_no, Ticket.id)
    return [ticket_row(row) for row in session.execute(query.limit(limit)).all()]


def red_list(
    session: Session, condition: ColumnElement[bool], now: dt.datetime, limit: int = 20
) -> list[TicketRow]:
    """Open and past the deadline, the oldest first."""
    query = _rows().where(condition, overdue(now)).order_by(Ticket.due_at, Ticket.id)
    return [ticket_row(row) for row in session.execute(query.limit(limit)).all()]


def title_of(ticket: Ticket) -> str:
    """A ticket in one line: the first that was written about it."""
    lines = ticket.description.strip().splitlines()
    return lines[0][:120] if lines else ticket.item


def ticket_row(row: Row[*tuple[Any, ...]]) -> TicketRow:
    """One line."""
    ticket: Ticket = row.Ticket
    where = " · ".join(part for part in (row.village_name, row.head) if part)
    counts_down = is_open(ticket.status)
    return TicketRow(
        ticket.id,
        ticket.number,
        title_of(ticket),
        ticket.status,
        where,
        row.person_name or "",
        ticket.due_at,
        counts_down,
        ticket.item,
        ticket.category,
        ticket.slow,
    )


def counts(session: Session, condition: ColumnElement[bool], now: dt.datetime) -> Counts:
    """The four figures of the head."""
    figures = (
        func.count().filter(OPEN),
        func.count().filter(overdue(now)),
        *(
            func.count().filter(Ticket.status == status)
            for status in (TicketStatus.HUNG, TicketStatus.CLOSED)
        ),
    )
    row = session.execute(select(*figures).select_from(Ticket).where(condition)).one()
    return Counts(row[0], row[1], row[2], row[3])
