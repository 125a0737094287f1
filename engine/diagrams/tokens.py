"""Tokens, the scopes in which they stand, and the instance that holds them all."""

from __future__ import annotations

import datetime as dt
from collections import ChainMap, deque
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NoReturn, Protocol, TypedDict, Unpack
from zoneinfo import ZoneInfo

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.diagrams.particulars import Particulars
from engine.expressions import Expression, Functions, Value
from engine.text import LocalizedText

MOST_STEPS = 3_000
"""Automatic steps in one transaction; more is a loop that waits for nobody."""
MOST_TOKENS = 20_000
"""Tokens made in one transaction: multiple instances of multiple instances grow without steps."""

Variables = MutableMapping[str, Value]
"""Variables of a scope: JSON, and dates until the instance is stored."""


class CycleRest(TypedDict):
    """What is left of a repeating timer: the cycle as text, and the rounds after this one (None: without end)."""

    text: str
    left: int | None


class Multi(TypedDict):
    """How far one activity with several instances has come."""

    items: list[Value] | None
    next: int
    done: int
    out: list[Value]


class Internal(TypedDict, total=False):
    """What a token remembers beside its variables; ids are those of other tokens of the scope."""

    of: int
    """The activity of which it is one of several instances,"""
    index: int
    """and which one."""
    multi: Multi
    undoes: int
    """The token that waits until this one has undone something,"""
    undo: list[str]
    """and what that one has still to undo."""
    host: int
    """The activity on which a boundary event sits."""
    listens: bool
    """An event sub-process whose event has not happened."""
    triggered: bool
    race: int
    """The event gateway behind which it waits with others."""
    came: str
    """The element from which it came."""
    chosen: list[str]
    """The ways that a gateway chose."""
    due: str
    cycle: CycleRest
    since: str


class Stuck(Exception):
    """The diagram cannot go on from here; becomes an incident on ``element``."""

    def __init__(self, words: LocalizedText, element: str = "", name: str = "") -> None:
        super().__init__(words.en)
        self.words = words
        self.element = element
        self.name = name


class BusinessError(Exception):
    """A BPMN error that a handler throws: caught by an error boundary event with this code."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Passed:
    """One thing that happened to one element; the trace of a rehearsal and the path in history."""

    process: str
    element: str
    name: str
    event: str


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal on its way to other instances.

    ``key`` None: the business key of whoever throws it. ``life``: how long a message waits for its receiver.
    """

    kind: str
    name: str
    key: str | None
    payload: Mapping[str, Value]
    life: dt.timedelta | None = None


class Host(Protocol):
    """Whoever moves the instance: gives time, functions, handlers and decisions."""

    key: str
    """The business key of the instance."""
    now: dt.datetime

    @property
    def zone(self) -> ZoneInfo: ...

    def functions(self, token: Token) -> Functions: ...

    def serve(self, topic: str, token: Token) -> Mapping[str, Value] | None: ...

    def decide(self, decision: str, token: Token) -> Value: ...


class Repetition(Protocol):
    """The loop characteristics of an activity (BPMN 2.0, 10.3.8), as its tokens use them."""

    @property
    def sequential(self) -> bool: ...

    @property
    def is_loop(self) -> bool: ...

    def begin(self, body: Token) -> None: ...

    def instance_done(self, body: Token, token: Token) -> None: ...


class Node(Protocol):
    """An element of a diagram, as its tokens use it; :class:`engine.diagrams.elements.Element` is one."""

    name: str
    bpmn_id: str
    bpmn_name: str | None
    particulars: Particulars
    looks_again: ClassVar[bool]
    listens: ClassVar[bool]
    undo: str | None
    repeat: Repetition | None
    manual: bool
    lane: str | None
    sources: list[str]
    event: Any
    """What a catching element waits for; others have none."""

    def _update(self, token: Token) -> None: ...

    def next_names(self, token: Token) -> list[str]: ...

    def catches(self, kind: str) -> bool: ...

    def caught(self, token: Token, payload: Mapping[str, Value]) -> None: ...

    def undone(self, token: Token) -> None: ...

    def scope_finished(self, token: Token, scope: Scope) -> None: ...

    def stuck(self, words: LocalizedText) -> Stuck: ...


class Token(Task):  # type: ignore[misc]
    """A Spiff task that is a token and nothing more: no tree, no copy of the data."""

    id: int
    data: Variables
    internal_data: Internal
    task_spec: Node
    workflow: Scope

    def __init__(
        self, scope: Scope, spec: Node, number: int, data: Variables, state: int = TaskState.FUTURE
    ) -> None:
        self.id = number
        self.workflow = scope
        self.task_spec = spec
        self.data = data
        self.internal_data = {}
        self.triggered = False
        self.thread_id = 0
        self.last_state_change = 0.0
        self._parent = None
        self._children: list[int] = []
        self._state = state
        self.stored = False
        scope.tasks[number] = self

    def _set_state(self, value: int) -> None:
        self._state = value

    @property
    def instance(self) -> Instance:
        """The instance in which the token stands."""
        return self.workflow.top_workflow


class Scope:
    """What a process and an embedded or called sub-process have in common: tokens in a flow."""

    spec: BpmnProcessSpec
    tasks: dict[int, Token]
    top_workflow: Instance
    owner: Token | None
    variables: Variables
    over: bool
    done: list[str]

    def element(self, name: str) -> Node:
        """The element of this scope's diagram with this spec name."""
        return self.spec.task_specs[name]  # type: ignore[no-any-return]

    def open(self, start: str) -> None:
        """Begin: event sub-processes listen as long as the scope is open, and a token stands on the start."""
        for name, element in self.spec.task_specs.items():
            if element.listens:
                self.enter(name, self.variables, listens=True)
        self.enter(start, self.variables, triggered=True)

    def enter(self, name: str, data: Variables, **internal: Unpack[Internal]) -> Token:
        """Put a new token on an element and let it do what it does first."""
        token = self._place(name, data, **internal)
        token.task_spec._update(token)
        return token

    def _enter_all(self, tokens: list[Token]) -> None:
        """All tokens of one step stand before the first of them moves: a join behind them waits for all."""
        for token in tokens:
            if self.tasks.get(token.id) is token:
                token.task_spec._update(token)

    def _place(self, name: str, data: Variables, **internal: Unpack[Internal]) -> Token:
        spec = self.element(name)
        top = self.top_workflow
        top.last_id += 1
        top.moves.made += 1
        if top.moves.made > MOST_TOKENS:
            raise spec.stuck(
                LocalizedText(
                    f"一步里产生了超过 {MOST_TOKENS} 个并行的活动，已停止。",
                    f"One step makes more than {MOST_TOKENS} activities at once; it was stopped.",
                )
            )
        token = Token(self, spec, top.last_id, data)
        token.internal_data.update(internal)
        return token

    def leave(self, token: Token) -> None:
        """A completed token goes on along the flows its element chose, or is consumed."""
        self.forget(token)
        body = token.internal_data.get("of")
        if body is None and token.task_spec.undo:
            self.done.append(token.task_spec.name)
        if body is not None:
            holder = self.tasks[body]
            repeat = holder.task_spec.repeat
            assert repeat is not None
            repeat.instance_done(holder, token)
        elif "undoes" in token.internal_data:
            thrower = self.tasks.get(token.internal_data["undoes"])
            if thrower is not None:
                thrower.task_spec.undone(thrower)
        elif not self.over:
            came = token.task_spec.name
            self._enter_all(
                [self._place(name, token.data, came=came) for name in token.task_spec.next_names(token)]
            )
        self.settle()

    def settle(self) -> None:
        """Let waiting inclusive joins look again; a scope in which nothing but listeners is left is complete."""
        if self.over:
            return
        for token in [t for t in self.tasks.values() if t.task_spec.looks_again]:
            if token.id in self.tasks and token.state == TaskState.WAITING:
                token.task_spec._update(token)
        if all("listens" in token.internal_data for token in self.tasks.values()):
            self.finish()

    def finish(self) -> None:
        """The scope is complete: its activity in the scope above completes."""
        if self.over:
            return
        self.over = True
        self.clear()
        if self.owner is None:
            self.top_workflow.completed = True
        else:
            self.top_workflow.subprocesses.pop(self.owner.id, None)
            self.owner.task_spec.scope_finished(self.owner, self)

    def forget(self, token: Token) -> None:
        """The token stands here no longer: its boundary events and its claim on desk and clock end."""
        self.tasks.pop(token.id, None)
        self.top_workflow.gone(token)
        for other in list(self.tasks.values()):
            if other.internal_data.get("host") == token.id:
                self.drop(other)

    def drop(self, token: Token) -> None:
        """Cancel one token with everything inside and upon it."""
        if self.tasks.pop(token.id, None) is None:
            return
        inner = self.top_workflow.subprocesses.pop(token.id, None)
        if inner is not None:
            inner.over = True
            inner.clear()
        for other in list(self.tasks.values()):
            if token.id in [other.internal_data.get(tie) for tie in ("host", "of", "undoes")]:
                self.drop(other)
        token._set_state(TaskState.CANCELLED)
        self.top_workflow.gone(token)
        if "listens" not in token.internal_data:
            self.top_workflow.note(token, "cancelled")

    def clear(self) -> None:
        """Cancel every token of the scope."""
        for token in list(self.tasks.values()):
            self.drop(token)

    def live(self) -> list[Token]:
        """Tokens that stand on an element; what waits beside them (boundary events, listeners) aside."""
        return [t for t in self.tasks.values() if t.internal_data.keys().isdisjoint(("host", "listens"))]


class SubScope(Scope, BpmnSubWorkflow):  # type: ignore[misc]
    """The inside of a sub-process or of a called process."""

    def __init__(self, spec: BpmnProcessSpec, owner: Token, variables: Variables) -> None:
        BpmnSubWorkflow.__init__(self, spec, owner.id, owner.instance, deserializing=True)
        self.owner = owner
        self.variables = variables
        self.over = False
        self.done = []


@dataclass
class Moves:
    """What one transaction did to an instance, for the rows that follow from it."""

    passed: list[Passed] = field(default_factory=list)
    offered: dict[int, Token] = field(default_factory=dict)
    armed: dict[int, Token] = field(default_factory=dict)
    gone: dict[int, Token] = field(default_factory=dict)
    thrown: list[Thrown] = field(default_factory=list)
    status: str | None = None
    steps: int = 0
    made: int = 0


class Instance(Scope, BpmnWorkflow):  # type: ignore[misc]
    """A running process: the outermost scope, and what moves in all of them."""

    def __init__(
        self, spec: BpmnProcessSpec, specs: Mapping[str, BpmnProcessSpec], variables: Variables, host: Host
    ) -> None:
        BpmnWorkflow.__init__(self, spec, specs, script_engine=_NO_PYTHON, deserializing=True)
        self.owner = None
        self.variables = variables
        self.over = False
        self.done = []
        self.skips: set[str] = set()
        """Elements that somebody decided to pass over once, by id."""
        self.last_id = 0
        self.host = host
        self.queue: deque[Token] = deque()
        self.moves = Moves()

    @property
    def top_workflow(self) -> Instance:  # type: ignore[override]
        return self

    # -- what elements tell the instance -------------------------------------------------

    def note(self, token: Token, event: str) -> None:
        """Something happened to an element: goes to the trace and the history."""
        spec = token.task_spec
        self.moves.passed.append(Passed(token.workflow.spec.name, spec.bpmn_id, spec.bpmn_name or "", event))

    def ready(self, token: Token) -> None:
        """A token may run now: by itself, or when a person completes it."""
        if token.task_spec.manual:
            self.moves.offered[token.id] = token
        else:
            self.queue.append(token)

    def gone(self, token: Token) -> None:
        """A token left its element."""
        self.moves.offered.pop(token.id, None)
        self.moves.armed.pop(token.id, None)
        if token.stored:
            self.moves.gone[token.id] = token

    def reached(self, status: str | None) -> None:
        """An element with a status property was reached."""
        if status:
            self.moves.status = status

    # -- moving --------------------------------------------------------------------------

    def begin(self, start: str | None = None) -> None:
        """Put the first token on a start event (by spec name; None: the plain one)."""
        plain = [
            bpmn_start_event for bpmn_start_event in self.spec.bpmn_start_events if bpmn_start_event.plain
        ]
        name = start or min(plain, key=lambda start: start.event.kind != "none").name
        self.open(name)
        self.run()

    def run(self) -> None:
        """Let every automatic token go on until all of them wait.

        Raises:
            Stuck: when an element fails, or the steps never end.
        """
        while self.queue:
            token = self.queue.popleft()
            if token.id not in token.workflow.tasks or token.state != TaskState.READY:
                continue
            self.moves.steps += 1
            if self.moves.steps > MOST_STEPS:
                raise Stuck(
                    LocalizedText(
                        "流程在没有人工或等待步骤的循环里打转，已停止。",
                        "The process runs in a loop that never waits; it was stopped.",
                    ),
                    token.task_spec.bpmn_id,
                    token.task_spec.bpmn_name or "",
                )
            token.run()

    def evaluate(
        self, expression: Expression, token: Token, extra: Mapping[str, Value] | None = None
    ) -> Value:
        """The value of an expression as the token sees the variables."""
        scope: Mapping[str, Value] = token.data if extra is None else ChainMap(dict(extra), token.data)
        return expression.evaluate(scope, self.host.functions(token) if expression.calls else {})

    def scopes(self) -> list[Scope]:
        """The instance and every live scope inside it, outermost first."""
        return [self, *self.subprocesses.values()]

    def find(self, number: int) -> Token | None:
        """The live token with this id."""
        for scope in self.scopes():
            if number in scope.tasks:
                return scope.tasks[number]
        return None

    def every_token(self) -> list[Token]:
        """All live tokens of all scopes."""
        return [token for scope in self.scopes() for token in scope.tasks.values()]


class _NoPython:
    """SpiffWorkflow's script engine would be Python's eval; here nothing reaches it."""

    def evaluate(self, *_args: object, **_more: object) -> NoReturn:
        raise AssertionError("expressions are evaluated by engine.expressions alone")

    execute = evaluate
    call_service = evaluate


_NO_PYTHON = _NoPython()
