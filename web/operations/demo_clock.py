"""The demo's clock. These routes are added only to a demo; a real database has no such address."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound
from web.application import PushableClock
from web.context import RequestContext, get_context
from web.form_data import get_form, local_path, text

router = APIRouter(include_in_schema=False)


@router.post("/demo/next-deadline")
def next_deadline(
    context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Push the campaign's clock to the next deadline and let happen what falls due."""
    _clock(context).next_deadline()
    context.application.engine.settle()
    return RedirectResponse(local_path(text(form, "next")), 303)


@router.post("/demo/one-day-on")
def one_day_on(
    context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Push the campaign's clock by a day and let happen what falls due."""
    _clock(context).one_day_on()
    context.application.engine.settle()
    return RedirectResponse(local_path(text(form, "next")), 303)


def _clock(context: RequestContext) -> PushableClock:
    if context.application.demo_clock is None:
        raise NotFound
    return context.application.demo_clock
