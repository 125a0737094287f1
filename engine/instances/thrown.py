"""Messages and signals that an instance throws: stored with the change that throws them, delivered later.

Delivery is :mod:`engine.workers.messages`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import JSON, Insert, insert, literal, select
from sqlalchemy.orm import Session

from engine.diagrams.tokens import Thrown
from engine.schema import messages, subscriptions

LIFE: Final = dt.timedelta(days=30)
"""How long a message waits for somebody to want it, unless the model says otherwise."""

insert_messages = insert(messages)


def post(
    session: Session,
    thrown: Sequence[Thrown],
    now: dt.datetime,
    key: str | None = None,
    sender: int | None = None,
    target: int | None = None,
) -> None:
    """Store what is thrown; receivers of signals are chosen here and now, a message may have its ``target``.

    ``key`` is the business key of the instance ``sender`` that throws: a message without a key goes there.
    """
    for event in thrown:
        row: dict[str, object] = {
            "kind": event.kind,
            "name": event.name,
            "key": event.key,
            "payload": event.payload,
        }
        row |= {
            "sender": sender,
            "sent_at": now,
            "attempts": 0,
            "retry_at": now,
            "expires_at": now + (event.life or LIFE),
        }
        if event.kind == "signal":
            session.execute(_to_all_who_wait(row))
        else:
            row["key"], row["target"] = event.key or key, target
        session.execute(insert_messages, row)


def _to_all_who_wait(row: Mapping[str, object]) -> Insert:
    """A signal becomes one row for each other instance that waits for it now."""
    values = {name: literal(value, messages.c[name].type) for name, value in row.items() if value is not None}
    values["payload"] = literal(row["payload"], JSON)
    waiting = select(*values.values(), subscriptions.c.instance_id).where(
        subscriptions.c.kind == "signal",
        subscriptions.c.name == row["name"],
        subscriptions.c.instance_id != (row["sender"] or 0),
    )
    return insert(messages).from_select([*values, "target"], waiting.order_by(subscriptions.c.instance_id))
