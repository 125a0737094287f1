"""Proposing that a ticket ends; who confirms it does so on their desk."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.core.keys import ticket_key
from rectification.tickets.cancellations import propose_cancellation
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import require_visible
from web.path_id import PathId
from web.tickets.pages import page

router = APIRouter(include_in_schema=False)


@router.post("/tickets/{number}/ending")
def propose(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Propose it with a reason, or show again what was typed with what is missing."""
    reason = text(form, "reason")
    try:
        propose_for(context, number, reason)
    except WrongValues as wrong:
        return page(context, number, "ending", {"reason": reason}, wrong.problems)
    return RedirectResponse(f"/tickets/{number}#ending", 303)


def propose_for(context: RequestContext, number: int, reason: str) -> None:
    """The same for pages and programs."""
    with context.application.database.writing() as session:
        require_visible(session, context, ticket_key(number))
        propose_cancellation(context.acting(session), number, reason)
