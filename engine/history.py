"""The append-only history: one row for every change, with who, when and for whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from engine.database import dumps
from engine.schema import history
from engine.world import Actor

_insert = insert(history)


def history_row(
    actor: Actor,
    at: dt.datetime,
    action: str,
    key: str,
    *,
    instance: int | None = None,
    element: str | None = None,
    **detail: Any,
) -> dict[str, Any]:
    """One row, ready to be inserted; ``detail`` is plain JSON (before, after, values …)."""
    return {
        "at": at,
        "actor": actor.name,
        "person": actor.person,
        "on_behalf_of": actor.on_behalf_of,
        "action": action,
        "key": key,
        "instance_id": instance,
        "element": element,
        "detail": dumps(detail),
    }


def record(session: Session, actor: Actor, at: dt.datetime, action: str, key: str, **detail: Any) -> None:
    """Append one row outside a diagram's step (a progress note, a transfer, a sign-in)."""
    session.execute(_insert, history_row(actor, at, action, key, **detail))
