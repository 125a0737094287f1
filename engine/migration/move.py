"""Moving running instances: to another version, back to an earlier step, onto another one.

Judging and moving are one piece of code: what is judged is what then happens. Every move keeps the rows of
before and after, so that it can be undone as long as the instance has not moved on (``engine.migration.undo``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import orjson
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine.diagrams.elements import UserTask
from engine.diagrams.tokens import Token
from engine.engine import Engine
from engine.errors import DomainError, NotFound
from engine.host import SYSTEM, Actor, Deadline
from engine.instances import store
from engine.instances.incidents import words_of
from engine.instances.transaction import InstanceTransaction
from engine.migration.tokens import MovedInstance, MovePlan, NeedsPlace, move
from engine.migration.undo import snapshot
from engine.rows import InstanceRow, get_row
from engine.schema import candidates, instances, moves, timers, work_items
from engine.text import LocalizedText

Outcome = Literal["moves", "there", "place", "cannot"]
Kind = Literal["migrated", "sent_back", "jumped"]
AS_IT_IS: Final = LocalizedText("可以原样迁移。", "It moves as it is.")
PLACED: Final = LocalizedText("按指定的去处迁移。", "It moves to the places that were chosen.")
THERE: Final = LocalizedText("已在该版本上。", "It runs on that version already.")
ENDED: Final = LocalizedText("已经结束。", "It has ended.")


@dataclass(frozen=True, slots=True)
class MoveVerdict:
    """What would become of one instance, or became of it."""

    instance: int
    key: str
    outcome: Outcome
    words: LocalizedText
    elements: list[tuple[str, str]] = field(default_factory=list)
    """(id, name) of the elements for which a place is to be chosen."""
    move: int | None = None
    """The move's id, once it was made."""


def judge(engine: Engine, session: Session, instance: int, plan: MovePlan) -> MoveVerdict:
    """What moving this instance would do; nothing is changed."""
    row = _row(session, instance, lock=False)
    return _judged(engine, session, row, plan)[0]


def _row(session: Session, instance: int, lock: bool = True) -> InstanceRow:
    query = select(instances).where(instances.c.id == instance)
    row = get_row(session, query.with_for_update() if lock else query, InstanceRow)
    if row is None:
        raise NotFound()
    return row


def _judged(
    engine: Engine, session: Session, row: InstanceRow, plan: MovePlan, actor: Actor = SYSTEM
) -> tuple[MoveVerdict, InstanceTransaction | None, MovedInstance | None]:
    def verdict(
        outcome: Outcome, words: LocalizedText, elements: list[tuple[str, str]] | None = None
    ) -> MoveVerdict:
        return MoveVerdict(row.id, row.key, outcome, words, elements or [])

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
    except Exception as fault:
        return verdict("cannot", words_of(fault)), None, None
    return verdict("moves", PLACED if plan.places else AS_IT_IS), moving, moved


def _try_items(moving: InstanceTransaction, moved: MovedInstance) -> None:
    """Work out who gets what by when, so that an expression that fails is told beforehand."""
    for token in [*moved.replaced, *moved.instance.moves.offered.values()]:
        moving.item(token)


def migrate(
    engine: Engine,
    instance: int,
    plan: MovePlan,
    actor: Actor,
    reason: str,
    *,
    kind: Kind = "migrated",
    batch: str | None = None,
) -> MoveVerdict:
    """Move one instance, in a transaction of its own; the verdict says what happened."""
    with engine.database.writing() as session:
        row = _row(session, instance)
        verdict, moving, moved = _judged(engine, session, row, plan, actor)
        if moving is None or moved is None:
            return verdict
        before = snapshot(session, row)
        _write_tokens(session, moving, moved, plan)
        moving.save(
            kind, reason=reason, places=dict(plan.places), version=[row.definition_id, plan.target.id]
        )
        store.change_version(session, row.id, plan.target.id)
        kept = {"before": before, "after": snapshot(session, _row(session, row.id, lock=False))}
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
            "before": orjson.dumps(kept),
            "version_after": row.version + 1,
        }
        number = int(session.execute(insert(moves).returning(moves.c.id), made).scalar_one())
    return MoveVerdict(row.id, row.key, "moves", verdict.words, move=number)


def _write_tokens(
    session: Session, moving: InstanceTransaction, moved: MovedInstance, plan: MovePlan
) -> None:
    """The rows of tokens that went, stay under another name, or stand on another task."""
    _close(session, moving, moved.removed)
    for token in moved.kept:
        store.rewrite_work_of_token(session, moving.id, token.id, _kept_item(moving, token, plan))
    details = []
    for token in moved.replaced:
        owners, values = moving.item(token)
        number = store.rewrite_work_of_token(session, moving.id, token.id, values)
        session.execute(delete(candidates).where(candidates.c.work_item_id == number))
        if len(owners) > 1:
            session.execute(
                insert(candidates), [{"work_item_id": number, "owner": owner} for owner in owners]
            )
        details.append(moving.open_work(number, values, token, moved.instance.moves.status or moving.status))
    if details:
        moving.world.offered(session, details, moving.now)


def _close(session: Session, moving: InstanceTransaction, tokens: list[int]) -> None:
    if not tokens:
        return
    mine = (work_items.c.instance_id == moving.id) & work_items.c.token.in_(tokens)
    numbers = store.cancel_open_work(session, mine, moving.actor.name, moving.now)
    if numbers:
        moving.world.cancelled(session, numbers, moving.actor, moving.now)
    session.execute(delete(timers).where(timers.c.instance_id == moving.id, timers.c.token.in_(tokens)))


def _kept_item(moving: InstanceTransaction, token: Token, plan: MovePlan) -> dict[str, object]:
    """Names and escalations follow the new version; who has it and by when stays, unless it is to be worked out anew."""
    element = token.task_spec
    assert isinstance(element, UserTask)
    _, fresh = moving.item(token)
    values: dict[str, object] = {
        "name": fresh["name"],
        "element": fresh["element"],
        "process": fresh["process"],
        "priority": fresh["priority"],
        "follow_up_at": fresh["follow_up_at"],
    }
    was = moving.session.execute(
        select(work_items.c.escalation, work_items.c.due_at).where(
            work_items.c.instance_id == moving.id, work_items.c.token == token.id
        )
    ).one()
    if element.name in plan.rearm:
        values |= {
            "due_at": fresh["due_at"],
            "sort_at": fresh["sort_at"],
            "escalation": fresh["escalation"],
            "escalation_step": fresh["escalation_step"],
            "escalation_at": fresh["escalation_at"],
        }
    elif was.escalation != fresh["escalation"]:
        first = None
        if fresh["escalation"] and was.due_at:
            deadline = Deadline(moving.id, fresh["escalation"], fresh["work_scope"], was.due_at, moving.now)
            first = moving.world.first_escalation(moving.session, deadline)
        values |= {"escalation": fresh["escalation"], "escalation_step": 0, "escalation_at": first}
    return values


# -- one ticket, by hand -----------------------------------------------------------------------


def send(
    engine: Engine, instance: int, here: str, there: str, actor: Actor, reason: str, kind: Kind = "sent_back"
) -> MoveVerdict:
    """Send one instance from a step back to another one, or onwards; on the version that it runs on.

    Raises:
        DomainError: no reason is given, or it cannot be done; the sentence says why.
    """
    if not reason.strip():
        raise DomainError("reason_missing", LocalizedText("请写明理由。", "Say why."))
    with engine.database.reading() as session:
        row = _row(session, instance, lock=False)
        plan = MovePlan(engine.definitions.version(session, row.definition_id), {here: there})
    verdict = migrate(engine, instance, plan, actor, reason.strip(), kind=kind)
    if verdict.outcome != "moves":
        raise DomainError("cannot_move", verdict.words)
    return verdict
