"""A rehearsal: the engine on tables in memory and a clock that jumps, with people who answer by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.clock import PushedClock
from engine.definitions.versions import Version
from engine.diagrams.elements import UserTask
from engine.diagrams.tokens import Instance, Stuck
from engine.engine import MOST_AT_ONCE, Engine
from engine.errors import DomainError, WrongValues
from engine.expressions import Value
from engine.expressions.value import as_json
from engine.forms.form import Form
from engine.host import SYSTEM, Actor, OpenWork
from engine.instances.incidents import NEVER, record_incident
from engine.instances.transaction import InstanceTransaction
from engine.iso import BadTime
from engine.json import JsonObject
from engine.schema import INSTANCE, definitions, incidents, instances, messages, processes, timers
from engine.simulation.answers import Answers, RehearsedAnswers
from engine.simulation.host import Around, RehearsedWork, RehearsedWorld
from engine.simulation.memory import MemoryDatabase
from engine.text import LocalizedText
from engine.workers.start_timers import StartTimers

MOST_MOVES: Final = 2_500
"""Tasks, timers and messages in one rehearsal."""
KEY: Final = "rehearsal:1"
"""The business key of what is rehearsed, unless another is given."""
_SOMEBODY: Final = Actor("预演", kind="system")
_TOO_LONG: Final = LocalizedText(
    "预演步数过多，已停止。", "The rehearsal takes too many steps; it was stopped."
)


@dataclass(frozen=True, slots=True)
class Beside:
    """Another instance that runs from the beginning; what has the same key gets the same messages."""

    process: str
    key: str = KEY
    start: JsonObject = field(default_factory=dict)


@dataclass
class Rehearsal:
    """What happened; :meth:`as_json` is what the command prints."""

    trace: list[dict[str, str]] = field(default_factory=list)
    ended: bool = False
    open: list[dict[str, str]] = field(default_factory=list)
    variables: dict[str, Value] = field(default_factory=dict)
    incident: dict[str, str] | None = None
    work: list[RehearsedWork] = field(default_factory=list)
    statuses: list[tuple[dt.datetime, str, str]] = field(default_factory=list)
    """(when, process, status), in order."""
    messages: list[tuple[dt.datetime, str, str]] = field(default_factory=list)
    """(when, kind, name) of what was thrown."""

    def as_json(self) -> dict[str, object]:
        """The result as plain JSON."""
        return {
            "trace": self.trace,
            "ended": self.ended,
            "open": self.open,
            "variables": self.variables,
            "incident": self.incident,
        }


def rehearse(
    version: Version,
    process: str,
    *,
    key: str = KEY,
    start: JsonObject | None = None,
    answers: Answers | None = None,
    also: Sequence[Beside] = (),
    at: dt.datetime,
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai"),
    delays: Mapping[str, str] | None = None,
    around: Around | None = None,
) -> Rehearsal:
    """Run a process of a version to its end, or until nothing can move any more.

    ``answers`` maps a task's element id (or its name) to the values it is completed with: one
    object, a list of objects for the first, second … time (the last one is repeated), or null for a
    task that nobody completes. ``delays`` are durations (ISO 8601) that people take over a task, by its id;
    ``around`` answers named functions as the installation does. ``also`` are started first. An instance in which
    something fails stops there; the others go on.
    """
    for name in [process, *(other.process for other in also)]:
        version.spec(name)
    stage = _Stage(version, RehearsedAnswers(dict(answers or {}), dict(delays or {})), at, zone, around)
    try:
        return stage.play(Beside(process, key, dict(start or {})), also)
    finally:
        stage.engine.database.close()


class _NothingByItself(StartTimers):
    """Only what is rehearsed is started, whatever the clock starts in an installation."""

    def arm(self) -> None:
        """There is nothing to arm."""


class _RehearsedEngine(Engine):
    """The engine; what its transactions moved stays to be looked at."""

    def __init__(self, version: Version, world: RehearsedWorld, clock: PushedClock) -> None:
        super().__init__(MemoryDatabase(), world, clock)
        self.starts = _NothingByItself(self)
        self.moved: list[InstanceTransaction] = []
        self.moves = 0
        self.failures = 0
        self.stopped: set[int] = set()
        """Instances in which something failed."""
        with self.database.writing() as session:
            _publish_unchecked(session, version, clock.now())
        self.definitions.remember(version)

    def moving(
        self, session: Session, version: Version, process: str, key: str, actor: Actor
    ) -> InstanceTransaction:
        moving = super().moving(session, version, process, key, actor)
        self.moved.append(moving)
        return moving

    def settle(self, most: int = MOST_AT_ONCE) -> int:
        done = super().settle(min(most, MOST_MOVES + 1 - self.moves))
        self.moves += done
        if done:
            self.leave_what_failed()
        return done

    def leave_what_failed(self) -> None:
        """What failed is not tried again, and its instance is left alone; everything else goes on."""
        with self.database.reading() as session:
            failed = session.execute(select(incidents.c.instance_id)).scalars().all()
        if len(failed) > self.failures:
            self.failures = len(failed)
            self.stopped.update(number for number in failed if number is not None)
            with self.database.writing() as session:
                for table in (timers, messages):
                    session.execute(update(table).where(table.c.attempts > 0).values(retry_at=NEVER))


def _publish_unchecked(session: Session, version: Version, now: dt.datetime) -> None:
    row = {"id": version.id, "hash": "", "number": 1, "published_at": now, "published_by": "", "files": {}}
    session.execute(insert(definitions), row)
    for process, file in version.file_of.items():
        row = {"definition_id": version.id, "process": process, "file": file, "current": True}
        session.execute(insert(processes), row)


class _Stage:
    """One rehearsal while it runs."""

    def __init__(
        self,
        version: Version,
        people: RehearsedAnswers,
        at: dt.datetime,
        zone: ZoneInfo,
        around: Around | None,
    ) -> None:
        self.version, self.people, self.zone = version, people, zone
        self.clock = PushedClock(at)
        self.world = RehearsedWorld(zone, people, around)
        self.engine = _RehearsedEngine(version, self.world, self.clock)
        self.order: list[int] = []
        """Instances in the order in which they answer: the one that is rehearsed comes first."""
        self.last: dict[int, Instance] = {}
        """Each instance as it was last in memory: what has ended is stored without its variables."""
        self.result = Rehearsal(work=self.world.work, statuses=self.world.statuses)

    # -- the play ---------------------------------------------------------------------------

    def play(self, main: Beside, also: Sequence[Beside]) -> Rehearsal:
        """Start, and go on until nothing moves any more."""
        others = [self._start(other) for other in also]
        first = self._start(main)
        self.order = [number for number in [first, *others] if number is not None]
        try:
            self.engine.settle()
            while self._one_answer() or self._jump():
                self._collect()
                if self.engine.moves > MOST_MOVES:
                    raise Stuck(_TOO_LONG)
        except (Stuck, BadTime) as fault:
            self._record(f"process:{main.process}", fault)
        self._collect()
        self._close(main, first)
        return self.result

    def _start(self, beside: Beside) -> int | None:
        """Start an instance; None: it failed, which is recorded."""
        starts = self.version.spec(beside.process).bpmn_start_events
        start = None if any(start.plain for start in starts) else starts[0].name
        try:
            with self.engine.database.writing() as session:
                moving = self.engine.moving(session, self.version, beside.process, beside.key, SYSTEM)
                return moving.begin(dict(beside.start), start)
        except Exception as fault:
            self._record(f"process:{beside.process}", fault)
            return None

    def _one_answer(self) -> bool:
        """Complete one task whose time has come."""
        for item, done_at in self._answered():
            if done_at <= self.clock.now():
                self._answer(item)
                return True
        return False

    def _answered(self) -> list[tuple[OpenWork, dt.datetime]]:
        """Open tasks that somebody does, with when they are done, in the order in which they are answered."""
        places = {instance: place for place, instance in enumerate(self.order)}
        result = [
            (item, self.people.done_at(item.element, item.name, work.offered_at, self.zone))
            for item, work in self.world.desk.values()
            if item.instance not in self.engine.stopped
            and not self.people.leaves_alone(item.element, item.name)
        ]
        return sorted(
            result,
            key=lambda work: (places.get(work[0].instance, len(places) + work[0].instance), work[0].id),
        )

    def _answer(self, item: OpenWork) -> None:
        """Complete a task as on its page: what stands in the form before anybody types, and the answer upon it."""
        values = dict(self.people.answer(item.element, item.name))
        self.people.not_for_ever(item.instance, item.element, item.name)
        form = self.version.elements[item.process, item.element].particulars.form
        if form.fields:
            with self.engine.database.reading() as session:
                prefilled = form.prefilled(self.engine.work_item(session, item.id).variables)
            values = {**{name: as_json(value) for name, value in prefilled.items()}, **values}
        self.engine.moves += 1
        try:
            self.engine.complete(item.id, values, _SOMEBODY)
            self.world.close(item.id, "completed", self.clock.now())
        except WrongValues as fault:
            self._record(item.instance, _unanswered(item, form, fault))
        except DomainError:  # the engine has recorded why
            self.engine.leave_what_failed()

    def _jump(self) -> bool:
        """Let time pass until something falls due or somebody is done; False: nothing is ahead."""
        with self.engine.database.reading() as session:
            due = self.engine.next_due(session)
        ahead = [done_at for _, done_at in self._answered()]
        ahead += [due] if due is not None and due < NEVER else []
        if not ahead:
            return False
        self.clock.push_to(min(ahead))
        self.engine.settle()
        return True

    def _record(self, subject: int | str, fault: Exception) -> None:
        with self.engine.database.writing() as session:
            record_incident(session, subject, "rehearsal", fault, self.clock.now())
        self.engine.leave_what_failed()

    # -- what is told of it -----------------------------------------------------------------

    def _collect(self) -> None:
        """Take over what was passed and thrown since the last look, also on the way to a failure."""
        for moving in self.engine.moved:
            if moving.instance is None:
                continue
            self.last[moving.id] = moving.instance
            moves, at = moving.instance.moves, self._said(moving.now)
            self.result.trace += [
                {
                    "at": at,
                    "process": self.version.process_of.get(passed.process, passed.process),
                    "key": moving.key,
                    "element": passed.element,
                    "name": passed.name,
                    "event": passed.event,
                }
                for passed in moves.passed
            ]
            self.result.messages += [(moving.now, thrown.kind, thrown.name) for thrown in moves.thrown]
        self.engine.moved.clear()

    def _close(self, main: Beside, first: int | None) -> None:
        with self.engine.database.reading() as session:
            rows = session.execute(select(*INSTANCE).order_by(instances.c.id)).all()
            running = {
                row.id: self.engine.opened(session, row, SYSTEM) for row in rows if row.state is not None
            }
            self.result.incident = _first_incident(session)
        order = dict.fromkeys([*self.order, *running])
        self.result.open = [
            row for number in order if number in running for row in self._open(running[number])
        ]
        self.result.ended = not running and self.result.incident is None
        if first is None:
            self.result.variables = dict(main.start)
        else:
            instance = running[first].instance if first in running else self.last[first]
            self.result.variables = dict(instance.variables)

    def _open(self, moving: InstanceTransaction) -> list[dict[str, str]]:
        """Where an instance stands; several instances of one task each for itself."""
        rows = []
        for token in moving.instance.every_token():
            alone = token.internal_data.keys().isdisjoint(("of", "listens"))
            if alone or isinstance(token.task_spec, UserTask):
                row = {
                    "process": moving.process,
                    "key": moving.key,
                    "element": token.task_spec.bpmn_id,
                    "name": token.task_spec.bpmn_name or "",
                }
                if "due" in token.internal_data:
                    row["due"] = self._said(dt.datetime.fromisoformat(token.internal_data["due"]))
                rows.append(row)
        return rows

    def _said(self, at: dt.datetime) -> str:
        return at.astimezone(self.zone).isoformat()


def _unanswered(item: OpenWork, form: Form, fault: WrongValues) -> DomainError:
    """Why a task cannot be completed with its answer: the step, the field, and what is wrong with it."""
    labels = {field.id: field.label for field in form.fields}
    zh, en = [], []
    for field_id, words in fault.problems.items():
        label = labels.get(field_id)
        zh.append(f"“{label.zh}”{words.zh}" if label else words.zh)
        en.append(f"“{label.en}”: {words.en}" if label else words.en)
    words = LocalizedText(f"“{item.name}”：{''.join(zh)}", f"“{item.name}”: {' '.join(en)}")
    refusal = DomainError("wrong_values", words)
    refusal.place = item.element, item.name
    return refusal


def _first_incident(session: Session) -> dict[str, str] | None:
    query = select(incidents, instances.c.process, instances.c.key).join(instances, isouter=True)
    row = session.execute(query.order_by(incidents.c.id).limit(1)).one_or_none()
    if row is None:
        return None
    return {
        "process": row.process or row.subject.partition("process:")[2],
        "key": row.key or "",
        "element": row.element or "",
        "name": row.name or "",
        "message_zh": row.words_zh,
        "message_en": row.words_en,
    }
