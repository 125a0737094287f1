"""What stopped, in words, and the way to try it again."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends
from sqlalchemy import select
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine import mending
from engine.mending import variables_at
from engine.schema import incidents, instances
from web.asked import Asked, asked
from web.numbers import Number
from web.posted import posted, text
from web.subjects import path_of, places_of

router = APIRouter(include_in_schema=False)
MOST = 100


@router.get("/incidents")
def show(asked: Asked = Depends(asked)) -> Response:
    """Open incidents first, then those lately resolved."""
    wanted = select(incidents, instances.c.key, instances.c.process).join(
        instances, instances.c.id == incidents.c.instance_id, isouter=True
    )
    with asked.house.database.reading() as session:
        rows = session.execute(
            wanted.order_by(incidents.c.resolved_at.is_not(None), incidents.c.id.desc()).limit(MOST)
        ).all()
        waiting = [row for row in rows if row.resolved_at is None]
        resolved = [row for row in rows if row.resolved_at is not None]
        places = places_of(session, [row.key for row in waiting if row.key])
        known = {row.id: sorted(variables_at(session, row.instance_id)) for row in waiting}
        return asked.page(
            session,
            "incidents.html",
            waiting=waiting,
            resolved=resolved,
            places=places,
            path_of=path_of,
            known=known,
        )


@router.post("/incidents/{number}/retry")
def retry(number: Number, asked: Asked = Depends(asked)) -> Response:
    """Try again now."""
    asked.house.engine.retry(number, asked.visitor.actor)
    return RedirectResponse("/incidents", 303)


@router.post("/incidents/{number}/skip")
def skip(number: Number, asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """Pass over the step that failed, with the reason."""
    mending.skip(asked.house.engine, number, text(form, "reason", 1000), asked.visitor.actor)
    return RedirectResponse("/incidents", 303)


@router.post("/incidents/{number}/correction")
def correct(number: Number, asked: Asked = Depends(asked), form: FormData = Depends(posted)) -> Response:
    """Put a variable right, with the reason, and try again."""
    given = text(form, "value", 4000)
    try:
        value = orjson.loads(given)
    except orjson.JSONDecodeError:
        value = given
    reason = text(form, "reason", 1000)
    mending.correct(asked.house.engine, number, text(form, "name", 200), value, reason, asked.visitor.actor)
    return RedirectResponse("/incidents", 303)
