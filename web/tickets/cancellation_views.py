"""Proposals to end a ticket, as its page and the API tell them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from rectification.people.model import names_of
from rectification.tickets.cancellations import get_cancellations


@dataclass(frozen=True, slots=True)
class CancellationView:
    """Who proposed it and why, and what the second person said; ``confirmed`` is None until they do."""

    reason: str
    by: str
    at: dt.datetime
    confirmed: bool | None
    opinion: str
    decided_by: str
    on_behalf_of: str
    decided_at: dt.datetime | None


def endings(session: Session, number: int) -> list[CancellationView]:
    """Every proposal to end a ticket, the oldest first."""
    rows = get_cancellations(session, number)
    people = {
        person_id
        for row in rows
        for person_id in (row.by_id, row.decided_by_id, row.on_behalf_of_id)
        if person_id
    }
    names = names_of(session, people)
    return [
        CancellationView(
            row.reason, names[row.by_id], row.at, row.confirmed, row.opinion, names.get(row.decided_by_id or 0, ""),
            names.get(row.on_behalf_of_id or 0, ""), row.decided_at,
        )
        for row in rows
    ]  # fmt: skip
