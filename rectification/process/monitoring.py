"""What stands where on a version of a process: counts, what is overdue, how long steps take, what has stopped."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, case, func, select
from sqlalchemy.orm import Session

from engine.worklist.selectables import (
    definitions,
    instances,
    open_incidents,
    open_work,
    running_instances,
    timers,
    work_items,
)
from rectification.calendar.calendar import Calendar, calendar_around, working_days
from rectification.process.instance_migrations import lie_in

SAMPLE: Final = 2_000
"""Finished pieces of work that the times are taken from, the latest first."""


@dataclass(slots=True)
class ElementLoad:
    """One element of the diagram: what waits there now, and how long it usually takes."""

    open: int = 0
    overdue: int = 0
    waiting: int = 0
    """Timers that are set on it."""
    stopped: int = 0
    days: float | None = None
    """Median of working days from arriving to being done."""


def running_on(session: Session, scope: str, areas: Sequence[str]) -> Sequence[Row[int, str, int]]:
    """How much runs on the versions of a scope about what lies in these areas: version, process, number."""
    running = running_instances.c
    query = select(running.definition_id, running.process, func.count().label("number"))
    query = query.join(definitions, definitions.c.id == running.definition_id)
    here = query.where(definitions.c.scope == scope, lie_in(areas))
    return session.execute(here.group_by(running.definition_id, running.process)).all()


def get_element_loads(
    session: Session, definition: int, process: str, now: dt.datetime, zone: ZoneInfo, areas: Sequence[str]
) -> dict[str, ElementLoad]:
    """Every element at which something of these areas is or was, by id."""
    loads: dict[str, ElementLoad] = defaultdict(ElementLoad)
    work = open_work.c
    late = func.sum(case((work.due_at < now, 1), else_=0))
    here = (work.definition_id == definition) & (work.process == process) & lie_in(areas, work.key)
    query = select(work.element, func.count().label("number"), late.label("late"))
    for row in session.execute(query.where(here).group_by(work.element)):
        loads[row.element].open, loads[row.element].overdue = row.number, int(row.late or 0)
    of_process = (instances.c.definition_id == definition) & (instances.c.process == process)
    of_process &= lie_in(areas, instances.c.key)
    set_timers = select(timers.c.element, func.count()).join(
        instances, instances.c.id == timers.c.instance_id
    )
    for element, number in session.execute(set_timers.where(of_process).group_by(timers.c.element)):
        loads[element].waiting = number
    stopped = select(open_incidents.c.element, func.count()).join(
        instances, instances.c.id == open_incidents.c.instance_id
    )
    for element, number in session.execute(stopped.where(of_process).group_by(open_incidents.c.element)):
        loads[element or ""].stopped = number
    for element, days in _times(session, definition, process, zone, areas).items():
        loads[element].days = days
    return dict(loads)


def _times(
    session: Session, definition: int, process: str, zone: ZoneInfo, areas: Sequence[str]
) -> dict[str, float]:
    query = (
        select(work_items.c.element, work_items.c.created_at, work_items.c.closed_at)
        .where(
            work_items.c.definition_id == definition,
            work_items.c.process == process,
            work_items.c.outcome == "completed",
            lie_in(areas, work_items.c.key),
        )
        .order_by(work_items.c.id.desc())
        .limit(SAMPLE)
    )
    rows = session.execute(query).all()
    if not rows:
        return {}
    calendar = _calendar(session, rows, zone)
    times: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        times[row.element].append(working_days(calendar, row.created_at, row.closed_at, zone))
    return {element: round(statistics.median(days), 1) for element, days in times.items()}


def _calendar(session: Session, rows: Sequence[Any], zone: ZoneInfo) -> Calendar:
    first = min(row.created_at for row in rows).astimezone(zone).date()
    last = max(row.closed_at for row in rows).astimezone(zone).date()
    return calendar_around(session, first, (last - first).days)


def standing_at(
    session: Session, definition: int, process: str, element: str, most: int, areas: Sequence[str]
) -> list[Row[Any]]:
    """The open work of these areas at one step, what is due first first."""
    work = open_work.c
    query = select(work.id, work.key, work.owner, work.due_at, work.created_at)
    here: Select[Any] = query.where(
        work.definition_id == definition,
        work.process == process,
        work.element == element,
        lie_in(areas, work.key),
    )
    return list(session.execute(here.order_by(work.sort_at, work.id).limit(most)).all())


def stopped_at(session: Session, definition: int, process: str, areas: Sequence[str]) -> list[Row[Any]]:
    """Open incidents of a process of a version, about what lies in these areas."""
    query = select(open_incidents, instances.c.key).join(
        instances, instances.c.id == open_incidents.c.instance_id
    )
    here = query.where(
        instances.c.definition_id == definition,
        instances.c.process == process,
        lie_in(areas, instances.c.key),
    )
    return list(session.execute(here.order_by(open_incidents.c.id.desc()).limit(50)).all())
