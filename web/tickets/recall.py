"""Taking a step back that the asker completed."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.core.keys import number_in
from rectification.tickets.recall import LONGEST, take_step_back
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.guards import get_visible_work_item
from web.path_id import PathId
from web.tickets.pages import page

router = APIRouter(include_in_schema=False)


@router.post("/work-items/{number}/taking-back")
def take(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Have the step again, or hear why not."""
    reason = text(form, "reason", LONGEST + 1)
    with context.application.database.reading() as session:
        key = get_visible_work_item(session, context, number).key
    try:
        with context.application.database.writing() as session:
            take_step_back(context.acting(session), number, reason)
    except WrongValues as wrong:
        about = number_in(key, "ticket")
        if about is None:
            raise
        return page(context, about, "taking_back", {"reason": reason}, wrong.problems)
    return RedirectResponse(f"/work-items/{number}", 303)
