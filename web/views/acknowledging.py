"""What waits for a leader's acknowledgement, as pages and programs tell it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from register.acknowledging import waiting_for
from register.campaigns import COLOURS
from web.language import said
from web.names import step_name
from web.subjects import path_of, places_of

if TYPE_CHECKING:
    from web.asked import Asked


@dataclass(frozen=True, slots=True)
class Line:
    """One escalation to be acknowledged: the step that is late, what it is about, and until when."""

    id: int
    key: str
    what: str
    where: str
    path: str
    level: int
    colour: str
    mark: str
    due_at: dt.datetime
    passed_over: bool


def to_acknowledge(asked: Asked, session: Session, key: str | None = None) -> list[Line]:
    """What waits for the reader, about one key or at all, the most urgent first."""
    found = waiting_for(session, asked.visitor.person, asked.calendar.today, key)
    places = places_of(session, [one.key for one in found])
    engine = asked.house.engine
    return [
        Line(
            one.id, one.key, step_name(engine, session, one.definition, one.process, one.element, one.name),
            places.get(one.key, ""), path_of(one.key) or f"/work-items/{one.item}", one.level, one.colour,
            said(COLOURS[one.colour]) if one.colour in COLOURS else "", one.due_at,
            one.passed_over,
        )
        for one in found
    ]  # fmt: skip
