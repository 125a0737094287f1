"""Taking a step back that the asker completed."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.core.keys import number_in
from rectification.tickets.recall import LONGEST, take_step_back
from web.context import Asked, asked
from web.form_data import posted, text
from web.guards import see
from web.path_id import Number
from web.tickets.pages import page

router = APIRouter(include_in_schema=False)


@router.post("/work-items/{number}/taking-back")
def take(number: Number, asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """Have the step again, or hear why not."""
    reason, today = text(form, "reason", LONGEST + 1), asked.calendar.today
    with asked.house.database.reading() as session:
        key = see(session, asked, number).key
    try:
        with asked.house.database.writing() as session:
            take_step_back(session, asked.house.engine, asked.visitor.actor, today, number, reason)
    except WrongValues as wrong:
        about = number_in(key.removeprefix("ticket:"))
        if about is None:
            raise
        return page(asked, about, "taking_back", {"reason": reason}, wrong.problems)
    return RedirectResponse(f"/work-items/{number}", 303)
