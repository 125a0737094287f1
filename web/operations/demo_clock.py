"""The demo's clock. These routes are added only to a demo; a real database has no such address."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound
from web.application import PushableClock
from web.context import RequestContext, get_context
from web.form_data import OnwardForm, form_router, local_path

router = form_router()


@router.post("/demo/next-deadline")
def next_deadline(
    form: Annotated[OnwardForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Push the campaign's clock to the next deadline and let happen what falls due."""
    _clock(context).next_deadline()
    context.application.engine.settle()
    return RedirectResponse(local_path(form.next), 303)


@router.post("/demo/one-day-on")
def one_day_on(
    form: Annotated[OnwardForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Push the campaign's clock by a day and let happen what falls due."""
    _clock(context).one_day_on()
    context.application.engine.settle()
    return RedirectResponse(local_path(form.next), 303)


def _clock(context: RequestContext) -> PushableClock:
    if context.application.demo_clock is None:
        raise NotFound
    return context.application.demo_clock
