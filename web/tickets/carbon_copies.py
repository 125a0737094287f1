"""Copies of a ticket: sent to people who read it and do nothing to it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.core.keys import ticket_key
from rectification.tickets.carbon_copies import LONGEST, send_copies, withdraw_copy
from web.components.people_picker import Chooser, get_chosen_people
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import require_readable
from web.path_id import PathId
from web.tickets.pages import page

router = APIRouter(include_in_schema=False)


@router.post("/tickets/{number}/copies")
def send(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Send a ticket to those chosen, or show again what was typed with what is wrong with it."""
    note, today = text(form, "note", LONGEST + 1), context.calendar.today
    with context.application.database.reading() as session:
        require_readable(session, context, ticket_key(number))
        people = get_chosen_people(session, form, Chooser(context.user.person, today, ticket_key(number)))
    try:
        with context.application.database.writing() as session:
            require_readable(session, context, ticket_key(number))
            send_copies(context.acting(session), number, people, note)
    except WrongValues as wrong:
        return page(context, number, "copies", {"note": note, "people": people}, wrong.problems)
    return RedirectResponse(f"/tickets/{number}#copies", 303)


@router.post("/tickets/{number}/copies/{which}/withdrawal")
def withdraw(number: PathId, which: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Take back a copy that I sent."""
    with context.application.database.writing() as session:
        require_readable(session, context, ticket_key(number))
        withdraw_copy(context.acting(session), number, which)
    return RedirectResponse(f"/tickets/{number}#copies", 303)
