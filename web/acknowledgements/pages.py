"""What waits for the reader's acknowledgement as a leader, and saying that they have it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import AlreadyDone, DomainError, NotAllowed, NotFound
from rectification.escalation.acknowledgements import acknowledge
from web.acknowledgements.views import to_acknowledge
from web.components.mark_read import mark_notices_read
from web.components.subject_cards import path_of
from web.context import RequestContext, get_context
from web.fields.surroundings import numbers_in
from web.form_data import get_form, text

router = APIRouter(include_in_schema=False)
MOST = 200
"""What is acknowledged at once."""


@router.get("/acknowledgements")
def listing(signed: int = 0, context: RequestContext = Depends(get_context)) -> Response:
    """Everything that waits for me, the most urgent first."""
    with context.application.database.reading() as session:
        waiting = to_acknowledge(context, session)
    mark_notices_read(context, [acknowledgement.key for acknowledgement in waiting])
    with context.application.database.reading() as session:
        return context.page(session, "acknowledgements.html", waiting=waiting, signed=signed)


@router.post("/acknowledgements")
def sign(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Acknowledge some; of several, those that somebody else acknowledged meanwhile are passed over."""
    chosen = numbers_in(form.getlist("awaited"))[:MOST]
    if not chosen:
        raise NotFound
    signed = 0
    for number in chosen:
        try:
            say_so(context, number)
            signed += 1
        except NotAllowed:
            raise
        except (AlreadyDone, DomainError):
            if len(chosen) == 1:
                raise
    return RedirectResponse(f"{path_of(text(form, 'about', 60)) or '/acknowledgements'}?signed={signed}", 303)


def say_so(context: RequestContext, number: int) -> None:
    """The same for pages and programs."""
    with context.application.database.writing() as session:
        acknowledge(context.acting(session), number)
