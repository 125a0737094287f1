"""Timers of running instances: rows that are due, fired oldest first, each in a transaction of its own."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select

from engine.clock import written_at
from engine.diagrams.events import fire
from engine.host import CLOCK
from engine.instances.incidents import Attempt, put_off, resolve
from engine.rows import get_row
from engine.runtime import Runtime
from engine.schema import INSTANCE, instances, timers

_due = (
    select(
        timers.c.id.label("timer"),
        timers.c.token,
        timers.c.attempts,
        timers.c.element,
        timers.c.due_at,
        *INSTANCE,
    )
    .join(instances, instances.c.id == timers.c.instance_id)
    .where(timers.c.retry_at <= bindparam("now"))
    .order_by(timers.c.retry_at, timers.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


class _DueTimer(NamedTuple):
    timer: int
    token: int
    attempts: int
    element: str
    due_at: dt.datetime
    id: int
    definition_id: int
    process: str
    key: str
    state: bytes | None
    status: str | None


def fire_one(runtime: Runtime) -> bool | None:
    """Fire the timer that is due longest: whether messages may have come of it; None when none is due."""
    now = runtime.clock.now()
    row: _DueTimer | None = None
    try:
        with runtime.database.writing() as session:
            row = get_row(session, _due, _DueTimer, {"now": now})
            if row is None:
                return None
            moving = runtime.opened(session, row, CLOCK)
            if fire(moving.instance, row.token) is None:
                session.execute(delete(timers).where(timers.c.id == row.timer))
                return False
            late = (written_at(now) - row.due_at).total_seconds()
            moving.save("fired", element=row.element, due=row.due_at, late=late)
            if row.attempts:
                resolve(session, row.id, now)
            return moving.wake_at is not None
    except Exception as fault:
        if row is None:
            raise
        with runtime.database.writing() as session:
            put_off(session, Attempt(timers, row.timer, row.attempts), row.id, "timer", fault, now)
        return True
