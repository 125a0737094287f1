"""Messages and signals: stored with the change that throws them, then delivered, each in a transaction of its own.

A message goes to one receiver, or starts a process; when nobody waits for it, it waits for the first who does, until
it expires. A signal becomes one for everybody who waits for it now, and starts what it starts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from engine.diagrams.events import deliver
from engine.history import record
from engine.incidents import FAULTS, put_off
from engine.schema import INSTANCE, instances, messages, subscriptions
from engine.world import MESSAGE

if TYPE_CHECKING:
    from engine.engine import Engine

LIFE = dt.timedelta(days=30)
"""How long a message waits for somebody to want it."""

_due = (
    select(messages)
    .where(messages.c.retry_at <= bindparam("now"))
    .order_by(messages.c.retry_at, messages.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_lock_instance = select(*INSTANCE).where(instances.c.id == bindparam("number")).with_for_update()


def message_row(
    kind: str,
    name: str,
    key: str | None,
    payload: Mapping[str, Any],
    now: dt.datetime,
    sender: int | None = None,
) -> dict[str, Any]:
    """A message or signal as it is stored; ``sender`` is the instance that throws it."""
    sent = {"kind": kind, "name": name, "key": key, "payload": payload, "sender": sender, "target": None}
    return {**sent, "sent_at": now, "attempts": 0, "retry_at": now, "expires_at": now + LIFE}


def deliver_one(engine: Engine) -> bool:
    """Deliver the message that waits longest; False: none is due."""
    now = engine.clock.now()
    row: Row[Any] | None = None
    receiver: int | None = None
    try:
        with engine.database.writing() as session:
            row = session.execute(_due, {"now": now}).first()
            if row is None:
                return False
            if row.kind == "signal" and row.target is None:
                _broadcast(engine, session, row, now)
                return True
            receiver = row.target or _receiver(session, row)
            if receiver is not None:
                _hand_over(engine, session, row, receiver)
            elif not _start_by(engine, session, row):
                _keep(session, row, now)
                return True
            session.execute(delete(messages).where(messages.c.id == row.id))
    except FAULTS as fault:
        assert row is not None
        with engine.database.writing() as session:
            instance = receiver or row.sender or 0
            put_off(session, messages, row.id, row.attempts, instance, "message", fault, now)
    return True


def _receiver(session: Session, row: Row[Any]) -> int | None:
    wanted = select(subscriptions.c.instance_id).where(
        subscriptions.c.kind == "message", subscriptions.c.name == row.name
    )
    if row.key is not None:
        wanted = wanted.where(subscriptions.c.key == row.key)
    others_first = (subscriptions.c.instance_id == (row.sender or 0)), subscriptions.c.instance_id
    return session.execute(wanted.order_by(*others_first).limit(1)).scalar_one_or_none()


def _hand_over(engine: Engine, session: Session, row: Row[Any], receiver: int) -> None:
    found = session.execute(_lock_instance, {"number": receiver}).one()
    if found.state is None:
        return
    moving = engine.opened(session, found, MESSAGE)
    if deliver(moving.instance, row.kind, row.name, row.payload):
        moving.save("received", message=row.name)


def _start_by(engine: Engine, session: Session, row: Row[Any]) -> bool:
    started = engine.definitions.started_by(session, row.kind, row.name)
    for version, process, start in started:
        moving = engine.moving(session, version, process, row.key or f"{row.kind}:{row.id}", MESSAGE)
        moving.begin(dict(row.payload), start)
        if row.kind == "message":
            break
    return bool(started)


def _keep(session: Session, row: Row[Any], now: dt.datetime) -> None:
    """Nobody waits for the message yet: it is woken by the first who does, or dropped when it expires."""
    if row.expires_at <= now:
        session.execute(delete(messages).where(messages.c.id == row.id))
        record(session, MESSAGE, now, "message_expired", row.key or row.name, name=row.name)
    else:
        session.execute(update(messages).where(messages.c.id == row.id).values(retry_at=row.expires_at))


def _broadcast(engine: Engine, session: Session, row: Row[Any], now: dt.datetime) -> None:
    waiting = select(subscriptions.c.instance_id).where(
        subscriptions.c.kind == "signal", subscriptions.c.name == row.name
    )
    receivers = session.execute(waiting.order_by(subscriptions.c.instance_id)).scalars().all()
    copied = {
        k: getattr(row, k) for k in ("kind", "name", "key", "payload", "sender", "sent_at", "expires_at")
    }
    if receivers:
        session.execute(
            insert(messages),
            [{**copied, "target": one, "attempts": 0, "retry_at": now} for one in receivers],
        )
    _start_by(engine, session, row)
    session.execute(delete(messages).where(messages.c.id == row.id))
