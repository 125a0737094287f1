"""My desk: what waits for me, the most urgent first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from engine.owners import person_owner
from engine.worklist.queries import DeskFilter, OpenDeskWork, desk, desk_counts
from rectification.escalation.acknowledgements import waiting_for
from rectification.matters.timezone import Zones
from web.components.subject_cards import places_of
from web.context import RequestContext, get_context
from web.dates import DateFormatter
from web.i18n import gettext as _
from web.labels import PROCESSES
from web.names import step_name
from web.pagination import desk_cursor, write_desk_cursor

router = APIRouter(include_in_schema=False)
PAGE = 40


@dataclass(slots=True)
class DeskRow:
    """One line of the desk."""

    id: int
    what: str
    where: str
    due_at: dt.datetime | None
    calendar: DateFormatter
    """Says its deadline in the zone of its campaign."""
    behalf: str = ""
    """Whose work it is, when the reader stands in for them."""


@dataclass(slots=True)
class UrgencyGroup:
    """Lines of the same urgency; ``goes_on`` continues the group of the page before."""

    name: str
    goes_on: bool = False
    tally: int | None = None
    rows: list[DeskRow] = field(default_factory=list)


@router.get("/")
def show(
    q: str = "",
    process: str = "",
    late: str = "",
    after: str | None = None,
    group: str = "",
    done: int | None = None,
    context: RequestContext = Depends(get_context),
) -> Response:
    """The desk, or the next page of it."""
    user, now = context.user, context.application.clock.now()
    with context.application.database.reading() as session:
        rows = desk(
            session,
            user.owners,
            DeskFilter(
                overdue_before=now if late else None,
                process=process if process in PROCESSES else None,
                text=q.strip()[:100] or None,
            ),
            after=desk_cursor(after),
            limit=PAGE + 1,
        )
        page = rows[:PAGE]
        counts = desk_counts(session, user.owners, now)
        groups = _groups(context, session, page, group)
        if len(groups) == 1 and len(rows) <= PAGE and not after:
            groups[0].tally = len(page)
        query = {"q": q, "process": process, "late": late}
        return context.page(
            session,
            "desk.html",
            groups=groups,
            counts=counts,
            to_acknowledge=len(waiting_for(session, user.person, context.calendar.today)),
            first=groups[0].rows[0] if groups else None,
            processes=[
                name for name in PROCESSES if process == name or any(row.process == name for row in page)
            ],
            process=process,
            late=bool(late),
            q=q,
            filtered=bool(q or process or late),
            more=_more(query, page[-1], groups[-1].name) if len(rows) > PAGE else None,
            refresh="/?"
            + urlencode({**{name: value for name, value in query.items() if value}, "_block": "list"})
            if not after
            else None,
            done=_("Done. What follows from it is under way.") if done else None,
        )


def _groups(
    context: RequestContext, session: Session, rows: list[OpenDeskWork], before: str
) -> list[UrgencyGroup]:
    engine, zones, now = context.application.engine, Zones(session), context.application.clock.now()
    places = places_of(session, [row.key for row in rows])
    result: list[UrgencyGroup] = []
    for row in rows:
        calendar = DateFormatter(zones.of_work(row.work_scope), now)
        urgency = calendar.urgency(row.due_at)
        if not result or result[-1].name != urgency:
            result.append(UrgencyGroup(urgency, goes_on=not result and before == urgency))
        name = step_name(engine, session, row.definition_id, row.process, row.element, row.name)
        result[-1].rows.append(_row(context, row, name, places, calendar))
    return result


def _row(
    context: RequestContext, row: OpenDeskWork, name: str, places: dict[str, str], calendar: DateFormatter
) -> DeskRow:
    own = person_owner(context.user.person)
    behalf = "" if row.owner == own else context.user.stands_in.get(row.owner, "")
    return DeskRow(row.id, name, places.get(row.key, ""), row.due_at, calendar, behalf)


def _more(query: dict[str, str], last: OpenDeskWork, group: str) -> str:
    kept = {name: value for name, value in query.items() if value}
    return "/?" + urlencode({**kept, "after": write_desk_cursor(last), "group": group})
