"""Ladders: who is told before, at and after a due date, level by level. Telling moves no token.

The rungs stand in the published decision table ``escalation.dmn``. A work item carries how many rungs
are behind it and when the next one falls due; :func:`sweep` climbs them for many items at once.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from engine.schema import work_items
from register.escalations import Climb, tell
from register.rungs import Rung, rungs


def first_rung(session: Session, ladder: str, due_at: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """When a ladder first has somebody to tell about work that is offered now."""
    return min(
        (due_at + one.offset for one in rungs(session, ladder) if due_at + one.offset > now), default=None
    )


def anything_due(session: Session, now: dt.datetime) -> bool:
    """Whether a rung has fallen due."""
    return session.execute(select(work_items.c.id).where(*_is_due(now)).limit(1)).first() is not None


def sweep(session: Session, now: dt.datetime, limit: int = 500) -> int:
    """Climb every rung that fell due, for up to ``limit`` work items; returns how many it took on."""
    wanted = (
        select(work_items).where(*_is_due(now)).order_by(work_items.c.rung_at, work_items.c.id).limit(limit)
    )
    items = session.execute(wanted.with_for_update(skip_locked=True)).all()
    climbs = [Climb(item, rung) for item in items for rung in passed(session, item, now)]
    if climbs:
        tell(session, climbs, now)
    if items:
        session.execute(_advance, [_advanced(session, item, now) for item in items])
    return len(items)


def passed(session: Session, item: Found[Any], now: dt.datetime) -> list[Rung]:
    """The rungs that fell due since the last sweep; those from before the work was offered tell nobody."""
    ladder = rungs(session, item.ladder)[item.rung :]
    return [one for one in ladder if item.created_at < item.due_at + one.offset <= now]


def _is_due(now: dt.datetime) -> tuple[Any, ...]:
    return work_items.c.closed_at.is_(None), work_items.c.rung_at.is_not(None), work_items.c.rung_at <= now


_advance = (
    update(work_items)
    .where(work_items.c.id == bindparam("number"))
    .values(rung=bindparam("climbed"), rung_at=bindparam("next_at"))
)


def _advanced(session: Session, item: Found[Any], now: dt.datetime) -> dict[str, Any]:
    ladder = rungs(session, item.ladder)
    left = [one for one in ladder if item.due_at + one.offset > now]
    return {
        "number": item.id,
        "climbed": left[0].place if left else len(ladder),
        "next_at": item.due_at + left[0].offset if left else None,
    }
