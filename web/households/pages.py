"""Households: the list and one of them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import Response

from rectification.access.permissions import visible_tickets
from rectification.access.unmasking import reveal
from rectification.calendar.deadlines import milestone_at
from rectification.core.keys import household_key
from rectification.households.model import Household
from rectification.matters.status import is_open
from rectification.matters.ticket import Ticket
from rectification.matters.visit import Visit
from web.acknowledgements.views import to_acknowledge
from web.components.my_work import my_items, open_items, prompt_about
from web.components.subject_cards import household_card
from web.context import RequestContext, get_context
from web.current_campaign import get_current_campaign
from web.form_data import get_form, text
from web.guards import require_visible
from web.history.timeline import folded, story_of
from web.households.views import HouseholdRow, households, progress, visits
from web.i18n import gettext as _
from web.i18n import ngettext
from web.pagination import read_cursor, write_cursor
from web.papers.views import papers_of
from web.path_id import PathId
from web.results.views import household_result, measures_by_year
from web.tickets.views import TicketRow, tickets_where
from web.visibility import seen_households
from web.work_streams.baseline_problems import baseline_problems
from web.work_streams.views import cases_of

router = APIRouter(include_in_schema=False)
PAGE = 40


@router.get("/households")
def listing(
    q: str = "",
    state: str = "",
    village: str = "",
    after: str | None = None,
    context: RequestContext = Depends(get_context),
) -> Response:
    """The households that I may see."""
    with context.application.database.reading() as session:
        condition = seen_households(session, context)
        rows = households(
            session,
            condition,
            state=state,
            text=q.strip()[:100],
            village=village[:20],
            after=_cursor(after),
            limit=PAGE + 1,
        )
        return context.page(
            session,
            "households.html",
            rows=rows[:PAGE],
            more=_more(session, rows, {"q": q, "state": state, "village": village}),
            counts=progress(session, condition),
            visits_due=visits_due(session, context),
            states=[("", _("All")), ("unvisited", _("To be visited")), ("visited", _("Visited"))],
            state=state,
            village=village,
            q=q,
        )


def visits_due(session: Session, context: RequestContext) -> object:
    """When every household should have been visited."""
    campaign = get_current_campaign(session, context)
    return milestone_at(campaign, "visits") if campaign else None


def _cursor(cursor: str | None) -> tuple[str, int] | None:
    match read_cursor(cursor):
        case [str(village), int(number)]:
            return village, number
    return None


def _more(session: Session, rows: list[HouseholdRow], query: dict[str, str]) -> str | None:
    if len(rows) <= PAGE:
        return None
    last = session.get_one(Household, rows[PAGE - 1].id)
    kept = {name: value for name, value in query.items() if value}
    return "/households?" + urlencode({**kept, "after": write_cursor(last.village, last.id)})


@router.get("/households/{number}")
def one(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One household: its visits, its tickets, its history."""
    key = household_key(number)
    with context.application.database.reading() as session:
        require_visible(session, context, key)
        home = session.get_one(Household, number)
        row = households(session, Household.id == number, limit=1)[0]
        items = open_items(session, key)
        mine = my_items(context, session, items)
        tickets = tickets_where(
            session,
            Ticket.household_id == number,
            visible_tickets(session, context.user.person, context.calendar.today),
        )
        return context.page(
            session,
            "household.html",
            household=row,
            subject=household_card(session, home, context.user.person, context.calendar.today),
            visits=visits(session, Visit.household_id == number),
            baseline_problems=baseline_problems(session, number, context.calendar),
            cases=cases_of(session, number),
            result=household_result(session, number),
            measures=measures_by_year(session, number),
            tickets=tickets,
            my_items=mine,
            to_acknowledge=to_acknowledge(context, session, key),
            prompt=prompt_about(context, session, items, mine, _nothing_else(tickets)),
            story=folded(story_of(context, session, key)),
            papers=papers_of(home),
        )


def _nothing_else(tickets: Sequence[TicketRow]) -> str:
    """What the head of the page says when no step waits for the household itself: its tickets have steps of their own."""
    going = sum(is_open(ticket.status) for ticket in tickets)
    if not going:
        return _("Nothing is open for this household.")
    sentence = ngettext(
        "%(num)s issue of this household is being worked on.",
        "%(num)s issues of this household are being worked on.",
        going,
    )
    return sentence % {"num": going}


@router.post("/households/{number}/reveal")
def show_in_full(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """A masked number in full, for those whose work needs it; the history keeps who looked."""
    field, reason = text(form, "field", 20), text(form, "reason", 200)
    with context.application.database.writing() as session:
        require_visible(session, context, household_key(number))
        value = reveal(context.acting(session), number, field, reason)
    answer = context.pages.block("_unmasked_number.html", "value", context.language, {"value": value})
    answer.headers["cache-control"] = "no-store"
    return answer
