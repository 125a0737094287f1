"""What stopped, in words, and the way to try it again."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import Depends, Form
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from engine.commands import repair
from web.context import RequestContext, get_context
from web.form_data import form_router, trimmed
from web.operations.incident_views import incident_lines, must_look_after
from web.path_id import PathId

router = form_router()


class SkipForm(BaseModel):
    """Why the step is passed over."""

    reason: Annotated[str, trimmed(1000)] = ""


class CorrectionForm(BaseModel):
    """A variable, its value as JSON or as text, and why."""

    name: Annotated[str, trimmed(200)] = ""
    value: Annotated[str, trimmed(4000)] = ""
    reason: Annotated[str, trimmed(1000)] = ""


@router.get("/incidents")
def show(context: RequestContext = Depends(get_context)) -> Response:
    """Open incidents first, then those lately resolved."""
    with context.application.database.reading() as session:
        lines = incident_lines(session, context)
        return context.page(
            session,
            "incidents.html",
            waiting=[line for line in lines if line.resolved_at is None],
            resolved=[line for line in lines if line.resolved_at is not None],
        )


@router.post("/incidents/{number}/retry")
def retry(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Try again now."""
    _must_look_after(context, number)
    context.application.engine.retry(number, context.user.actor)
    return RedirectResponse("/incidents", 303)


@router.post("/incidents/{number}/skip")
def skip(
    number: PathId, form: Annotated[SkipForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Pass over the step that failed, with the reason."""
    _must_look_after(context, number)
    repair.skip(context.application.engine, number, form.reason, context.user.actor)
    return RedirectResponse("/incidents", 303)


@router.post("/incidents/{number}/correction")
def correct(
    number: PathId, form: Annotated[CorrectionForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Put a variable right, with the reason, and try again."""
    _must_look_after(context, number)
    try:
        value = orjson.loads(form.value)
    except orjson.JSONDecodeError:
        value = form.value
    repair.correct(context.application.engine, number, form.name, value, form.reason, context.user.actor)
    return RedirectResponse("/incidents", 303)


def _must_look_after(context: RequestContext, number: int) -> None:
    with context.application.database.reading() as session:
        must_look_after(session, context, number)
