"""What the engine must ask the world, and how it is answered.

The engine knows no campaign and no person. Whoever runs diagrams (the domain, a rehearsal, a
test) plugs in one :class:`ProcessHost`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.errors import CLOCK_NAME
from engine.expressions import Functions, Value
from engine.json import Values
from engine.text import LocalizedText

__all__ = [
    "CLOCK",
    "MESSAGE",
    "SYSTEM",
    "Actor",
    "Deadline",
    "Guard",
    "Handler",
    "OpenWork",
    "ProcessHost",
    "Step",
    "Values",
]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something. ``person`` is None for the clock, a message or an operator's command."""

    name: str
    person: int | None = None
    on_behalf_of: int | None = None
    kind: Literal["person", "clock", "message", "system"] = "person"


CLOCK = Actor(CLOCK_NAME, kind="clock")
MESSAGE = Actor("消息", kind="message")
SYSTEM = Actor("系统", kind="system")


@dataclass(slots=True)
class Step:
    """One element of one instance at work: what handlers, guards and functions get to see.

    ``variables`` is the instance's own dictionary: a handler may change it. ``key`` is the
    business key given at the start (for instance ``ticket:17``).
    """

    session: Session
    instance: int
    process: str
    key: str
    element: str
    name: str
    properties: Mapping[str, str]
    variables: MutableMapping[str, Value]
    actor: Actor
    now: dt.datetime
    _start: Callable[[str, str, Values], int] = field(repr=False)
    _send: Callable[[str, str | None, Values], None] = field(repr=False)
    _property_values: Callable[[int, str | None, str], Collection[str]] = field(repr=False)

    def property_values(self, definition: int, element: str | None, name: str) -> Collection[str]:
        """What a property says of the elements of this name in any version."""
        return self._property_values(definition, element, name)

    def start(self, process: str, key: str, variables: Values) -> int:
        """Start another instance in the same transaction; returns its id."""
        return self._start(process, key, variables)

    def send(self, message: str, key: str | None, payload: Values) -> None:
        """Send a message to the instance with business key ``key`` (None: the own one) that waits for it.

        It is stored with this transaction and delivered right after the commit.
        """
        self._send(message, key, payload)


Handler = Callable[[Step], Mapping[str, Value] | None]
"""A service task's work; what it returns is merged into the variables."""

Guard = Callable[[Step, Values], Mapping[str, LocalizedText]]
"""Looks at form values before a task completes; returns a sentence per field that is wrong."""


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A work item as it is about to be offered: for escalations and notices."""

    id: int
    instance: int
    process: str
    key: str
    element: str
    name: str
    owner: str
    due_at: dt.datetime | None
    escalation: str | None
    status: str | None
    variables: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Deadline:
    """When work is due, and the escalation that leads there: by whose rules and calendar, and from when on."""

    instance: int
    escalation: str
    work_scope: str | None
    due_at: dt.datetime
    offered_at: dt.datetime


class ProcessHost(Protocol):
    """The protocol that the domain implements and the start-up code plugs in."""

    def zone_of(self, session: Session, variables: Mapping[str, Value]) -> ZoneInfo:
        """The zone in which bare dates and days of an instance with these variables are meant."""
        ...

    def scope_of(self, session: Session, key: str, variables: Mapping[str, Value]) -> str:
        """The narrowest scope in which work with this business key and these variables lies; empty: in none.

        A scope (适用范围) is where a version of a definition is in force; the engine takes it as a text.
        """
        ...

    def scopes_above(self, session: Session, scope: str) -> Sequence[str]:
        """The scopes whose versions are in force in a scope: itself first, the nearest next, at last the empty one."""
        ...

    def begins_with(self, session: Session, scope: str, others: Collection[str]) -> Values:
        """What an instance knows that the clock or a signal starts for a whole scope.

        ``others`` are the other scopes that have a version of its process of their own: those inside this
        one are not its to look after.
        """
        ...

    def functions(self, step: Step) -> Functions:
        """Named functions for expressions: milestone(), workdays_before(), post() …"""
        ...

    def handler(self, topic: str) -> Handler | None:
        """What a service task with this topic does."""
        ...

    def guard(self, name: str) -> Guard | None:
        """What a user task's ``guard`` property names."""
        ...

    def status_changed(self, step: Step, status: str) -> None:
        """The instance reached an element with this ``status`` property."""
        ...

    def ended(self, step: Step, status: str | None) -> None:
        """The instance ended, with the status of its last end event."""
        ...

    def work_scope(self, variables: Mapping[str, Value]) -> str | None:
        """By whose rules and calendar the escalation of work with these variables goes: kept with it, in 60 characters."""
        ...

    def first_escalation(self, session: Session, deadline: Deadline) -> dt.datetime | None:
        """When its escalation first has somebody to tell about the deadline of work that is offered."""
        ...

    def escalation_after_move(
        self, session: Session, item: int, deadline: Deadline, now: dt.datetime
    ) -> tuple[int, dt.datetime | None]:
        """How many rules are behind work whose deadline moved, and when the next one falls due.

        That may be past already: it is applied at the next sweep. What was told is not told again.
        """
        ...

    def cancelled(self, session: Session, work: Sequence[int], actor: Actor, now: dt.datetime) -> None:
        """Open work was closed without being done; whatever hangs on it is let go, in this transaction."""
        ...

    def offered(self, session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
        """New work stands on somebody's desk: write the notices, in this transaction."""
        ...
