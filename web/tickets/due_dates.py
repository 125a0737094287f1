"""Changing the due date of one ticket: what would move is shown first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.commands.reschedule import Shift
from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.campaigns.model import get_campaign
from rectification.core.keys import ticket_key
from rectification.matters.pause import allowed, suspension_of
from rectification.matters.ticket import get_ticket
from rectification.rescheduling.ticket_due_date import change_due, may_change_due, what_would_move
from web.components.subject_cards import ticket_card
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import require_visible
from web.i18n import translate
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


@router.get("/tickets/{number}/due")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """The form."""
    return page(context, number, {}, {})


@router.post("/tickets/{number}/due")
def change(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Show what would move; once that was seen and confirmed, change it."""
    typed = {name: text(form, name) for name in ("due", "reason", "seen")}
    day = day_of(typed["due"])
    try:
        if day is not None and typed["seen"] == typed["due"]:
            with context.application.database.writing() as session:
                require_visible(session, context, ticket_key(number))
                change_due(context.acting(session), number, day, typed["reason"])
            context.application.engine.settle()
            return RedirectResponse(f"/tickets/{number}", 303)
        with context.application.database.reading() as session:
            require_visible(session, context, ticket_key(number))
            moved = what_would_move(context.acting(session), number, day, typed["reason"])
            return _form(context, session, number, typed, {}, moved)
    except WrongValues as wrong:
        return page(context, number, typed, wrong.problems)


def page(
    context: RequestContext, number: int, typed: Mapping[str, str], problems: Mapping[str, LocalizedText]
) -> Response:
    """The page of a ticket's due date: what was typed, and what is wrong with it."""
    with context.application.database.reading() as session:
        return _form(context, session, number, typed, problems, None)


def day_of(text: str) -> dt.date | None:
    """A day out of what was typed, if it is one."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _form(
    context: RequestContext,
    session: Session,
    number: int,
    typed: Mapping[str, str],
    problems: Mapping[str, LocalizedText],
    moved: Sequence[Shift] | None,
) -> Response:
    require_visible(session, context, ticket_key(number))
    ticket = get_ticket(session, number)
    may_change_due(context.acting(session), ticket, context.calendar.today)
    return context.page(
        session,
        "due_date.html",
        status=422 if problems else 200,
        ticket=ticket,
        typed=typed,
        problems={name: translate(words) for name, words in problems.items()},
        moved=moved,
        suspendable=allowed(get_campaign(session, ticket.campaign_id)),
        pause=suspension_of(session, ticket, context.calendar.today),
        subject=ticket_card(session, ticket, context.calendar),
    )
