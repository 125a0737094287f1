"""A rehearsal: the real engine in memory, on a clock that jumps, with people who answer by themselves."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from SpiffWorkflow.util.task import TaskState

from engine.definitions import Version
from engine.diagrams.elements import UserTask
from engine.diagrams.events import CatchEvent, deliver, fire
from engine.diagrams.tokens import BusinessError, Instance, Stuck, Thrown, Token
from engine.errors import NotFound
from engine.expressions import ExpressionError
from engine.iso import UTC, BadTime
from engine.offering import instant_of, owners_of
from engine.rehearsed_answers import Answers, RehearsedAnswers
from engine.rehearsed_functions import RehearsedFunctions, or_as_written
from engine.words import Words

MOST_MOVES = 20_000
"""Tasks, timers and messages in one rehearsal."""
Around = Callable[[dt.datetime, Mapping[str, Any]], Mapping[str, Callable[..., Any]]]
"""Named functions at a moment, for the variables of one instance: how the house answers them."""


@dataclass(slots=True)
class Work:
    """A task that stood on somebody's desk; ``outcome`` is empty while it stands there."""

    process: str
    element: str
    name: str
    owners: list[str]
    due: dt.datetime | None
    ladder: str | None
    status: str | None
    offered_at: dt.datetime
    closed_at: dt.datetime | None = None
    outcome: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Run:
    """One started process of the rehearsal."""

    process: str
    instance: Instance
    read: int = 0
    status: str | None = None


@dataclass
class Rehearsal:
    """What happened; :meth:`as_json` is what the command prints."""

    trace: list[dict[str, Any]] = field(default_factory=list)
    ended: bool = False
    open: list[dict[str, Any]] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    incident: dict[str, Any] | None = None
    work: list[Work] = field(default_factory=list)
    statuses: list[tuple[dt.datetime, str, str]] = field(default_factory=list)
    """(when, process, status), in order."""
    messages: list[tuple[dt.datetime, str, str]] = field(default_factory=list)
    """(when, kind, name) of what was thrown."""

    def as_json(self) -> dict[str, Any]:
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
    start: Mapping[str, Any] | None = None,
    answers: Answers | None = None,
    also: Sequence[str] = (),
    at: dt.datetime,
    zone: ZoneInfo = ZoneInfo("Asia/Shanghai"),
    delays: Mapping[str, str] | None = None,
    around: Around | None = None,
    until: dt.datetime | None = None,
) -> Rehearsal:
    """Run a process of a version to its end, or until nothing can move any more.

    ``answers`` maps a task's element id (or its name) to the values it is completed with: one
    object, a list of objects for the first, second … time (the last one is repeated), or null for a
    task that nobody completes. ``delays`` are durations (ISO 8601) that people take over a task, by its id;
    ``around`` answers named functions as the house does; after ``until`` nothing more happens.
    """
    stage = _Stage(version, dict(answers or {}), at, zone, dict(delays or {}), around, until)
    for one in [process, *also]:
        version.spec(one)
    stage.play(process, dict(start or {}), also)
    return stage.result


class _Stage:
    """Everything that a rehearsal holds: its clock, its processes, its post."""

    def __init__(
        self,
        version: Version,
        answers: dict[str, Any],
        at: dt.datetime,
        zone: ZoneInfo,
        delays: dict[str, str],
        around: Around | None,
        until: dt.datetime | None,
    ) -> None:
        self.around, self.until = around, until
        self.desk: dict[tuple[int, int], Work] = {}
        self.version = version
        self.people = RehearsedAnswers(answers, delays)
        self.now = at.astimezone(UTC)
        self.zone = zone
        self.key = "rehearsal:1"
        self.runs: list[_Run] = []
        self.post: deque[tuple[Thrown, _Run]] = deque()
        self.result = Rehearsal()
        self.at_work: _Run | None = None

    # -- what the tokens ask ----------------------------------------------------------------

    def functions(self, token: Token) -> Mapping[str, Callable[..., Any]]:
        found = RehearsedFunctions(self.now, self.zone)
        if self.around is not None:
            known = self.around(self.now, token.data)
            found.update({name: or_as_written(name, work) for name, work in known.items()})
        return found

    def serve(self, topic: str, token: Token) -> Mapping[str, Any] | None:
        answer = self.people.answer(token)
        if isinstance(answer, Mapping) and set(answer) == {"error"}:
            raise BusinessError(str(answer["error"]))
        return answer if isinstance(answer, Mapping) else None

    def decide(self, decision: str, token: Token) -> Any:
        found = self.version.decisions.get(decision)
        if found is None:
            raise token.task_spec.stuck(
                Words(f"没有决策表“{decision}”。", f"There is no decision “{decision}”.")
            )
        return found.evaluate(token.data, self.functions(token))

    # -- the play ---------------------------------------------------------------------------

    def play(self, process: str, variables: dict[str, Any], also: Sequence[str]) -> None:
        try:
            self._start(process, None, variables)
            for one in also:
                self._start(one, None, {})
            moves = 0
            while self._one_move():
                moves += 1
                if moves > MOST_MOVES:
                    raise Stuck(
                        Words("预演步数过多，已停止。", "The rehearsal takes too many steps; it was stopped.")
                    )
        except Stuck as stuck:
            self._stopped(stuck.words, stuck.element, stuck.name)
        except (ExpressionError, NotFound, BadTime) as fault:
            self._stopped(fault.words, "", "")
        except RecursionError:
            self._stopped(Words("流程嵌套过深。", "The process is nested too deeply."), "", "")
        self._close()

    def _stopped(self, words: Words, element: str, name: str) -> None:
        if self.at_work is not None:
            self._trace(self.at_work)
        process = self.at_work.process if self.at_work else ""
        self.result.incident = {
            "process": process,
            "element": element,
            "name": name,
            "message_zh": words.zh,
            "message_en": words.en,
        }

    def _close(self) -> None:
        if not self.runs:
            return
        self.result.ended = all(run.instance.over for run in self.runs) and self.result.incident is None
        self.result.variables = dict(self.runs[0].instance.variables)
        for run in self.runs:
            for token in run.instance.every_token():
                if token.internal_data.keys().isdisjoint(("of", "listens")) or isinstance(
                    token.task_spec, UserTask
                ):
                    row = {
                        "process": run.process,
                        "element": token.task_spec.bpmn_id,
                        "name": token.task_spec.bpmn_name or "",
                    }
                    if "due" in token.internal_data:
                        row["due"] = self._said(dt.datetime.fromisoformat(token.internal_data["due"]))
                    self.result.open.append(row)

    def _one_move(self) -> bool:
        return self._carry_post() or self._fire_due() or self._answer_one() or self._jump()

    def _start(self, process: str, start: str | None, variables: dict[str, Any]) -> None:
        instance = Instance(self.version.spec(process), self.version.specs, variables, self)
        run = _Run(process, instance)
        self.runs.append(run)
        with self._working(run):
            if start is None and not any(one.plain for one in instance.spec.bpmn_start_events):
                start = instance.spec.bpmn_start_events[0].name
            instance.begin(start)

    def _working(self, run: _Run) -> _Working:
        return _Working(self, run)

    def _collect(self, run: _Run) -> None:
        """Take over what an instance noted and threw since the last look, and what stands on desks now."""
        moves = run.instance.moves
        self._trace(run)
        self._desks(run)
        if moves.status is not None and moves.status != run.status:
            run.status = moves.status
            self.result.statuses.append((self.now, run.process, moves.status))
        self.result.messages.extend((self.now, one.kind, one.name) for one in moves.thrown)
        self.post.extend((thrown, run) for thrown in moves.thrown)
        moves.thrown.clear()
        moves.steps = moves.made = 0

    def _trace(self, run: _Run) -> None:
        moves = run.instance.moves
        for one in moves.passed[run.read :]:
            process = self.version.process_of.get(one.process, one.process)
            self.result.trace.append(
                {
                    "at": self._said(self.now),
                    "process": process,
                    "element": one.element,
                    "name": one.name,
                    "event": one.event,
                }
            )
        run.read = len(moves.passed)

    def _desks(self, run: _Run) -> None:
        """What came onto a desk since the last look, and what is no longer there."""
        live = {token.id: token for token in run.instance.every_token()}
        for (at, number), work in self.desk.items():
            if at == id(run) and number not in live and not work.outcome:
                work.closed_at, work.outcome = self.now, "cancelled"
        for token in run.instance.moves.offered.values():
            key = (id(run), token.id)
            if key in self.desk or token.id not in live:
                continue
            spec = token.task_spec
            process = self.version.process_of.get(token.workflow.spec.name, token.workflow.spec.name)
            owners, due = self._who_and_when(token)
            self.desk[key] = Work(
                process, spec.bpmn_id, spec.bpmn_name or spec.bpmn_id, owners, due,
                spec.particulars.properties.get("ladder"), spec.particulars.status, self.now,
                variables=dict(token.data),
            )  # fmt: skip
            self.result.work.append(self.desk[key])

    def _who_and_when(self, token: Token) -> tuple[list[str], dt.datetime | None]:
        """Started without the variables that a step asks for, nobody can be named, and the rest still plays."""
        try:
            owners, owner, _ = owners_of(token)
            due = instant_of(token.task_spec.particulars.due_date, token, self.zone)
        except (ExpressionError, Stuck):
            return ["?"], None
        return owners if owner == "many" else [owner], due

    def _carry_post(self) -> bool:
        if not self.post:
            return False
        thrown, sender = self.post.popleft()
        others = [run for run in self.runs if run is not sender]
        for run in [*others, sender]:
            with self._working(run):
                caught = deliver(run.instance, thrown.kind, thrown.name, thrown.payload)
            if caught and thrown.kind == "message":
                return True
        self._started_by(thrown)
        return True

    def _started_by(self, thrown: Thrown) -> None:
        for process in self.version.file_of:
            for start in self.version.spec(process).bpmn_start_events:
                if start.event.kind == thrown.kind and start.event.name == thrown.name:
                    self._start(process, start.name, dict(thrown.payload))
                    if thrown.kind == "message":
                        return

    def _timers(self) -> list[tuple[dt.datetime, int, _Run, Token]]:
        found = []
        for order, run in enumerate(self.runs):
            for token in run.instance.every_token():
                spec = token.task_spec
                if (
                    isinstance(spec, CatchEvent)
                    and token.state == TaskState.WAITING
                    and "due" in token.internal_data
                ):
                    due = dt.datetime.fromisoformat(token.internal_data["due"]).astimezone(UTC)
                    found.append((due, order * 1_000_000 + token.id, run, token))
        return sorted(found, key=lambda one: one[:2])

    def _fire_due(self) -> bool:
        for due, _, run, token in self._timers():
            if due <= self.now:
                with self._working(run):
                    fire(run.instance, token.id)
                return True
        return False

    def _answer_one(self) -> bool:
        for run in self.runs:
            for token in sorted(run.instance.every_token(), key=lambda one: one.id):
                if isinstance(token.task_spec, UserTask) and token.state == TaskState.READY:
                    if self._ready_at(run, token) > self.now or self.people.leaves_alone(token):
                        continue
                    answer = self.people.answer(token) or {}
                    self.people.not_for_ever(id(run), token)
                    fields = token.task_spec.particulars.form.fields
                    left_empty = {one.id: None for one in fields if one.id not in token.data}
                    work = self.desk.get((id(run), token.id))
                    if work is not None:
                        work.closed_at, work.outcome = self.now, "completed"
                    with self._working(run):
                        token.data.update({**left_empty, **answer})
                        token.run()
                        run.instance.run()
                    return True
        return False

    def _ready_at(self, run: _Run, token: Token) -> dt.datetime:
        """When whoever has it is done with it."""
        work = self.desk.get((id(run), token.id))
        done = None if work is None else self.people.done_at(token, work.offered_at, self.zone)
        return done or self.now

    def _jump(self) -> bool:
        ahead = [due for due, _, _, _ in self._timers()] + self._people_ahead()
        if not ahead or (self.until is not None and min(ahead) > self.until):
            return False
        self.now = max(self.now, min(ahead))
        return True

    def _people_ahead(self) -> list[dt.datetime]:
        """When people will be done with what is on their desks."""
        return [
            self._ready_at(run, token)
            for run in self.runs
            for token in run.instance.every_token()
            if isinstance(token.task_spec, UserTask)
            and token.state == TaskState.READY
            and not self.people.leaves_alone(token)
        ]

    def _said(self, at: dt.datetime) -> str:
        return at.astimezone(self.zone).isoformat()


class _Working:
    """While one process moves, what it does is collected in order, even when it fails."""

    def __init__(self, stage: _Stage, run: _Run) -> None:
        self._stage, self._run = stage, run

    def __enter__(self) -> None:
        self._stage.at_work = self._run

    def __exit__(self, *failure: object) -> None:
        self._stage._collect(self._run)
