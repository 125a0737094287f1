"""Letting a ticket rest, and taking it up again."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.core.keys import ticket_key
from rectification.rescheduling.pauses import suspend, take_up_again
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import require_visible
from web.path_id import PathId
from web.tickets.due_dates import day_of, page

router = APIRouter(include_in_schema=False)


@router.post("/tickets/{number}/suspension")
def rest(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Let it rest until a day."""
    typed = {name: text(form, name) for name in ("until", "pause_reason")}
    try:
        with context.application.database.writing() as session:
            require_visible(session, context, ticket_key(number))
            suspend(context.acting(session), number, day_of(typed["until"]), typed["pause_reason"])
    except WrongValues as wrong:
        return page(context, number, typed, wrong.problems)
    return RedirectResponse(f"/tickets/{number}", 303)


@router.post("/tickets/{number}/suspension/end")
def end(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Take it up again before the last day."""
    typed = {"pause_reason": text(form, "pause_reason")}
    try:
        with context.application.database.writing() as session:
            require_visible(session, context, ticket_key(number))
            take_up_again(context.acting(session), number, typed["pause_reason"])
    except WrongValues as wrong:
        return page(context, number, typed, wrong.problems)
    context.application.engine.settle()
    return RedirectResponse(f"/tickets/{number}", 303)
