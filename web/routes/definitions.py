"""Published versions of the processes, to read."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy import func, select
from starlette.responses import Response

from engine.errors import NotFound
from engine.schema import definitions, instances, processes
from web.asked import Asked, asked
from web.numbers import Number

router = APIRouter(include_in_schema=False)


@router.get("/definitions")
def show(asked: Asked = Depends(asked)) -> Response:
    """Every version with its hash, the newest first, and how many instances run on it."""
    running = (
        select(instances.c.definition_id, func.count().label("running"))
        .where(instances.c.ended_at.is_(None))
        .group_by(instances.c.definition_id)
        .subquery()
    )
    columns = (
        definitions.c.id,
        definitions.c.number,
        definitions.c.hash,
        definitions.c.published_at,
        definitions.c.published_by,
        definitions.c.note,
    )
    wanted = select(*columns, func.coalesce(running.c.running, 0).label("running")).join(
        running, running.c.definition_id == definitions.c.id, isouter=True
    )
    with asked.house.database.reading() as session:
        versions = session.execute(wanted.order_by(definitions.c.id.desc()).limit(50)).all()
        inside = session.execute(
            select(processes)
            .where(processes.c.definition_id.in_([v.id for v in versions]))
            .order_by(processes.c.process)
        ).all()
        return asked.page(session, "definitions.html", versions=versions, inside=inside)


@router.get("/definitions/{number}/{process}")
def diagram(number: Number, process: str, asked: Asked = Depends(asked)) -> Response:
    """One process of one version as BPMN text."""
    with asked.house.database.reading() as session:
        try:
            text = asked.house.engine.diagram(session, number, process)
        except (KeyError, LookupError) as problem:
            raise NotFound from problem
    return Response(text, media_type="application/xml")
