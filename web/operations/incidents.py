"""What stopped, in words, and the way to try it again."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.commands import repair
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.operations.incident_views import incident_lines, must_look_after
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


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
    context.application.engine.retry(number, context.visitor.actor)
    return RedirectResponse("/incidents", 303)


@router.post("/incidents/{number}/skip")
def skip(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Pass over the step that failed, with the reason."""
    _must_look_after(context, number)
    repair.skip(context.application.engine, number, text(form, "reason", 1000), context.visitor.actor)
    return RedirectResponse("/incidents", 303)


@router.post("/incidents/{number}/correction")
def correct(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Put a variable right, with the reason, and try again."""
    _must_look_after(context, number)
    given = text(form, "value", 4000)
    try:
        value = orjson.loads(given)
    except orjson.JSONDecodeError:
        value = given
    reason = text(form, "reason", 1000)
    repair.correct(
        context.application.engine, number, text(form, "name", 200), value, reason, context.visitor.actor
    )
    return RedirectResponse("/incidents", 303)


def _must_look_after(context: RequestContext, number: int) -> None:
    with context.application.database.reading() as session:
        must_look_after(session, context, number)
