"""Work in front of nobody, for the office that is to see to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from rectification.handover.unattended_work import unattended_by_office_of
from rectification.matters.timezone import Zones
from web.components.subject_cards import owner_words
from web.context import RequestContext, get_context
from web.dates import DateFormatter
from web.names import step_name
from web.visibility import visible_places

router = APIRouter(include_in_schema=False)
MOST: Final = 200
"""What the page lists; the rest follows when these have been seen to."""


@dataclass(frozen=True, slots=True)
class UnattendedItem:
    """One piece of work, and whose it would be."""

    id: int
    what: str
    where: str
    owner: str
    due_at: dt.datetime | None
    calendar: DateFormatter


@router.get("/unseen")
def show(context: RequestContext = Depends(get_context)) -> Response:
    """All of it, the oldest first."""
    engine = context.application.engine
    with context.application.database.reading() as session:
        rows = unattended_by_office_of(session, context.user.person, context.calendar.today)
        shown, zones = rows[:MOST], Zones(session)
        places = visible_places(session, context, (row.key for row in shown))
        lines = [
            UnattendedItem(
                row.id,
                step_name(engine, session, row.definition_id, row.process, row.element, row.name),
                places.get(row.key, ""),
                owner_words(session, row.owner),
                row.due_at,
                DateFormatter(zones.of_work(row.work_scope), context.calendar.now),
            )
            for row in shown
        ]
        return context.page(session, "unattended.html", lines=lines, total=len(rows))
