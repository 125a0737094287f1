"""Proposing that a ticket ends; who confirms it does so on their desk."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.tickets.cancellations import propose_ending
from web.context import Asked, asked
from web.form_data import posted, text
from web.guards import see_key
from web.path_id import Number
from web.tickets.pages import page

router = APIRouter(include_in_schema=False)


@router.post("/tickets/{number}/ending")
def propose(number: Number, asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """Propose it with a reason, or show again what was typed with what is missing."""
    reason = text(form, "reason")
    try:
        propose_for(asked, number, reason)
    except WrongValues as wrong:
        return page(asked, number, "ending", {"reason": reason}, wrong.problems)
    return RedirectResponse(f"/tickets/{number}#ending", 303)


def propose_for(asked: Asked, number: int, reason: str) -> None:
    """The same for pages and programs."""
    with asked.house.database.writing() as session:
        see_key(session, asked, f"ticket:{number}")
        propose_ending(session, asked.house.engine, asked.visitor.actor, asked.calendar.today, number, reason)
