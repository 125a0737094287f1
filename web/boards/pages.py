"""The board for those who answer for an area: progress, overdue, hung and closed, and the red list."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from rectification.calendar.deadlines import milestone_at
from rectification.campaigns.model import MILESTONES
from web.context import RequestContext, get_context
from web.current_campaign import get_current_campaign
from web.i18n import gettext as _
from web.i18n import spoken, translate
from web.tickets.views import red_list
from web.villages.views import BoardRow, board
from web.visibility import seen_households, seen_tickets

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Next:
    """The next milestone."""

    name: str
    at: dt.datetime


@router.get("/board")
def show(context: RequestContext = Depends(get_context)) -> Response:
    """Figures by town, or by village where the reader's area is one town or less."""
    now = context.application.clock.now()
    with context.application.database.reading() as session:
        homes, issues = seen_households(session, context), seen_tickets(session, context)
        rows, by = board(session, homes, issues, "town", now), "town"
        if len(rows) <= 1:
            rows, by = board(session, homes, issues, "village", now), "village"
        campaign = get_current_campaign(session, context)
        name = "" if campaign is None else campaign.name if spoken() == "zh" else campaign.name_en
        return context.page(
            session,
            "board.html",
            scope=name,
            milestone=_next(session, context, now),
            total=_total(rows),
            red=red_list(session, issues, now),
            rows=rows,
            by_words=_("By town") if by == "town" else _("By village"),
        )


def _next(session: Session, context: RequestContext, now: dt.datetime) -> Next | None:
    campaign = get_current_campaign(session, context)
    if campaign is None:
        return None
    dates = ((milestone.name, milestone_at(campaign, milestone.name)) for milestone in campaign.milestones)
    ahead = [
        Next(translate(MILESTONES[name]) if name in MILESTONES else name, at)
        for name, at in dates
        if at >= now
    ]
    return min(ahead, key=lambda date: date.at, default=None)


def _total(rows: list[BoardRow]) -> BoardRow:
    figures = ("visited", "households", "open", "overdue", "hung", "closed")
    return BoardRow("", "", *(sum(getattr(row, name) for row in rows) for name in figures))
