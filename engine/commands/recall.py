"""Taking a completed step back, as long as nobody has touched what followed from it.

With a completion the instance keeps the state of before. It is put back whole: the step stands open again
where it stood, what came of it is closed, its timers and messages wait as they did. What handlers wrote
elsewhere is undone by whoever knows it: the caller says which topics it can undo, and does so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, TypedDict

import orjson
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.diagrams.events import CatchEvent
from engine.diagrams.tokens import Token
from engine.engine import Engine
from engine.errors import DomainError, NotAllowed, NotFound
from engine.host import Actor
from engine.instances import store
from engine.instances.state import token_ids
from engine.instances.transaction import InstanceTransaction
from engine.rows import HistoryRow, InstanceRow, WorkItemRow, get_row
from engine.schema import history, instances, subscriptions, timers, work_items
from engine.text import LocalizedText

TOUCHES: Final = ("claimed", "released", "assigned", "handed_over")
"""What may happen to work without moving its instance on."""


@dataclass(frozen=True, slots=True)
class RecallableStep:
    """A completion that can be taken back: when it was, and what handlers did on the way."""

    item: int
    entry: int
    """Its row of the history."""
    key: str
    at: dt.datetime
    topics: list[str]
    status: str | None
    """The status of before."""
    reached: str | None
    """The status that it brought, if it changed."""


@dataclass(frozen=True, slots=True)
class RecalledStep(RecallableStep):
    """What was taken back; ``closed`` are the work items that had come of it."""

    closed: list[int]


def recallable(
    engine: Engine, session: Session, number: int, actor: Actor, can_undo: Collection[str]
) -> RecallableStep:
    """What taking a work item back would undo; nothing is changed.

    Raises:
        NotAllowed: somebody else completed it.
        DomainError: it is not done, or something has followed; the sentence says what.
    """
    return _judged(engine, session, number, actor, can_undo, lock=False)[2]


def recall(
    engine: Engine, session: Session, number: int, actor: Actor, reason: str, can_undo: Collection[str]
) -> RecalledStep:
    """Open a completed work item again, in the caller's transaction; raises as :func:`takeable` does."""
    item, row, done = _judged(engine, session, number, actor, can_undo, lock=True)
    after = engine.opened(session, row, actor)
    before = engine.moving(session, after.version, row.process, row.key, actor)
    before.load(row.id, _state_before(row), done.status)
    closed = _put_items_back(session, before, row.id, actor)
    _put_timers_back(session, before, after, row.id)
    _put_subscriptions_back(session, before, row.id)
    store.restore_completion(session, row.id, _state_before(row), done.status)
    changed = {"status": [row.status, done.status]} if row.status != done.status else {}
    record(
        session,
        actor,
        before.now,
        "taken_back",
        row.key,
        instance=row.id,
        element=item.element,
        text=reason,
        **changed,
    )
    return RecalledStep(
        done.item, done.entry, done.key, done.at, done.topics, done.status, done.reached, closed
    )


class _CompletionDetail(TypedDict, total=False):
    """What the history keeps of a completion, as far as it is read here."""

    status: tuple[str | None, str | None]
    path: Sequence[tuple[str, str]]


# -- may it be? -------------------------------------------------------------------------------------


def _judged(
    engine: Engine, session: Session, number: int, actor: Actor, can_undo: Collection[str], *, lock: bool
) -> tuple[WorkItemRow, InstanceRow, RecallableStep]:
    item = get_row(session, select(work_items).where(work_items.c.id == number), WorkItemRow)
    if item is None:
        raise NotFound()
    query = select(instances).where(instances.c.id == item.instance_id)
    row = get_row(session, query.with_for_update() if lock else query, InstanceRow)
    assert row is not None
    if lock:  # another transaction may have changed it before this one held the instance
        item = get_row(session, select(work_items).where(work_items.c.id == number), WorkItemRow)
        assert item is not None
    done = _last_completion(session, item)
    if done is None:
        raise DomainError("not_done", LocalizedText("这一步还没有办理。", "This step has not been done yet."))
    if actor.person is None or actor.person not in (done.person, done.on_behalf_of):
        raise NotAllowed(
            LocalizedText("只有办理这一步的人可以撤回。", "Only whoever did this step takes it back."),
            "not_yours",
        )
    if row.state is None:
        raise DomainError(
            "ended", LocalizedText("流程已经结束，不能撤回。", "It has ended and cannot be taken back.")
        )
    kept = row.previous is not None and row.previous_version == row.version
    if not kept or not _came_off(row, item.token) or _touched(session, item, done.id):
        _refuse_followed(session, item, done.id)
    detail: _CompletionDetail = orjson.loads(done.detail)
    topics = _topics(engine, session, row, detail)
    if not set(topics) <= set(can_undo):
        raise DomainError(
            "lasting",
            LocalizedText(
                "这一步的办理结果已登记生效，不能撤回；需要更正请联系流程管理员。",
                "What this step did has taken effect and cannot be taken back; ask the process owner to correct it.",
            ),
        )
    status, reached = detail.get("status", (row.status, None))
    return item, row, RecallableStep(number, done.id, row.key, done.at, topics, status, reached)


def _came_off(row: InstanceRow, token: int) -> bool:
    """Whether it was this very work whose completion the instance remembers."""
    if row.previous is None or row.state is None:
        return False
    return token in token_ids(row.previous) and token not in token_ids(row.state)


def _last_completion(session: Session, item: WorkItemRow) -> HistoryRow | None:
    """The completion of this very work item, if it is the last of its instance."""
    query = select(history).where(history.c.instance_id == item.instance_id, history.c.action == "completed")
    last = get_row(session, query.order_by(history.c.id.desc()).limit(1), HistoryRow)
    if item.outcome != "completed":
        return None
    if last is None or (last.element, last.at) != (item.element, item.closed_at):
        _refuse_followed(session, item, 0)
    return last


def _touched(session: Session, item: WorkItemRow, since: int) -> bool:
    query = select(history.c.id).where(
        history.c.instance_id == item.instance_id, history.c.id > since, history.c.action.in_(TOUCHES)
    )
    return session.execute(query.limit(1)).first() is not None


def _refuse_followed(session: Session, item: WorkItemRow, since: int) -> NoReturn:
    """Name whoever came first, where a person did."""
    query = select(history.c.actor).where(
        history.c.instance_id == item.instance_id,
        history.c.id > since,
        history.c.person.is_not(None),
        history.c.action.in_((*TOUCHES, "completed", "sent_back", "jumped")),
    )
    person = session.scalars(query.order_by(history.c.id.desc()).limit(1)).first() if since else None
    raise DomainError(
        "followed",
        LocalizedText(
            f"{person or '后续环节'}已经办理，不能撤回。",
            f"{person} has already gone on with it; it cannot be taken back."
            if person
            else "Something has followed from it; it cannot be taken back.",
        ),
    )


def _topics(engine: Engine, session: Session, row: InstanceRow, detail: _CompletionDetail) -> list[str]:
    """The topics of the service tasks on the way of a completion, in their order."""
    elements = engine.definitions.version(session, row.definition_id).elements
    topics = {
        element: step.particulars.topic
        for (_process, element), step in elements.items()
        if step.particulars.topic
    }
    return [topics[element] for element, _event in detail.get("path", ()) if element in topics]


# -- putting back -----------------------------------------------------------------------------------


def _state_before(row: InstanceRow) -> bytes:
    """The state of before; tokens to come get numbers that none has had."""
    assert row.previous is not None
    assert row.state is not None
    read = orjson.loads(row.previous)
    read["n"] = orjson.loads(row.state)["n"]
    return orjson.dumps(read)


def _put_items_back(session: Session, before: InstanceTransaction, instance: int, actor: Actor) -> list[int]:
    """Close what came of the step, and open what was open before it, on the desks where it stood."""
    standing = [token.id for token in before.instance.every_token() if token.task_spec.manual]
    gone = (work_items.c.instance_id == instance) & work_items.c.token.not_in(standing)
    numbers = store.cancel_open_work(session, gone, actor.name, before.now, actor.person)
    if numbers:
        before.world.cancelled(session, numbers, actor, before.now)
    store.reopen_work(session, instance, standing)
    return list(numbers)


def _put_timers_back(
    session: Session, before: InstanceTransaction, after: InstanceTransaction, instance: int
) -> None:
    was, now = _waiting(before), _waiting(after)
    gone = [number for number in now if number not in was]
    session.execute(delete(timers).where(timers.c.instance_id == instance, timers.c.token.in_(gone)))
    rows = [{**before.timer(token), "armed_at": None} for number, token in was.items() if number not in now]
    if rows:
        session.execute(insert(timers), rows)


def _waiting(moving: InstanceTransaction) -> dict[int, Token]:
    """The tokens that wait for a timer."""
    return {
        token.id: token
        for token in moving.instance.every_token()
        if isinstance(token.task_spec, CatchEvent)
        and token.task_spec.event.kind == "timer"
        and token.state == TaskState.WAITING
    }


def _put_subscriptions_back(session: Session, before: InstanceTransaction, instance: int) -> None:
    session.execute(delete(subscriptions).where(subscriptions.c.instance_id == instance))
    rows = [
        {"instance_id": instance, "kind": kind, "name": name, "key": before.key}
        for kind, name in sorted(before.waited)
    ]
    if rows:
        session.execute(insert(subscriptions), rows)
