"""The append-only history: one row for every change, with who, when and for whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Insert, Text, bindparam, insert, select
from sqlalchemy.orm import Session

from engine.clock import written_at
from engine.database import BigId, dumps
from engine.host import Actor
from engine.schema import history, work_items
from engine.sql_arrays import parameter_rows

_insert = insert(history)


def history_row(
    actor: Actor,
    at: dt.datetime,
    action: str,
    key: str,
    *,
    instance: int | None = None,
    element: str | None = None,
    **detail: object,
) -> dict[str, object]:
    """One row, ready to be inserted; ``detail`` is plain JSON (before, after, values …).

    What was missed and is made up for keeps the instant as of which it counts under ``as_of``.
    """
    written = written_at(at)
    if written != at:
        detail["as_of"] = at
    return {
        "at": written,
        "actor": actor.name,
        "person": actor.person,
        "on_behalf_of": actor.on_behalf_of,
        "action": action,
        "key": key,
        "instance_id": instance,
        "element": element,
        "detail": dumps(detail),
    }


def record(
    session: Session,
    actor: Actor,
    at: dt.datetime,
    action: str,
    key: str,
    **detail: Any,
) -> None:
    """Append one row outside a diagram's step (a progress note, a transfer, a sign-in)."""
    session.execute(_insert, history_row(actor, at, action, key, **detail))


def record_all(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Append many rows made by :func:`history_row`, in one statement."""
    session.execute(_insert, rows)


def record_about_work(
    session: Session, actor: Actor, at: dt.datetime, action: str, rows: Sequence[tuple[int, str]]
) -> None:
    """Append a row for each work item, with the detail that stands beside it as JSON text."""
    actor_columns = {"actor": actor.name, "person": actor.person, "on_behalf_of": actor.on_behalf_of}
    session.connection().execute(
        _insert_about_work, {"rows": rows, "at": written_at(at), "action": action, **actor_columns}
    )


def _about_work() -> Insert:
    rows = parameter_rows("rows", item=BigId, detail=Text())
    same = [history.c[name] for name in ("at", "actor", "person", "on_behalf_of", "action")]
    query = select(
        *(bindparam(column.name, type_=column.type) for column in same),
        *(work_items.c.key, work_items.c.instance_id, work_items.c.element, rows.c.detail),
    )
    query = query.join_from(rows, work_items, work_items.c.id == rows.c.item).order_by(work_items.c.id)
    return insert(history).from_select([*same, "key", "instance_id", "element", "detail"], query)


_insert_about_work = _about_work()
"""Made once: a sweep of escalations writes hundreds of thousands."""
