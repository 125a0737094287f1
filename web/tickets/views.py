"""Tickets as lists show them. Open, hung and closed are three numbers that are never added up."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session

from rectification.households.model import Household
from rectification.matters.status import OPEN, is_open, overdue
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
    wanted = select(Ticket, Area.name.label("village_name"), Household.head, Person.name.label("person_name"))
    return (
        wanted.join(Area, Area.code == Ticket.village)
        .join(Household, Household.id == Ticket.household_id, isouter=True)
        .join(Person, Person.id == Ticket.resp_person_id, isouter=True)
    )


def tickets_where(session: Session, *conditions: ColumnElement[bool], limit: int = 200) -> list[TicketRow]:
    """Tickets of a list, in the order of their numbers."""
    wanted = _rows().where(*conditions).order_by(Ticket.line_no.is_(None), Ticket.line_no, Ticket.id)
    return [ticket_row(row) for row in session.execute(wanted.limit(limit)).all()]


def red_list(
    session: Session, seen: ColumnElement[bool], now: dt.datetime, limit: int = 20
) -> list[TicketRow]:
    """Open and past the deadline, the oldest first."""
    wanted = _rows().where(seen, overdue(now)).order_by(Ticket.due_at, Ticket.id)
    return [ticket_row(row) for row in session.execute(wanted.limit(limit)).all()]


def title_of(one: Ticket) -> str:
    """A ticket in one line: the first that was written about it."""
    lines = one.description.strip().splitlines()
    return lines[0][:120] if lines else one.item


def ticket_row(row: Row[*tuple[Any, ...]]) -> TicketRow:
    """One line."""
    one: Ticket = row.Ticket
    where = " · ".join(part for part in (row.village_name, row.head) if part)
    counts_down = is_open(one.status)
    return TicketRow(
        one.id,
        one.number,
        title_of(one),
        one.status,
        where,
        row.person_name or "",
        one.due_at,
        counts_down,
        one.item,
        one.category,
        one.slow,
    )


def counts(session: Session, seen: ColumnElement[bool], now: dt.datetime) -> Counts:
    """The four figures of the head."""
    figures = (
        func.count().filter(OPEN),
        func.count().filter(overdue(now)),
        *(func.count().filter(Ticket.status == one) for one in ("hung", "closed")),
    )
    row = session.execute(select(*figures).select_from(Ticket).where(seen)).one()
    return Counts(row[0], row[1], row[2], row[3])
