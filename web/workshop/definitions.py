"""Published versions of the processes, to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from engine.errors import NotFound
from engine.worklist.selectables import definitions, processes
from rectification.places.scopes import Owner
from rectification.process.instance_migrations import versions_in_use
from rectification.process.monitoring import (
    ElementLoad,
    get_element_loads,
    running_on,
    standing_at,
    stopped_at,
)
from web.authority import goes_by, owner, version_for
from web.bpmn_files import bpmn_file
from web.components.subject_cards import path_of
from web.context import RequestContext, get_context
from web.labels import process_words
from web.names import step_name
from web.path_id import PathId
from web.visibility import visible_places
from web.workshop.deadlines import deadlines_of
from web.workshop.views import scope_name, versions_in_force

router = APIRouter(include_in_schema=False)
MOST = 200
"""Pieces of work that are listed at one step."""


@router.get("/definitions")
def show(context: RequestContext = Depends(get_context)) -> Response:
    """Every version that concerns the user's areas, with its hash, the newest first, and how much runs on it in those areas."""
    columns = (
        definitions.c.id,
        definitions.c.number,
        definitions.c.hash,
        definitions.c.published_at,
        definitions.c.published_by,
        definitions.c.note,
        definitions.c.scope,
    )
    with context.application.database.reading() as session:
        reader, changes = goes_by(context, session), owner(context, session)
        known = {
            row for row in session.scalars(select(definitions.c.scope).distinct()) if reader.goes_by(row)
        }
        versions = session.execute(
            select(*columns).where(definitions.c.scope.in_(known)).order_by(definitions.c.id.desc()).limit(50)
        ).all()
        inside = session.execute(
            select(processes)
            .where(processes.c.definition_id.in_([v.id for v in versions]))
            .order_by(processes.c.process)
        ).all()
        drawn = {
            version.id: [row.process for row in inside if row.definition_id == version.id]
            for version in versions
        }
        in_force = versions_in_force(session)
        running: Counter[int] = Counter()
        for scope in {version.scope for version in versions}:
            for row in running_on(session, scope, reader.places_in(scope)):
                running[row.definition_id] += row.number
        return context.page(
            session,
            "definitions.html",
            versions=versions,
            running=running,
            inside=inside,
            before=_before(versions, inside),
            scopes={row: scope_name(session, row) for row in known},
            again={
                version.id: _again(session, changes, version, drawn[version.id], in_force)
                for version in versions
            },
        )


def _again(
    session: Session,
    owner: Owner,
    version: Any,
    drawn: Sequence[str],
    in_force: Callable[[str, str], int | None],
) -> list[tuple[str, str]]:
    """The user's areas in which a version may be put in force again: where another one is in force now."""
    return [
        (area, scope_name(session, area))
        for area in owner.places_in(version.scope)
        if any(in_force(process, area) != version.id for process in drawn)
    ]


def _before(versions: Sequence[Any], inside: Sequence[Any]) -> dict[int, int]:
    """For each version the one before it, of its scope or of all, that has a process of it too."""
    of: dict[int, set[str]] = {version.id: set() for version in versions}
    for row in inside:
        of[row.definition_id].add(row.process)
    result = {}
    for place, entry in enumerate(versions):
        known = [other for other in versions[place + 1 :] if of[other.id] & of[entry.id]]
        same = [other.id for other in known if other.scope == entry.scope]
        older = next(iter(same or [other.id for other in known if not other.scope]), None)
        if older is not None:
            result[entry.id] = older
    return result


@router.get("/definitions/{number}/{process}/live")
def live(
    number: PathId, process: str, step: str = "", context: RequestContext = Depends(get_context)
) -> Response:
    """What stands where on this version now; ``step`` lists the work at one step."""
    engine, now = context.application.engine, context.application.clock.now()
    with context.application.database.reading() as session:
        version = version_for(context, session, number)
        if process not in version.file_of:
            raise NotFound
        row = session.execute(
            select(definitions.c.number, processes.c.current)
            .join(processes, processes.c.definition_id == definitions.c.id)
            .where(definitions.c.id == number, processes.c.process == process)
        ).one()
        areas = goes_by(context, session).places_in(version.scope)
        element_loads = get_element_loads(session, number, process, now, context.zone, areas)
        names = {
            element: step_name(engine, session, number, process, element, str(part.bpmn_name or element))
            for (name, element), part in version.elements.items()
            if name == process
        }
        at_step = standing_at(session, number, process, step, MOST, areas) if step else []
        stopped = stopped_at(session, number, process, areas)
        keys = [row.key for row in at_step] + [row.key for row in stopped]
        return context.page(
            session,
            "running_instances.html",
            number=number,
            process=process,
            name=process_words(process, version.spec(process).description or process),
            version=row.number,
            is_current=row.current,
            standing=element_loads,
            names=names,
            heat=heat_of(element_loads),
            step=step,
            at_step=at_step,
            stopped=stopped,
            deadlines=deadlines_of(session, version, process),
            places=visible_places(session, context, keys),
            path_of=path_of,
            elsewhere=[
                version for version in versions_in_use(session, process, areas) if version[0] != number
            ],
        )


def heat_of(loads: Mapping[str, ElementLoad]) -> dict[str, dict[str, object]]:
    """What the diagram paints on each element, from 0 to 4."""
    most = max((load.open for load in loads.values()), default=0)
    return {
        element: {
            "open": part.open,
            "overdue": part.overdue,
            "waiting": part.waiting,
            "stopped": part.stopped,
            "heat": -(-4 * part.open // most) if most and part.open else 0,
        }
        for element, part in loads.items()
        if element and (part.open or part.waiting or part.stopped)
    }


@router.get("/definitions/{number}/{process}")
def diagram(number: PathId, process: str, context: RequestContext = Depends(get_context)) -> Response:
    """One process of one version as BPMN text."""
    with context.application.database.reading() as session:
        version = version_for(context, session, number)
        if process not in version.file_of:
            raise NotFound
        text = version.files[version.file_of[process]]
    return bpmn_file(text, f"{process}.bpmn")
