"""What I have done (我办过的): the steps that somebody completed, also those whose ticket has gone on to others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from engine.worklist.queries import completed_by
from rectification.access.permissions import visible_keys
from rectification.matters.timezone import Zones
from web.components.subject_cards import path_of, places_of
from web.context import RequestContext, get_context
from web.dates import DateFormatter
from web.names import step_name
from web.pagination import read_cursor, write_cursor

router = APIRouter(include_in_schema=False)
PAGE = 40


@dataclass(frozen=True, slots=True)
class DoneRow:
    """One completed step; ``path`` is empty where the reader may no longer see what it was about."""

    number: int
    what: str
    where: str
    path: str
    at: dt.datetime
    calendar: DateFormatter


@router.get("/done")
def show(after: str | None = None, context: RequestContext = Depends(get_context)) -> Response:
    """The steps that I completed, the latest first; each leads to what it was about, as far as I may see it."""
    with context.application.database.reading() as session:
        rows = _rows(context, session, after)
        return context.page(session, "done.html", rows=rows[:PAGE], more=_more(rows))


def _rows(context: RequestContext, session: Session, after: str | None) -> list[DoneRow]:
    person, engine = context.user.person, context.application.engine
    zones, now = Zones(session), context.application.clock.now()
    items = completed_by(session, person, _cursor(after), PAGE + 1)
    keys = [item.key for item in items]
    places, visible = places_of(session, keys), visible_keys(session, person, keys, context.calendar.today)
    return [
        DoneRow(
            item.id,
            step_name(engine, session, item.definition_id, item.process, item.element, item.name),
            places.get(item.key, ""),
            path_of(item.key) if item.key in visible else "",
            item.closed_at,
            DateFormatter(zones.of_work(item.work_scope), now),
        )
        for item in items
    ]


def _cursor(after: str | None) -> int | None:
    match read_cursor(after):
        case [int(number)]:
            return number
    return None


def _more(rows: Sequence[DoneRow]) -> str | None:
    if len(rows) <= PAGE:
        return None
    return "/done?" + urlencode({"after": write_cursor(rows[PAGE - 1].number)})
