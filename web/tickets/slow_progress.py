"""Marking a ticket as slow, which asks for a written statement, and taking the mark away."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.core.keys import ticket_key
from rectification.tickets.slow_progress import clear_slow, mark_slow
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import require_visible
from web.path_id import PathId
from web.tickets.pages import page

router = APIRouter(include_in_schema=False)


@router.post("/tickets/{number}/slow")
def mark(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Mark it, or take the mark away; or show again what was typed with what is missing."""
    reason, slow = text(form, "reason", 2000), text(form, "slow", 3) == "yes"
    try:
        set_slow(context, number, slow, reason)
    except WrongValues as wrong:
        return page(context, number, "slow", {"reason": reason}, wrong.problems)
    return RedirectResponse(f"/tickets/{number}#slow", 303)


def set_slow(context: RequestContext, number: int, slow: bool, reason: str) -> None:
    """The same for pages and programs."""
    with context.application.database.writing() as session:
        require_visible(session, context, ticket_key(number))
        (mark_slow if slow else clear_slow)(context.acting(session), number, reason)
