"""Dates move when what their rules read has changed: due dates of open work, and timers that wait.

A rule is evaluated again as of when its date was made (the work was offered, the timer was armed), not as of
now: what fell due two working days after it came still does. A timer that has fired is gone and fires no
second time; one whose new time has passed fires at the next sweep. A repeating timer keeps its rhythm.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.diagrams.events import CatchEvent
from engine.diagrams.tokens import Instance, Token
from engine.engine import Engine
from engine.errors import NotFound
from engine.expressions import Expression
from engine.host import SYSTEM, Actor, Deadline
from engine.instances import state, store
from engine.instances.assignment import instant_of
from engine.instances.transaction import InstanceTransaction
from engine.rows import InstanceRow, TimerRow, WorkItemRow, get_row, get_rows
from engine.schema import instances, timers, work_items
from engine.text import LocalizedText

Affected = Callable[[Expression], bool]
"""Whether a rule reads what has changed; dates whose rules do not are left alone."""

Concerned = Callable[[Mapping[str, object]], bool]
"""Whether an instance with these variables is meant at all."""


def _anything(_variables: Mapping[str, object]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Change:
    """What has changed: which rules read it, what instances keep of it, and which instances are meant."""

    affected: Affected
    rewriting: state.Rewriting
    concerned: Concerned = _anything


@dataclass(frozen=True, slots=True)
class Shift:
    """One date that moves: of the work item or timer with this number."""

    kind: Literal["work", "timer"]
    number: int
    process: str
    element: str
    words: LocalizedText
    before: dt.datetime | None
    after: dt.datetime | None


def shifts(engine: Engine, session: Session, instance: int, change: Change) -> list[Shift]:
    """What would move in an instance; nothing is written.

    Raises:
        Stuck, ExpressionError: a rule cannot be evaluated.
    """
    row = _row(session, instance, lock=False)
    if row.state is None or not change.concerned(state.variables(row.state)):
        return []
    return _Again(engine, session, row, change, lock=False).shifts


def reschedule(
    engine: Engine,
    session: Session,
    instance: int,
    change: Change,
    actor: Actor,
    action: str = "rescheduled",
    **reason: object,
) -> list[Shift]:
    """Move what moves, with one entry in the history (``action``), in the caller's transaction; doing it again changes nothing.

    Variables that keep a date are rewritten first, since rules read them. Whoever calls lets the engine settle
    after the commit, so that what is due now happens now.

    Raises:
        Stuck, ExpressionError: a rule cannot be evaluated; nothing has changed.
    """
    row = _row(session, instance, lock=True)
    if row.state is None or not change.concerned(state.variables(row.state)):
        return []
    again = _Again(engine, session, row, change, lock=True)
    if not again.shifts and not again.variables:
        return []
    for shift in again.shifts:
        again.write(shift)
    store.rewrite_state(session, row.id, state.dump(again.instance))
    moved = [[shift.element, shift.before, shift.after] for shift in again.shifts]
    detail = {"dates": moved, "variables": again.variables, **reason}
    record(session, actor, engine.clock.now(), action, row.key, instance=row.id, **detail)
    return again.shifts


def _row(session: Session, instance: int, *, lock: bool) -> InstanceRow:
    query = select(instances).where(instances.c.id == instance)
    row = get_row(session, query.with_for_update() if lock else query, InstanceRow)
    if row is None:
        raise NotFound()
    return row


class _Again:
    """One instance with its dates worked out again, in memory."""

    def __init__(
        self,
        engine: Engine,
        session: Session,
        row: InstanceRow,
        change: Change,
        *,
        lock: bool,
    ) -> None:
        self.session = session
        assert row.state is not None
        rewritten, self.variables = state.rewritten(row.state, change.rewriting)
        version = engine.definitions.version(session, row.definition_id)
        self.moving: InstanceTransaction = engine.moving(session, version, row.process, row.key, SYSTEM)
        self.instance: Instance = self.moving.load(row.id, rewritten, row.status)
        self._affected, self._now = change.affected, engine.clock.now()
        self._items = self._open_items(lock)
        self._timers = self._open_timers()
        self.shifts = [shift for shift in (*self._work(), *self._waiting()) if shift.before != shift.after]

    def _open_items(self, lock: bool) -> dict[int, WorkItemRow]:
        """Work must be locked before it moves: a sweep that has it now leaves another rule of its escalation behind."""
        mine = work_items.c.instance_id == self.moving.id, work_items.c.closed_at.is_(None)
        query = select(work_items).where(*mine).order_by(work_items.c.id)
        rows = get_rows(self.session, query.with_for_update() if lock else query, WorkItemRow)
        return {row.id: row for row in rows}

    def _open_timers(self) -> dict[int, TimerRow]:
        query = select(timers).where(timers.c.instance_id == self.moving.id).order_by(timers.c.id)
        return {row.id: row for row in get_rows(self.session, query, TimerRow)}

    def _work(self) -> Iterator[Shift]:
        for row in self._items.values():
            token = self.instance.find(row.token)
            rule = None if token is None else token.task_spec.particulars.due_date
            if token is not None and rule is not None and self._affected(rule):
                self.moving.as_of(row.created_at)
                due = instant_of(rule, token, self.moving.zone)
                yield Shift("work", row.id, row.process, row.element, _name(token), row.due_at, due)

    def _waiting(self) -> Iterator[Shift]:
        for row in self._timers.values():
            token = self.instance.find(row.token)
            if token is not None and self._reads_again(token, row.armed_at):
                self.moving.as_of(row.armed_at or row.due_at)
                assert isinstance(token.task_spec, CatchEvent)
                process, due = self.moving.process_of(token), token.task_spec.falls_due(token)
                yield Shift("timer", row.id, process, row.element, _name(token), row.due_at, due)

    def _reads_again(self, token: Token, armed_at: dt.datetime | None) -> bool:
        """Of a timer that a recall restored it is not known when it was armed: a rule that asks for the time stays."""
        spec = token.task_spec
        rule = spec.event.value if isinstance(spec, CatchEvent) and spec.event.timer != "cycle" else None
        if rule is None or not self._affected(rule):
            return False
        asks_for_time = spec.event.timer == "duration" or rule.calls & {"now", "today"}
        return armed_at is not None or not asks_for_time

    def write(self, shift: Shift) -> None:
        """Row and token say the same."""
        if shift.kind == "work":
            row = self._items[shift.number]
            reached = self._reached(row, shift.after) if row.escalation else None
            store.set_due_date(self.session, row.id, shift.after, reached)
            return
        token = self.instance.find(self._timers[shift.number].token)
        assert token is not None
        assert shift.after is not None
        token.internal_data["due"] = shift.after.isoformat()
        moved = {"due_at": shift.after, "retry_at": shift.after, "attempts": 0}
        self.session.execute(update(timers).where(timers.c.id == shift.number).values(**moved))

    def _reached(self, row: WorkItemRow, due: dt.datetime | None) -> store.Reached:
        if due is None or row.escalation is None:
            return row.escalation_step, None
        deadline = Deadline(row.instance_id, row.escalation, row.work_scope, due, row.created_at)
        return self.moving.world.escalation_after_move(self.session, row.id, deadline, self._now)


def _name(token: Token) -> LocalizedText:
    spec = token.task_spec
    name = str(spec.bpmn_name or spec.bpmn_id)
    return LocalizedText(name, str(spec.particulars.properties.get("name_en", name)))
