"""Reopening a closed ticket that was found again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.core.keys import ticket_key
from rectification.matters.ticket import get_ticket
from rectification.tickets.reopenings import REASONS, reopen
from web.components.subject_cards import ticket_card
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import require_visible
from web.i18n import translate
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


@router.get("/tickets/{number}/reopening")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """The form."""
    with context.application.database.reading() as session:
        return _form(context, session, number, {}, {})


@router.post("/tickets/{number}/reopening")
def again(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Reopen it, or show again what was typed with what is missing."""
    kind, reason, day = text(form, "kind", 20), text(form, "reason"), text(form, "due", 10)
    try:
        with context.application.database.writing() as session:
            require_visible(session, context, ticket_key(number))
            reopen(context.acting(session), number, kind=kind, reason=reason, due=_day(day))
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            typed = {"kind": kind, "reason": reason, "due": day}
            return _form(context, session, number, typed, wrong.problems)
    return RedirectResponse(f"/tickets/{number}", 303)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _form(
    context: RequestContext,
    session: Session,
    number: int,
    typed: Mapping[str, str],
    problems: Mapping[str, LocalizedText],
) -> Response:
    require_visible(session, context, ticket_key(number))
    ticket = get_ticket(session, number)
    return context.page(
        session,
        "reopening.html",
        status=422 if problems else 200,
        ticket=ticket,
        reasons=[(code, translate(words)) for code, words in REASONS.items()],
        typed=typed,
        problems={name: translate(words) for name, words in problems.items()},
        subject=ticket_card(session, ticket, context.calendar),
    )
