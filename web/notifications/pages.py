"""My notices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from notifications.notices import Notice
from web.bell import mark_read, notices_of
from web.components.subject_cards import places_of
from web.context import RequestContext, get_context
from web.form_data import local_path
from web.i18n import translate, use_language
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
def show(before: Beyond = None, asked: RequestContext = Depends(get_context)) -> Response:
    """What I was told, the newest first."""
    use_language(asked.language)
    with asked.house.database.reading() as session:
        found = notices_of(session, asked.visitor.person, before=before, limit=PAGE + 1)
        page = found[:PAGE]
        places = places_of(session, [one.about for one in page])
        rows = [_row(one, places.get(one.about, "")) for one in page]
        more = f"/notices?before={page[-1].id}" if len(found) > PAGE else None
        return asked.page(session, "notices.html", rows=rows, more=more, new=any(row.new for row in rows))


def _row(one: Notice, place: str) -> NoticeRow:
    return NoticeRow(translate(one.words), place, local_path(one.link), one.at, one.read_at is None)


@router.post("/notices/read")
def read(asked: RequestContext = Depends(get_context)) -> Response:
    """Mark all of them as read."""
    with asked.house.database.writing() as session:
        mark_read(session, asked.visitor.person, asked.house.clock.now())
    return RedirectResponse("/notices", 303)
