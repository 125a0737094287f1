"""Messages and signals: stored with the change that throws them, then delivered, each in a transaction of its own.

A message (消息) goes to one receiver with its business key, or starts a process; when nobody waits for it, it waits
for the first who does, until its time is over. A signal (信号) goes to everybody who waits for it when it is thrown,
and starts what it starts; it is never kept (BPMN 2.0, 10.5.1).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.diagrams.events import deliver
from engine.host import MESSAGE
from engine.instances.incidents import Attempt, put_off, resolve
from engine.instances.thrown import insert_messages
from engine.rows import MessageRow, MovingInstance, get_row
from engine.runtime import Runtime
from engine.schema import INSTANCE, instances, messages, subscriptions

_due = (
    select(messages)
    .where(messages.c.retry_at <= bindparam("now"))
    .order_by(messages.c.retry_at, messages.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_lock_instance = select(*INSTANCE).where(instances.c.id == bindparam("number")).with_for_update()


def deliver_one(runtime: Runtime) -> bool:
    """Deliver the message that waits longest; False: none is due."""
    now = runtime.clock.now()
    row: MessageRow | None = None
    subject: int | str = ""
    try:
        with runtime.database.writing() as session:
            row = get_row(session, _due, MessageRow, {"now": now})
            if row is None:
                return False
            receiver = row.target or (_receiver(session, row) if row.kind == "message" else None)
            subject = receiver or row.sender or f"{row.kind}:{row.name}"
            if row.starts is not None:
                subject = f"process:{row.starts}"
            if _take(runtime, session, row, receiver, now):
                session.execute(delete(messages).where(messages.c.id == row.id))
                if row.attempts:
                    resolve(session, subject, now)
    except Exception as fault:
        if row is None:
            raise
        with runtime.database.writing() as session:
            put_off(session, Attempt(messages, row.id, row.attempts), subject, "message", fault, now)
    return True


def _take(
    runtime: Runtime, session: Session, row: MessageRow, receiver: int | None, now: dt.datetime
) -> bool:
    """Let the message or signal do what it does; False: it is kept until somebody waits for it."""
    if row.starts is not None:
        _start(runtime, session, row, row.starts)
        return True
    if receiver is not None and _hand_over(runtime, session, row, receiver):
        return True
    if row.kind == "signal":
        if row.target is None:
            _spread_starts(runtime, session, row, now)
        return True
    started = runtime.definitions.started_by(session, "message", row.name, row.key or "", row.payload)
    if started and row.target is None:
        _start(runtime, session, row, started[0][1])
        return True
    return not _keep(session, row, now)


def _receiver(session: Session, row: MessageRow) -> int | None:
    """The instance with the message's key that waits for it: another one than the sender, where there is one."""
    if row.key is None:
        return None
    query = select(subscriptions.c.instance_id).where(
        subscriptions.c.kind == "message", subscriptions.c.name == row.name, subscriptions.c.key == row.key
    )
    others_first = (subscriptions.c.instance_id == (row.sender or 0)), subscriptions.c.instance_id
    return session.execute(query.order_by(*others_first).limit(1)).scalar_one_or_none()


def _hand_over(runtime: Runtime, session: Session, row: MessageRow, receiver: int) -> bool:
    """Give it to the tokens that wait for it; a signal only to those that waited when it was thrown."""
    instance = get_row(session, _lock_instance, MovingInstance, {"number": receiver})
    if instance is None or instance.state is None:
        return False
    moving = runtime.opened(session, instance, MESSAGE)
    if not deliver(moving.instance, row.kind, row.name, row.payload, row.sent_at):
        return False
    moving.save("received", message=row.name)
    return True


def _start(runtime: Runtime, session: Session, row: MessageRow, process: str) -> None:
    """Start the version of a process in force where it belongs, by this message or signal, if it still begins with it."""
    whose = _whose(session, row)
    for version, name, start in runtime.definitions.started_by(
        session, row.kind, row.name, whose, row.payload
    ):
        if name == process:
            key = row.key or f"{row.kind}:{row.id}"
            runtime.moving(session, version, process, key, MESSAGE).begin(dict(row.payload), start)


def _spread_starts(runtime: Runtime, session: Session, row: MessageRow, now: dt.datetime) -> None:
    """A signal starts each process that begins with it in a transaction of its own."""
    copied = {name: getattr(row, name) for name in ("kind", "name", "key", "sender", "sent_at", "expires_at")}
    for process, known in runtime.definitions.scopes_started_by(
        session, row.name, _whose(session, row), row.payload
    ):
        started = {"starts": process, "payload": {**row.payload, **known}, "attempts": 0, "retry_at": now}
        session.execute(insert_messages, {**copied, **started})


def _whose(session: Session, row: MessageRow) -> str:
    """The business key that says where a message or signal belongs: its own, else that of whoever threw it."""
    if row.key is not None or row.sender is None:
        return row.key or ""
    text: str = session.execute(select(instances.c.key).where(instances.c.id == row.sender)).scalar_one()
    return text


def _keep(session: Session, row: MessageRow, now: dt.datetime) -> bool:
    """Nobody waits for the message yet: it is woken by the first who does, or dropped when it expires."""
    if row.expires_at > now and row.key is not None:
        session.execute(update(messages).where(messages.c.id == row.id).values(retry_at=row.expires_at))
        return True
    record(session, MESSAGE, now, "message_expired", row.key or f"message:{row.name}", name=row.name)
    return False
