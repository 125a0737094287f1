"""Taking back the move of an instance (撤销迁移), as long as the instance has not moved on.

Only what the move changed is restored. What others did meanwhile stays: claims, escalation levels that were
reached, attempts, messages that came.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, TypedDict

import orjson
from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.engine import Engine
from engine.errors import DomainError, NotFound
from engine.host import Actor, Deadline
from engine.instances import state, store
from engine.instances.transaction import InstanceTransaction
from engine.iso import UTC
from engine.json import JsonObject, Values, as_text
from engine.rows import InstanceRow, MoveRow, TimerRow, WorkItemRow, get_row, get_rows
from engine.schema import candidates, instances, moves, timers, work_items
from engine.text import LocalizedText

_ESCALATION: Final = ("escalation", "escalation_step", "escalation_at")
"""The columns of a work item that say how far its escalation has come."""


class Snapshot(TypedDict):
    """The rows of an instance that a move may change, as plain JSON values."""

    definition_id: int
    status: str | None
    state: str
    items: list[Values]
    timers: list[Values]
    candidates: list[Values]


class _Kept(TypedDict):
    before: Snapshot
    after: Snapshot


def snapshot(session: Session, row: InstanceRow) -> Snapshot:
    """The rows of an instance that a move may change, as they are now, as plain JSON values."""
    assert row.state is not None
    mine = work_items.c.instance_id == row.id
    items = [
        _plain(item._asdict()) for item in get_rows(session, select(work_items).where(mine), WorkItemRow)
    ]
    waiting = select(timers).where(timers.c.instance_id == row.id)
    may_take = select(candidates).join(work_items).where(mine)
    return {
        "definition_id": row.definition_id,
        "status": row.status,
        "state": base64.b64encode(row.state).decode(),
        "items": items,
        "timers": [_plain(timer._asdict()) for timer in get_rows(session, waiting, TimerRow)],
        "candidates": [_plain(dict(candidate)) for candidate in session.execute(may_take).mappings()],
    }


def _plain(row: Mapping[str, object]) -> Values:
    values: Values = orjson.loads(orjson.dumps({str(name): value for name, value in row.items()}))
    return values


def undo(engine: Engine, number: int, actor: Actor) -> None:
    """Put an instance back to where it was before the move ``number``.

    Raises:
        NotFound: there is no such move.
        DomainError: the instance has moved on since, or the move was undone already.
    """
    with engine.database.writing() as session:
        made, row = _locked(session, number)
        kept: _Kept = orjson.loads(made.before)
        before, after = kept["before"], kept["after"]
        assert row.state is not None
        now = engine.clock.now()
        # Tokens of before keep their numbers; those to come get numbers that none has had.
        stored = orjson.loads(base64.b64decode(before["state"]))
        stored["n"] = max(stored["n"], orjson.loads(row.state)["n"])
        version = engine.definitions.version(session, before["definition_id"])
        moved = engine.opened(session, row, actor)
        moving = engine.moving(session, version, row.process, row.key, actor)
        moving.load(row.id, orjson.dumps(stored), before["status"])
        _restore_items(session, moving, before["items"], after["items"])
        _restore_candidates(session, before, after)
        _restore_timers(session, row.id, before["timers"], after["timers"])
        moving.take_over_subscriptions(moved.waited)
        store.restore_move(
            session, row.id, before["definition_id"], state.dump(moving.instance), before["status"]
        )
        session.execute(update(moves).where(moves.c.id == number).values(undone_at=now, undone_by=actor.name))
        changed = {"status": [row.status, before["status"]]} if row.status != before["status"] else {}
        versions = [made.to_id, made.from_id]
        record(session, actor, now, "move_undone", row.key, instance=row.id, version=versions, **changed)
        if before["status"] and before["status"] != row.status:
            engine.world.status_changed(moving.step(None), before["status"])


def _locked(session: Session, number: int) -> tuple[MoveRow, InstanceRow]:
    made = get_row(session, select(moves).where(moves.c.id == number).with_for_update(), MoveRow)
    if made is None:
        raise NotFound()
    if made.undone_at is not None:
        raise DomainError("undone", LocalizedText("这次迁移已撤销过。", "This move was undone already."))
    query = select(instances).where(instances.c.id == made.instance_id).with_for_update()
    row = get_row(session, query, InstanceRow)
    assert row is not None
    if row.version != made.version_after:
        zh, en = "迁移后已继续办理，不能撤销。", "It has moved on since; the move cannot be undone."
        raise DomainError("moved_on", LocalizedText(zh, en))
    return made, row


def _restore_items(
    session: Session,
    moving: InstanceTransaction,
    before: Sequence[JsonObject],
    after: Sequence[JsonObject],
) -> None:
    was = {item["id"]: item for item in before}
    became = {item["id"]: item for item in after}
    mine = select(work_items).where(work_items.c.instance_id == moving.id)
    for row in get_rows(session, mine.order_by(work_items.c.id).with_for_update(), WorkItemRow):
        if row.id in was and row.id in became:
            _restore_item(session, moving, row, was[row.id], became[row.id])
    made = [number for number in became if number not in was]
    gone = store.cancel_open_work(session, work_items.c.id.in_(made), moving.actor.name, moving.now)
    if gone:
        moving.world.cancelled(session, gone, moving.actor, moving.now)


def _restore_item(
    session: Session,
    moving: InstanceTransaction,
    row: WorkItemRow,
    was: JsonObject,
    became: JsonObject,
) -> None:
    """Each column that the move changed, and nobody since, gets its value of before."""
    now = _plain(row._asdict())
    changed = {name for name in was if was[name] != became[name]}
    values: dict[str, object] = {
        name: was[name] for name in changed - {*_ESCALATION} if now[name] == became[name]
    }
    if changed & {"escalation", "escalation_step", "due_at"}:
        values |= _escalation_after(session, moving, row, {**now, **values, "escalation": was["escalation"]})
    if values:
        store.restore_work(session, row.id, _with_instants(work_items, values))


def _escalation_after(
    session: Session, moving: InstanceTransaction, row: WorkItemRow, item: Mapping[str, object]
) -> dict[str, object]:
    """Where the escalation of a restored work item goes on: above every level that was reached meanwhile."""
    due = _instant(item["due_at"]) if item["due_at"] else None
    escalation, scope = as_text(item["escalation"]), item["work_scope"]
    if not escalation or not due or item["closed_at"]:
        return {"escalation": item["escalation"], "escalation_step": 0, "escalation_at": None}
    deadline = Deadline(
        moving.id, escalation, None if scope is None else str(scope), due, _instant(item["created_at"])
    )
    level, at = moving.world.escalation_after_move(session, row.id, deadline, moving.now)
    return {"escalation": item["escalation"], "escalation_step": level, "escalation_at": at}


def _restore_candidates(session: Session, before: Snapshot, after: Snapshot) -> None:
    for item in before["items"]:
        was, became = (
            [row for row in rows["candidates"] if row["work_item_id"] == item["id"]]
            for rows in (before, after)
        )
        if was != became:
            session.execute(delete(candidates).where(candidates.c.work_item_id == item["id"]))
            if was:
                session.execute(insert(candidates), was)


def _restore_timers(
    session: Session,
    instance: int,
    before: Sequence[JsonObject],
    after: Sequence[JsonObject],
) -> None:
    """Timers that the move took away or changed come back, those that it made go; attempts since stay."""
    was, became = ({row["token"]: row for row in rows} for rows in (before, after))
    same = ("element", "due_at", "armed_at")
    changed = [
        token
        for token in was.keys() | became.keys()
        if token not in was
        or token not in became
        or any(was[token][name] != became[token][name] for name in same)
    ]
    session.execute(delete(timers).where(timers.c.instance_id == instance, timers.c.token.in_(changed)))
    rows = [_with_instants(timers, was[token]) for token in changed if token in was]
    if rows:
        session.execute(insert(timers), rows)


def _with_instants(table: Table, row: Mapping[str, object]) -> dict[str, object]:
    """A kept row with its instants as instants."""
    return {
        name: _instant(value) if isinstance(value, str) and name.endswith("_at") else value
        for name, value in row.items()
        if name in table.c
    }


def _instant(text: object) -> dt.datetime:
    return dt.datetime.fromisoformat(str(text)).astimezone(UTC)
