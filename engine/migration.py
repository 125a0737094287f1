"""Moving running instances: to another version, back to an earlier step, onto another one; and taking it back.

Judging and moving are one piece of code: what is judged is what then happens. Every move keeps the rows of
before, so that it can be undone to the byte as long as the instance has not moved on.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import orjson
from sqlalchemy import Row, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from engine.diagrams.elements import UserTask
from engine.diagrams.tokens import Stuck, Token
from engine.engine import Engine
from engine.errors import NotFound, Refusal
from engine.expressions import ExpressionError
from engine.history import record
from engine.iso import UTC
from engine.moving import Moving
from engine.schema import candidates, instances, moves, subscriptions, timers, work_items
from engine.token_move import CannotMove, Moved, NeedsPlace, Plan, move
from engine.words import Words
from engine.world import SYSTEM, Actor, Deadline

Kind = Literal["migrated", "sent_back", "jumped"]
AS_IT_IS: Final = Words("可以原样迁移。", "It moves as it is.")
PLACED: Final = Words("按指定的去处迁移。", "It moves to the places that were chosen.")
THERE: Final = Words("已在该版本上。", "It runs on that version already.")
ENDED: Final = Words("已经结束。", "It has ended.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What would become of one instance, or became of it."""

    instance: int
    key: str
    outcome: Literal["moves", "there", "place", "cannot"]
    words: Words
    elements: list[tuple[str, str]] = field(default_factory=list)
    """(id, name) of the elements for which a place is to be chosen."""
    move: int | None = None
    """The move's id, once it was made."""


def judge(engine: Engine, session: Session, instance: int, plan: Plan) -> Verdict:
    """What moving this instance would do; nothing is changed."""
    row = _row(session, instance, lock=False)
    return _judged(engine, session, row, plan)[0]


def _row(session: Session, instance: int, lock: bool = True) -> Row[Any]:
    wanted = select(instances).where(instances.c.id == instance)
    found = session.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if found is None:
        raise NotFound()
    return found


def _judged(
    engine: Engine, session: Session, row: Row[Any], plan: Plan, actor: Actor = SYSTEM
) -> tuple[Verdict, Moving | None, Moved | None]:
    def verdict(outcome: Any, words: Words, elements: list[tuple[str, str]] | None = None) -> Verdict:
        return Verdict(row.id, row.key, outcome, words, elements or [])

    if row.state is None:
        return verdict("cannot", ENDED), None, None
    if row.definition_id == plan.target.id and not plan.places:
        return verdict("there", THERE), None, None
    moving = engine.moving(session, plan.target, row.process, row.key, actor)
    before = engine.opened(session, row, actor)
    try:
        moved = move(row.state, row.process, before.version, plan, moving)
        moving.take(moved.instance, before)
        _try_items(moving, moved)
    except NeedsPlace as lost:
        return verdict("place", lost.words, lost.elements), None, None
    except (CannotMove, Stuck, Refusal, ExpressionError) as fault:
        return verdict("cannot", fault.words), None, None
    return verdict("moves", PLACED if plan.places else AS_IT_IS), moving, moved


def _try_items(moving: Moving, moved: Moved) -> None:
    """Work out who gets what by when, so that an expression that fails is told beforehand."""
    for token in [*moved.replaced, *moved.instance.moves.offered.values()]:
        moving.item(token)


def migrate(
    engine: Engine,
    instance: int,
    plan: Plan,
    actor: Actor,
    reason: str,
    *,
    kind: Kind = "migrated",
    batch: str | None = None,
) -> Verdict:
    """Move one instance, in a transaction of its own; the verdict says what happened."""
    with engine.database.writing() as session:
        row = _row(session, instance)
        verdict, moving, moved = _judged(engine, session, row, plan, actor)
        if moving is None or moved is None:
            return verdict
        before = _rows_of(session, row)
        _write_tokens(session, moving, moved, plan)
        moving.save(
            kind, reason=reason, places=dict(plan.places), version=[row.definition_id, plan.target.id]
        )
        session.execute(
            update(instances).where(instances.c.id == row.id).values(definition_id=plan.target.id)
        )
        session.execute(
            update(work_items)
            .where(work_items.c.instance_id == row.id, work_items.c.closed_at.is_(None))
            .values(definition_id=plan.target.id)
        )
        made = {
            "instance_id": row.id,
            "kind": kind,
            "batch": batch,
            "from_id": row.definition_id,
            "to_id": plan.target.id,
            "places": dict(plan.places),
            "reason": reason,
            "at": moving.now,
            "by": actor.name,
            "before": before,
            "version_after": row.version + 1,
        }
        number = int(session.execute(insert(moves).returning(moves.c.id), made).scalar_one())
    return Verdict(row.id, row.key, "moves", verdict.words, move=number)


def _write_tokens(session: Session, moving: Moving, moved: Moved, plan: Plan) -> None:
    """The rows of tokens that went, stay under another name, or stand on another task."""
    _close(session, moving, moved.removed)
    mine = work_items.c.instance_id == moving.id
    for token in moved.kept:
        values = _kept_item(moving, token, plan)
        session.execute(update(work_items).where(mine, work_items.c.token == token.id).values(**values))
    told = []
    for token in moved.replaced:
        owners, values = moving.item(token)
        number = session.execute(
            update(work_items)
            .where(mine, work_items.c.token == token.id)
            .values(**values)
            .returning(work_items.c.id)
        ).scalar_one()
        session.execute(delete(candidates).where(candidates.c.work_item_id == number))
        if len(owners) > 1:
            session.execute(insert(candidates), [{"work_item_id": number, "owner": one} for one in owners])
        told.append(moving.open_work(number, values, token, moved.instance.moves.status or moving.status))
    if told:
        moving.world.offered(session, told, moving.now)


def _close(session: Session, moving: Moving, tokens: list[int]) -> None:
    if not tokens:
        return
    mine = (work_items.c.instance_id == moving.id, work_items.c.token.in_(tokens))
    closed = {"closed_at": moving.now, "outcome": "cancelled", "closed_by": moving.actor.name}
    gone = update(work_items).where(*mine, work_items.c.closed_at.is_(None)).values(**closed)
    numbers = session.scalars(gone.returning(work_items.c.id)).all()
    if numbers:
        moving.world.cancelled(session, numbers, moving.actor, moving.now)
    session.execute(delete(timers).where(timers.c.instance_id == moving.id, timers.c.token.in_(tokens)))


def _kept_item(moving: Moving, token: Token, plan: Plan) -> dict[str, Any]:
    """Names and ladders follow the new version; who has it and by when stays, unless it is to be worked out anew."""
    element = token.task_spec
    assert isinstance(element, UserTask)
    _, fresh = moving.item(token)
    values = {name: fresh[name] for name in ("name", "element", "process", "priority", "follow_up_at")}
    was = moving.session.execute(
        select(work_items.c.ladder, work_items.c.due_at).where(
            work_items.c.instance_id == moving.id, work_items.c.token == token.id
        )
    ).one()
    if element.name in plan.rearm:
        values |= {name: fresh[name] for name in ("due_at", "sort_at", "ladder", "rung", "rung_at")}
    elif was.ladder != fresh["ladder"]:
        first = None
        if fresh["ladder"] and was.due_at:
            deadline = Deadline(moving.id, fresh["ladder"], fresh["belongs_to"], was.due_at, moving.now)
            first = moving.world.first_rung(moving.session, deadline)
        values |= {"ladder": fresh["ladder"], "rung": 0, "rung_at": first}
    return values


# -- one ticket, by hand -----------------------------------------------------------------------


def send(
    engine: Engine, instance: int, here: str, there: str, actor: Actor, reason: str, kind: Kind = "sent_back"
) -> Verdict:
    """Send one instance from a step back to another one, or onwards; on the version that it runs on.

    Raises:
        Refusal: no reason is given, or it cannot be done; the sentence says why.
    """
    if not reason.strip():
        raise Refusal("reason_missing", Words("请写明理由。", "Say why."))
    with engine.database.reading() as session:
        row = _row(session, instance, lock=False)
        plan = Plan(engine.definitions.version(session, row.definition_id), {here: there})
    verdict = migrate(engine, instance, plan, actor, reason.strip(), kind=kind)
    if verdict.outcome != "moves":
        raise Refusal("cannot_move", verdict.words)
    return verdict


# -- taking it back ----------------------------------------------------------------------------

_KEPT: Final[tuple[tuple[str, Table], ...]] = (
    ("items", work_items),
    ("timers", timers),
    ("subscriptions", subscriptions),
)


def _rows_of(session: Session, row: Row[Any]) -> bytes:
    """Everything about the instance that a move changes, as it is now."""
    found: dict[str, Any] = {
        "instance": {
            "definition_id": row.definition_id,
            "status": row.status,
            "state": base64.b64encode(row.state).decode(),
            "incident": row.incident,
        }
    }
    for name, table in _KEPT:
        wanted = select(table).where(table.c.instance_id == row.id)
        found[name] = [_plain(one) for one in session.execute(wanted)]
    numbers = [one["id"] for one in found["items"]]
    mine = select(candidates).where(candidates.c.work_item_id.in_(numbers))
    found["candidates"] = [_plain(one) for one in session.execute(mine)]
    return orjson.dumps(found)


def _plain(row: Row[Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row._mapping.items()}


def undo(engine: Engine, number: int, actor: Actor) -> Verdict:
    """Put an instance back to where it was before a move.

    Raises:
        Refusal: it has moved on since, or the move was undone already.
    """
    with engine.database.writing() as session:
        made = session.execute(select(moves).where(moves.c.id == number).with_for_update()).one_or_none()
        if made is None:
            raise NotFound()
        row = _row(session, made.instance_id)
        if made.undone_at is not None:
            raise Refusal("undone", Words("这次迁移已撤销过。", "This move was undone already."))
        if row.version != made.version_after:
            raise Refusal(
                "moved_on",
                Words("迁移后已继续办理，不能撤销。", "It has moved on since; the move cannot be undone."),
            )
        before = orjson.loads(made.before)
        _restore(session, row.id, before)
        was = before["instance"]
        session.execute(
            update(instances)
            .where(instances.c.id == row.id)
            .values(
                definition_id=was["definition_id"],
                status=was["status"],
                state=base64.b64decode(was["state"]),
                incident=was["incident"],
                version=row.version + 1,
            )
        )
        now = engine.clock.now()
        session.execute(update(moves).where(moves.c.id == number).values(undone_at=now, undone_by=actor.name))
        record(
            session, actor, now, "move_undone", row.key, instance=row.id, version=[made.to_id, made.from_id]
        )
        if was["status"] and was["status"] != row.status:
            moving = engine.opened(session, _row(session, row.id, lock=False), actor)
            engine.world.status_changed(moving.step(None), was["status"])
    return Verdict(row.id, row.key, "moves", Words("已恢复到迁移前。", "It stands where it stood before."))


def _restore(session: Session, instance: int, before: Mapping[str, Any]) -> None:
    numbers = [one["id"] for one in before["items"]]
    mine = select(work_items.c.id).where(work_items.c.instance_id == instance)
    session.execute(delete(candidates).where(candidates.c.work_item_id.in_(mine)))
    session.execute(
        delete(work_items).where(work_items.c.instance_id == instance, work_items.c.id.not_in(numbers))
    )
    for one in before["items"]:
        session.execute(
            update(work_items).where(work_items.c.id == one["id"]).values(**_read(work_items, one))
        )
    for name, table in _KEPT[1:]:
        session.execute(delete(table).where(table.c.instance_id == instance))
        if before[name]:
            session.execute(insert(table), [_read(table, one) for one in before[name]])
    if before["candidates"]:
        session.execute(insert(candidates), before["candidates"])


def _read(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """A kept row with its instants as instants."""
    return {
        name: dt.datetime.fromisoformat(value).astimezone(UTC)
        if isinstance(value, str) and name.endswith("_at")
        else value
        for name, value in row.items()
        if name in table.c
    }
