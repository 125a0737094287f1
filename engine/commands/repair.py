"""What a person may do about an incident beside trying again: pass over the step, or put the data right.

Both demand a reason, leave a history row with before and after, and try again at once.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.engine import Engine
from engine.errors import DomainError, NotFound
from engine.host import Actor
from engine.instances import store
from engine.instances.state import StoredState, scopes
from engine.json import Json, Values
from engine.rows import get_row
from engine.schema import incidents, instances
from engine.text import LocalizedText


def skip(engine: Engine, incident: int, reason: str, actor: Actor) -> None:
    """Pass over the step that failed, once: its work is not done, the token goes on behind it.

    Raises:
        DomainError: no reason, or the failure belongs to no step that could be passed over.
    """
    _said(reason)
    with engine.database.writing() as session:
        row, read = _stopped(session, incident)
        if not row.element:
            raise DomainError(
                "nothing_to_skip",
                LocalizedText(
                    "这个异常不属于某一步骤，不能跳过。",
                    "This incident belongs to no step that could be skipped.",
                ),
            )
        read["k"] = sorted({*read.get("k", ()), row.element})
        store.rewrite_state(session, row.instance_id, orjson.dumps(read))
        now = engine.clock.now()
        record(
            session,
            actor,
            now,
            "skipped",
            row.key,
            instance=row.instance_id,
            element=row.element,
            text=reason,
        )
    engine.retry(incident, actor)


def correct(engine: Engine, incident: int, name: str, value: Json, reason: str, actor: Actor) -> None:
    """Change one variable of the instance, wherever it is known under this name.

    Raises:
        DomainError: no reason, or no such variable.
    """
    _said(reason)
    with engine.database.writing() as session:
        row, read = _stopped(session, incident)
        known = [scope for scope in scopes(read) if name in scope]
        if not known:
            zh, en = f"没有变量“{name}”。", f"There is no variable “{name}”."
            raise DomainError("no_variable", LocalizedText(zh, en))
        before = known[0][name]
        for scope in known:
            scope[name] = value
        store.rewrite_state(session, row.instance_id, orjson.dumps(read))
        detail = {"variable": name, "values_before_after": [before, value], "text": reason}
        record(session, actor, engine.clock.now(), "corrected", row.key, instance=row.instance_id, **detail)
    engine.retry(incident, actor)


def variables_of(session: Session, numbers: Collection[int | None]) -> dict[int, Values]:
    """What stopped instances know, by instance, for whoever puts them right; nothing of those that are over."""
    query = select(instances.c.id, instances.c.state).where(
        instances.c.id.in_([number for number in numbers if number is not None]),
        instances.c.state.is_not(None),
    )
    result: dict[int, Values] = {}
    for row in session.execute(query):
        result[row.id] = {}
        for scope in scopes(orjson.loads(row.state)):
            result[row.id].update(scope)
    return result


def _said(reason: str) -> None:
    if not reason.strip():
        raise DomainError("reason_missing", LocalizedText("请写明理由。", "Say why."))


class _Stopped(NamedTuple):
    instance_id: int
    element: str | None
    key: str
    state: bytes | None


def _stopped(session: Session, incident: int) -> tuple[_Stopped, StoredState]:
    query = (
        select(incidents.c.instance_id, incidents.c.element, instances.c.key, instances.c.state)
        .join(instances, instances.c.id == incidents.c.instance_id)
        .where(incidents.c.id == incident, incidents.c.resolved_at.is_(None))
    )
    row = get_row(session, query.with_for_update(of=instances), _Stopped)
    if row is None or row.state is None:
        raise NotFound()
    read: StoredState = orjson.loads(row.state)
    return row, read
