"""Where what work is about lies, and who answers for it: what an escalation goes by, read for hundreds at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import column, exists, select, table
from sqlalchemy.orm import Session

from engine.database import rows_of
from engine.sql_arrays import in_list
from rectification.core.keys import kind_of, number_in, ticket_key
from rectification.matters.subjects import subjects
from rectification.matters.ticket import Ticket
from rectification.places.areas import Area, Place, get_place


class TicketLocation(NamedTuple):
    """Where it lies, whose it is to repair, and whether it was reopened."""

    place: Place
    resp_unit_id: int | None = None
    resp_person_id: int | None = None
    reopened: bool = False


def get_locations(session: Session, keys: Iterable[str]) -> dict[str, TicketLocation]:
    """The whereabouts of many keys, in one query for each kind; unknown keys are left out."""
    result = set(keys)
    tickets = {key for key in result if kind_of(key) == "ticket"}
    locations = _tickets(session, tickets)
    for key, subject in subjects(session, result - tickets).items():
        locations[key] = TicketLocation(subject.place)
    return locations


_reopenings = table("reopenings", column("ticket_id"))
_TICKETS: Final = (
    select(
        Ticket.id,
        Area.path,
        Ticket.resp_unit_id,
        Ticket.resp_person_id,
        exists().where(_reopenings.c.ticket_id == Ticket.id),
    )
    .join(Area, Area.code == Ticket.village)
    .where(in_list(Ticket.id, "numbers"))
)
"""Made once, and of columns: a sweep of escalations asks for hundreds of thousands."""


def _tickets(session: Session, keys: Iterable[str]) -> dict[str, TicketLocation]:
    numbers = [n for key in keys if (n := number_in(key, "ticket")) is not None]
    rows: Any = rows_of(session, _TICKETS, {"numbers": numbers}) if numbers else ()
    return {
        ticket_key(id_): TicketLocation(get_place(path), unit, person, again)
        for id_, path, unit, person, again in rows
    }
