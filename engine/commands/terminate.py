"""Ending what runs before its diagram ends it: its work is closed, its timers and messages wait no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.host import Actor, Step
from engine.instances import store
from engine.rows import InstanceRow, get_rows
from engine.schema import incidents, instances, subscriptions, timers, work_items


def end_all(step: Step, key: str, status: str, reason: str) -> list[int]:
    """End every instance of a business key, except the step's own; returns the work that was open."""
    session, live = step.session, (instances.c.key == key, instances.c.ended_at.is_(None))
    query = select(instances).where(*live, instances.c.id != step.instance).order_by(instances.c.id)
    rows = get_rows(session, query.with_for_update(), InstanceRow)
    return [item for row in rows for item in _end(session, row, step.actor, step.now, reason, status)]


def end_some(session: Session, numbers: Collection[int], actor: Actor, now: dt.datetime, reason: str) -> None:
    """End these instances; one that is in somebody else's hands right now is left to them."""
    live = (instances.c.id.in_(numbers), instances.c.ended_at.is_(None))
    query = select(instances).where(*live).order_by(instances.c.id)
    for row in get_rows(session, query.with_for_update(skip_locked=True), InstanceRow):
        _end(session, row, actor, now, reason, row.status)


def _end(
    session: Session, row: InstanceRow, actor: Actor, now: dt.datetime, reason: str, status: str | None
) -> Sequence[int]:
    closed = _close(session, row.id, actor, now)
    store.end_instance(session, row.id, status, now)
    changed = {"status": [row.status, status]} if row.status != status else {}
    record(session, actor, now, "terminated", row.key, instance=row.id, text=reason, **changed)
    return closed


def _close(session: Session, instance: int, actor: Actor, now: dt.datetime) -> Sequence[int]:
    mine = work_items.c.instance_id == instance
    numbers = store.cancel_open_work(session, mine, actor.name, now, actor.person)
    for table in (timers, subscriptions):
        session.execute(delete(table).where(table.c.instance_id == instance))
    session.execute(
        update(incidents)
        .where(incidents.c.instance_id == instance, incidents.c.resolved_at.is_(None))
        .values(resolved_at=now, resolved_by=actor.name)
    )
    return numbers
