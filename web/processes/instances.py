"""The diagram on which an instance runs."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy import select
from starlette.responses import Response

from engine.errors import NotFound
from engine.worklist.selectables import instances
from web.bpmn_files import bpmn_file
from web.context import RequestContext, get_context
from web.guards import require_readable
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


@router.get("/instances/{number}/diagram")
def diagram(number: PathId, process: str, context: RequestContext = Depends(get_context)) -> Response:
    """The BPMN of one of its processes, for whoever may see what the instance is about."""
    engine = context.application.engine
    with context.application.database.reading() as session:
        row = session.execute(
            select(instances.c.definition_id, instances.c.key).where(instances.c.id == number)
        ).one_or_none()
        if row is None:
            raise NotFound
        require_readable(session, context, row.key)
        if process not in engine.definitions.version(session, row.definition_id).file_of:
            raise NotFound
        return bpmn_file(engine.diagram(session, row.definition_id, process), f"{process}.bpmn")
