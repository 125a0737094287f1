"""Processes that the clock starts: timer start events, armed once for each version.

Durations and cycles count from the publication; a date that had passed by then starts nothing. Only
the current version of a process is started, and what was missed while the installation slept happens once.
Each scope with a version of its own is started for itself; whoever lies above leaves it out
(:meth:`engine.host.ProcessHost.begins_with`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.definitions.versions import Version
from engine.diagrams.events import StartEvent
from engine.diagrams.tokens import Instance
from engine.host import CLOCK, SYSTEM
from engine.instances.incidents import back_off, record_incident, resolve
from engine.instances.transaction import InstanceTransaction
from engine.iso import cycle, duration, from_first, instant
from engine.rows import StartTimerRow, get_row, get_rows
from engine.runtime import Runtime
from engine.schema import definitions, processes, start_timers

_newest_version = select(func.max(definitions.c.id))
_next_due = select(func.min(start_timers.c.retry_at))
_due = (
    select(start_timers)
    .order_by(start_timers.c.retry_at, start_timers.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


class _Published(NamedTuple):
    """A process that was published, with the version."""

    definition_id: int
    process: str
    published_at: dt.datetime


class StartTimers:
    """The timer start events of all that is published."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._seen = 0

    def arm(self) -> None:
        """Arm the versions that were published since this server last looked."""
        with self._runtime.database.reading() as session:
            newest: int = session.execute(_newest_version).scalar_one() or 0
        if newest == self._seen:
            return
        with self._runtime.database.reading() as session:
            published = get_rows(session, _published_after(self._seen), _Published)
        for row in published:
            try:
                with self._runtime.database.writing() as session:
                    self._arm_version(session, row)
            except IntegrityError:
                return  # another server armed the same; the next look finds its rows
            except Exception as fault:
                with self._runtime.database.writing() as session:
                    _failed(session, row.process, fault, self._runtime.clock.now())
        self._seen = newest

    def _arm_version(self, session: Session, row: _Published) -> None:
        version = self._runtime.definitions.version(session, row.definition_id)
        armed = select(start_timers.c.element).where(
            start_timers.c.definition_id == version.id, start_timers.c.process == row.process
        )
        known = set(session.execute(armed).scalars())
        for start in _timer_starts(version, row.process):
            if start.bpmn_id not in known:
                when = self._first(session, version, row.process, start, row.published_at)
                named = {"definition_id": version.id, "process": row.process, "element": start.bpmn_id}
                session.execute(insert(start_timers), {**named, "attempts": 0, **when})

    def _first(
        self, session: Session, version: Version, process: str, start: StartEvent, published: dt.datetime
    ) -> dict[str, object]:
        """When a start event is due first; ``retry_at`` is None when that is never."""
        moving = self._runtime.moving(session, version, process, f"process:{process}", SYSTEM)
        moving.instance = Instance(version.spec(process), version.specs, {}, moving)
        once = {"cycle": None, "left": None}
        try:
            expression = start.event.value
            assert expression is not None
            functions = moving.world.functions(moving.step(None)) if expression.calls else {}
            value = expression.evaluate({}, functions)
            if start.event.timer == "date":
                due = instant(value, moving.zone)
                return {"due_at": due, "retry_at": due if due > published else None, **once}
            if start.event.timer == "duration":
                due = duration(value).after(published, moving.zone)
                return {"due_at": due, "retry_at": due, **once}
            read = cycle(value, moving.zone)
            first = read.start or read.span.after(published, moving.zone)
            text = from_first(str(value), first) if read.span.months else str(value)
            return _round(text, read.times, first, published, moving)
        except Exception as fault:
            _failed(session, process, fault, moving.now)
            return {"due_at": published, "retry_at": None, **once}

    def try_again(self, session: Session, subject: str) -> None:
        """Start at the next look what had failed, for the subject of an incident (``process:NAME``)."""
        process = start_timers.c.process == subject.removeprefix("process:")
        session.execute(
            update(start_timers)
            .where(process, start_timers.c.attempts > 0)
            .values(retry_at=start_timers.c.due_at, attempts=0)
        )

    def next_due(self, session: Session) -> dt.datetime | None:
        """When the next process is to be started."""
        moment: dt.datetime | None = session.execute(_next_due).scalar_one()
        return moment

    def fire_one(self) -> bool:
        """Start the process that is due first; False: none is."""
        runtime, now = self._runtime, self._runtime.clock.now()
        row: StartTimerRow | None = None
        try:
            with runtime.database.writing() as session:
                row = get_row(session, _due.where(start_timers.c.retry_at <= now), StartTimerRow)
                if row is None:
                    return False
                version = runtime.definitions.version(session, row.definition_id)
                zone = runtime.world.zone_of(session, {})
                key = f"timer:{row.id}:{row.due_at.astimezone(zone):%Y-%m-%dT%H:%M:%S}"
                moving = runtime.moving(session, version, row.process, key, CLOCK)
                scope = _current_scope(session, row)
                if scope is not None:
                    knows = runtime.definitions.begins_with(session, row.process, scope)
                    moving.begin(knows, _named(version, row).name)
                after: dict[str, object] = {"retry_at": None}
                if row.cycle is not None:
                    left = None if row.left is None else row.left - 1
                    due = cycle(row.cycle, moving.zone).span.after(row.due_at, moving.zone)
                    after = _round(row.cycle, left, due, now, moving)
                _change(session, row, attempts=0, **after)
                if row.attempts:
                    resolve(session, f"process:{row.process}", now)
        except Exception as fault:
            if row is None:
                raise
            with runtime.database.writing() as session:
                _change(session, row, attempts=row.attempts + 1, retry_at=back_off(now, row.attempts))
                _failed(session, row.process, fault, now)
        return True


def _published_after(last: int) -> Select[int, str, dt.datetime]:
    return (
        select(processes.c.definition_id, processes.c.process, definitions.c.published_at)
        .join(definitions, definitions.c.id == processes.c.definition_id)
        .where(processes.c.current, processes.c.definition_id > last)
    )


def _timer_starts(version: Version, process: str) -> Iterator[StartEvent]:
    return (
        bpmn_start_event
        for bpmn_start_event in version.spec(process).bpmn_start_events
        if bpmn_start_event.event.kind == "timer"
    )


def _named(version: Version, row: StartTimerRow) -> StartEvent:
    return next(
        timer_start
        for timer_start in _timer_starts(version, row.process)
        if timer_start.bpmn_id == row.element
    )


def _current_scope(session: Session, row: StartTimerRow) -> str | None:
    """The scope in which the version of a start timer is in force; None: another one has taken its place."""
    current = select(processes.c.scope).where(
        processes.c.definition_id == row.definition_id,
        processes.c.process == row.process,
        processes.c.current,
    )
    return session.execute(current).scalar_one_or_none()


def _round(
    text: str, times: int | None, due: dt.datetime, after: dt.datetime, moving: InstanceTransaction
) -> dict[str, object]:
    """The first round of a cycle that lies ahead; those that were missed are not made up for."""
    read = cycle(text, moving.zone)
    ahead, missed = read.ahead(due, after, moving.zone)
    left = None if times is None else times - missed
    over = (left is not None and left <= 0) or (read.until is not None and ahead > read.until)
    return {"due_at": ahead, "retry_at": None if over else ahead, "cycle": text, "left": left}


def _change(session: Session, row: StartTimerRow, **values: object) -> None:
    session.execute(update(start_timers).where(start_timers.c.id == row.id).values(**values))


def _failed(session: Session, process: str, fault: Exception, now: dt.datetime) -> None:
    record_incident(session, f"process:{process}", "start", fault, now)
