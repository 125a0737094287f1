"""What waits for the reader's acknowledgement as a leader, and saying that they have it."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import AlreadyDone, NotAllowed, NotFound, Refusal
from register.acknowledging import acknowledge
from web.asked import Asked, asked
from web.forms.surroundings import numbers_in
from web.language import speak
from web.posted import posted, text
from web.subjects import path_of
from web.views.acknowledging import to_acknowledge

router = APIRouter(include_in_schema=False)
MOST = 200
"""What is acknowledged at once."""


@router.get("/acknowledgements")
def listing(asked: Asked = Depends(asked)) -> Response:
    """Everything that waits for me, the most urgent first."""
    speak(asked.language)
    with asked.house.database.reading() as session:
        return asked.page(session, "acknowledgements.html", waiting=to_acknowledge(asked, session))


@router.post("/acknowledgements")
def sign(asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """Acknowledge some; of several, those that somebody else acknowledged meanwhile are passed over."""
    chosen = numbers_in(form.getlist("awaited"))[:MOST]
    if not chosen:
        raise NotFound
    for number in chosen:
        try:
            say_so(asked, number)
        except NotAllowed:
            raise
        except (AlreadyDone, Refusal):
            if len(chosen) == 1:
                raise
    return RedirectResponse(path_of(text(form, "about", 60)) or "/acknowledgements", 303)


def say_so(asked: Asked, number: int) -> None:
    """The same for pages and programs."""
    with asked.house.database.writing() as session:
        acknowledge(session, asked.visitor.actor, asked.house.clock.now(), asked.calendar.today, number)
