"""My notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from notifications.notices import Notice
from web.components.subject_cards import places_of
from web.context import RequestContext, get_context
from web.form_data import local_path
from web.i18n import translate
from web.notices import mark_read, notices_of
from web.path_id import Beyond

router = APIRouter(include_in_schema=False)
PAGE = 40


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One line."""

    title: str
    text: str
    path: str
    at: Any
    new: bool


@router.get("/notices")
def show(before: Beyond = None, context: RequestContext = Depends(get_context)) -> Response:
    """What I was told, the newest first."""
    with context.application.database.reading() as session:
        notices = notices_of(session, context.user.person, before=before, limit=PAGE + 1)
        page = notices[:PAGE]
        places = places_of(session, [notice.about for notice in page])
        rows = [_row(notice, places.get(notice.about, "")) for notice in page]
        more = f"/notices?before={page[-1].id}" if len(notices) > PAGE else None
        return context.page(session, "notices.html", rows=rows, more=more, new=any(row.new for row in rows))


def _row(notice: Notice, place: str) -> NoticeRow:
    return NoticeRow(
        translate(notice.words), place, local_path(notice.link), notice.at, notice.read_at is None
    )


@router.post("/notices/read")
def read(context: RequestContext = Depends(get_context)) -> Response:
    """Mark all of them as read."""
    with context.application.database.writing() as session:
        mark_read(session, context.user.person, context.application.clock.now())
    return RedirectResponse("/notices", 303)
