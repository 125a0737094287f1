"""Work in front of nobody, for the office that is to see to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from rectification.handover.unattended_work import unseen_by_office_of
from rectification.matters.timezone import Zones
from web.components.subject_cards import owner_words
from web.context import Asked, asked
from web.dates import Calendar
from web.i18n import speak
from web.names import step_name
from web.visibility import seen_places

router = APIRouter(include_in_schema=False)
MOST: Final = 200
"""What the page lists; the rest follows when these have been seen to."""


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of work, and whose it would be."""

    id: int
    what: str
    where: str
    owner: str
    due_at: dt.datetime | None
    calendar: Calendar


@router.get("/unseen")
def show(asked: Asked = Depends(asked)) -> Response:
    """All of it, the oldest first."""
    speak(asked.language)
    engine = asked.house.engine
    with asked.house.database.reading() as session:
        rows = unseen_by_office_of(session, asked.visitor.person, asked.calendar.today)
        some, zones = rows[:MOST], Zones(session)
        places = seen_places(session, asked, (row.key for row in some))
        lines = [
            Line(
                row.id,
                step_name(engine, session, row.definition_id, row.process, row.element, row.name),
                places.get(row.key, ""),
                owner_words(session, row.owner),
                row.due_at,
                Calendar(zones.of_work(row.belongs_to), asked.calendar.now),
            )
            for row in some
        ]
        return asked.page(session, "unseen.html", lines=lines, total=len(rows))
