"""Asking others about one's work, giving it away for a while, and taking the question back."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.tickets.consulting import LONGEST, ConsultationRequest, ask_opinion, cancel_consultation
from web.components.people_picker import Chooser, get_chosen_people
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import get_visible_work_item
from web.path_id import PathId
from web.work_items.pages import Asking, page

router = APIRouter(include_in_schema=False)


@router.post("/work-items/{number}/consultations")
def ask(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Ask, or show again what was typed with what is wrong with it."""
    kind, question, needed = (text(form, name, LONGEST + 1) for name in ("kind", "question", "needed"))
    today = context.calendar.today
    with context.application.database.reading() as session:
        key = get_visible_work_item(session, context, number).key
        people = get_chosen_people(session, form, Chooser(context.user.person, today, key))
    count = int(needed) if needed.isascii() and needed.isdigit() and len(needed) < 4 else -1 if needed else 0
    proposal = ConsultationRequest(kind, tuple(people), question, 0 if kind == "delegation" else count)
    try:
        with context.application.database.writing() as session:
            ask_opinion(context.acting(session), number, proposal)
    except WrongValues as wrong:
        typed = {"kind": kind, "question": question, "needed": needed, "people": people}
        with context.application.database.reading() as session:
            item = get_visible_work_item(session, context, number)
            return page(context, session, item, None, Asking(typed, wrong.problems))
    return RedirectResponse(f"/work-items/{number}#consulting", 303)


@router.post("/work-items/{number}/consultations/{which}/end")
def end(number: PathId, which: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Ask no more."""
    with context.application.database.writing() as session:
        get_visible_work_item(session, context, number)
        cancel_consultation(context.acting(session), number, which)
    return RedirectResponse(f"/work-items/{number}#consulting", 303)
