"""Villages: the list and one of them with its visits, draft lines and issue lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from engine.errors import NotFound
from rectification.core.keys import village_key
from rectification.households.model import Household
from rectification.matters.issue_list import IssueList
from rectification.matters.status import OPEN
from rectification.matters.ticket import Ticket
from rectification.places.areas import Area
from web.acknowledgements.views import to_acknowledge
from web.components.my_work import my_items, open_items, prompt_about
from web.context import RequestContext, get_context
from web.current_campaign import get_current_campaign_id
from web.history.timeline import folded, story_of
from web.households.pages import visits_due
from web.households.views import NOT_VISITED, households, progress, visits
from web.i18n import gettext as _
from web.i18n import ngettext
from web.papers.views import papers_of_village
from web.tickets.views import TicketRow, tickets_where
from web.villages.views import towns, villages
from web.visibility import seen_villages

router = APIRouter(include_in_schema=False)
PAGE = 40
FEW = 10


@router.get("/villages")
def listing(
    q: str = "", area: str = "", after: str = "", context: RequestContext = Depends(get_context)
) -> Response:
    """The villages that I may see, with their progress."""
    with context.application.database.reading() as session:
        condition = seen_villages(session, context)
        campaign = get_current_campaign_id(session, context)
        rows = villages(
            session,
            condition,
            campaign,
            text=q.strip()[:100],
            area=area[:20],
            after=after[:20],
            limit=PAGE + 1,
        )
        kept = {name: value for name, value in (("q", q), ("area", area)) if value}
        more = "/villages?" + urlencode({**kept, "after": rows[PAGE - 1].code}) if len(rows) > PAGE else None
        return context.page(
            session,
            "villages.html",
            rows=rows[:PAGE],
            more=more,
            areas=towns(session, condition),
            area=area,
            q=q,
            visits_due=visits_due(session, context),
        )


@dataclass(frozen=True, slots=True)
class ListView:
    """One issue list of a village."""

    title: str
    version: int
    frozen_at: dt.datetime | None
    hash: str | None
    lines: Sequence[TicketRow]
    zero_report: bool


@router.get("/villages/{code}")
def one(code: str, context: RequestContext = Depends(get_context)) -> Response:
    """One village."""
    key = village_key(code)
    with context.application.database.reading() as session:
        campaign = get_current_campaign_id(session, context)
        rows = villages(session, (Area.code == code) & seen_villages(session, context), campaign, limit=1)
        if not rows:
            raise NotFound
        items = open_items(session, key)
        mine = my_items(context, session, items)
        inside = (Household.village == code) & (Household.campaign_id == campaign)
        unvisited = households(session, inside, state="unvisited", limit=FEW)
        lists = _lists(session, code, campaign)
        return context.page(
            session,
            "village.html",
            village=rows[0],
            unvisited=unvisited,
            unvisited_total=progress(session, inside & NOT_VISITED).total,
            visits=visits(session, inside, limit=FEW),
            visits_total=rows[0].visited,
            drafts=tickets_where(
                session,
                Ticket.village == code,
                Ticket.campaign_id == campaign,
                Ticket.number.is_(None),
                Ticket.list_id.is_(None),
                OPEN,
            ),
            lists=lists,
            my_items=mine,
            to_acknowledge=to_acknowledge(context, session, key),
            prompt=prompt_about(context, session, items, mine, _nothing_else(rows[0].open)),
            story=folded(story_of(context, session, key)),
            papers=papers_of_village(code),
        )


def _nothing_else(going: int) -> str:
    """What the head of the page says when no step waits for the village itself: its tickets have steps of their own."""
    if not going:
        return _("Nothing is open in this village right now.")
    sentence = ngettext(
        "%(num)s issue of this village is being worked on.",
        "%(num)s issues of this village are being worked on.",
        going,
    )
    return sentence % {"num": going}


def _lists(session: Session, village: str, campaign: int | None) -> list[ListView]:
    lists = session.scalars(
        select(IssueList)
        .where(IssueList.village == village, IssueList.campaign_id == campaign)
        .order_by(IssueList.kind)
    )
    return [_list(session, row) for row in lists if row.submitted_at or row.frozen_at]


def _list(session: Session, issue_list: IssueList) -> ListView:
    title = _("Issue list") if issue_list.kind == "main" else _("Supplement list")
    stands = Ticket.number.is_not(None) | Ticket.status.is_distinct_from("void")
    lines = tickets_where(session, Ticket.list_id == issue_list.id, stands)
    return ListView(
        title, issue_list.version, issue_list.frozen_at, issue_list.hash, lines, issue_list.zero_report
    )
