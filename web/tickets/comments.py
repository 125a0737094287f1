"""Comments on a ticket, and whom they may name."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.core.keys import ticket_key
from rectification.matters.ticket import get_ticket
from rectification.tickets.comments import LONGEST, comment, mentionable
from web.context import RequestContext, get_context
from web.fields.surroundings import numbers_in
from web.form_data import get_form, text
from web.guards import require_readable, require_visible
from web.path_id import PathId
from web.tickets.pages import page

router = APIRouter(include_in_schema=False)


@router.post("/tickets/{number}/comments")
def say(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Say something, or show again what was typed with what is wrong with it."""
    typed = text(form, "text", LONGEST + 1)
    files, chosen = numbers_in(form.getlist("files")), numbers_in(form.getlist("chosen"))
    try:
        with context.application.database.writing() as session:
            require_readable(session, context, ticket_key(number))
            comment(context.acting(session), number, typed, files=files, chosen=chosen)
    except WrongValues as wrong:
        return page(context, number, "comments", {"text": typed, "files": files}, wrong.problems)
    return RedirectResponse(f"/tickets/{number}#comments", 303)


@router.get("/tickets/{number}/people")
def people(number: PathId, who: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """Some who see the ticket, to be named in a comment."""
    with context.application.database.reading() as session:
        require_visible(session, context, ticket_key(number))
        typed = who.strip().lstrip("@＠")[:30]
        people = mentionable(
            session, get_ticket(session, number), typed, context.calendar.today, context.user.person
        )
    return context.pages.block("_mention_choices.html", "people", context.language, {"people": people})
