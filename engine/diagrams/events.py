"""Events: what starts, stops, waits, fires and is thrown (BPMN 2.0, 10.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from SpiffWorkflow.util.task import TaskState

from engine.diagrams.elements import Element, interrupt, throw_outwards
from engine.diagrams.tokens import Scope, Thrown, Token
from engine.expressions import Expression
from engine.iso import UTC, BadTime, cycle, duration, instant
from engine.words import Words

Kind = Literal["none", "message", "signal", "timer", "error", "escalation", "terminate", "link", "compensate"]


@dataclass(frozen=True, slots=True)
class Event:
    """An event definition: its kind and the name (or code) by which throwers and catchers meet."""

    kind: Kind = "none"
    name: str = ""
    timer: Literal["date", "duration", "cycle", ""] = ""
    value: Expression | None = None
    key: Expression | None = None
    into: str = ""

    def payload(self, code: str | None) -> dict[str, Any]:
        """The variable that Camunda's errorCodeVariable or escalationCodeVariable asks for."""
        return {self.into: code} if self.into else {}


class EventElement(Element):
    """An element with an event definition."""

    def __init__(self, *args: Any, event_definition: Event | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event_definition or Event()
        self.event_definition = self.event

    def compensate(self, token: Token) -> bool | None:
        """Undo what has completed in the scope, the last first; the token waits (BPMN 2.0, 13.5.5)."""
        scope, wanted = token.workflow, self.event.name
        chosen = [name for name in scope.done if wanted in ("", name)]
        scope.done = [name for name in scope.done if name not in chosen]
        token.internal_data["undo"] = [self._undoing(scope, name) for name in chosen]
        return self._undo_next(token)

    def _undoing(self, scope: Scope, name: str) -> str:
        """What undoes a completed activity; a newer version of the diagram may have taken it away."""
        element: Element | None = scope.spec.task_specs.get(name)
        if element is None or element.undo is None:
            raise self.stuck(
                Words(
                    f"已完成的“{name}”在现在的流程图里没有补偿活动，无法撤销。",
                    f"What completed at “{name}” cannot be undone: the diagram has no compensation activity for it now.",
                )
            )
        return element.undo

    def _undo_next(self, token: Token) -> bool | None:
        left: list[str] = token.internal_data["undo"]
        if not left:
            return True
        token.workflow.enter(left.pop(), token.data, undoes=token.id)
        return None

    def undone(self, token: Token) -> None:
        if self._undo_next(token):
            token.complete()


class CatchEvent(EventElement):
    """Waits until its event happens: an intermediate catch event or a receive task."""

    finished_event = "caught"

    def begin(self, token: Token) -> bool:
        if self.event.kind in ("none", "link"):
            return True
        token._set_state(TaskState.WAITING)
        if self.event.kind == "timer":
            self.arm(token)
        return False

    def catches(self, kind: str) -> bool:
        return self.event.kind == kind

    def arm(self, token: Token) -> None:
        """Work out when the timer falls due and remember it with the token."""
        due, more = self._due(token)
        token.internal_data["due"] = due.isoformat()
        if more is not None:
            token.internal_data["cycle"] = more
        token.instance.moves.armed[token.id] = token

    def falls_due(self, token: Token) -> dt.datetime:
        """When a timer that does not repeat falls due, were it armed now."""
        return self._due(token)[0]

    def caught(self, token: Token, payload: Mapping[str, Any]) -> None:
        """The event happened: its payload becomes variables and the token may go on."""
        token.data.update(payload)
        race = token.internal_data.get("race")
        if race is not None:
            for other in list(token.workflow.tasks.values()):
                if other is not token and other.internal_data.get("race") == race:
                    token.workflow.drop(other)
        token._ready()

    def _due(self, token: Token) -> tuple[dt.datetime, dict[str, Any] | None]:
        host = token.instance.host
        assert self.event.value is not None
        value = token.instance.evaluate(self.event.value, token)
        try:
            if self.event.timer == "date":
                return instant(value, host.zone), None
            if self.event.timer == "duration":
                return duration(value).after(host.now, host.zone), None
            read = cycle(value, host.zone)
        except BadTime as fault:
            raise self.stuck(fault.words) from None
        first = read.start or read.span.after(host.now, host.zone)
        rest = {"text": str(value), "left": None if read.times is None else read.times - 1}
        return first, rest

    def wait_again(self, token: Token, beside: str) -> None:
        """An event that does not interrupt may happen again: another token takes this one's place.

        ``beside`` is what ties it there: "host" for a boundary event, "listens" for an event sub-process.
        """
        rest = token.internal_data.pop("cycle", None)
        tie = {beside: token.internal_data.pop(beside)}
        if self.event.kind != "timer":
            self._follower(token).internal_data.update(tie)
        elif rest is not None and (rest["left"] is None or rest["left"] > 0):
            due = self._next_round(token, rest)
            if due is not None:
                left = None if rest["left"] is None else rest["left"] - 1
                follower = self._follower(token)
                follower.internal_data.update(tie, due=due.isoformat(), cycle={**rest, "left": left})
                token.instance.moves.armed[follower.id] = follower

    def _follower(self, token: Token) -> Token:
        top = token.instance
        top.last_id += 1
        return Token(token.workflow, self, top.last_id, token.data, TaskState.WAITING)

    def _next_round(self, token: Token, rest: Mapping[str, Any]) -> dt.datetime | None:
        """The next time in the rhythm that is still ahead: missed rounds are one reminder, not many."""
        host = token.instance.host
        read = cycle(rest["text"], host.zone)
        due = dt.datetime.fromisoformat(token.internal_data["due"]).astimezone(UTC)
        due, _ = read.ahead(due, host.now, host.zone)
        return None if read.until is not None and due > read.until else due


class IntermediateCatchEvent(CatchEvent):
    """bpmn:intermediateCatchEvent."""


class ReceiveTask(CatchEvent):
    """bpmn:receiveTask: a task that completes when its message comes."""

    finished_event = "completed"


class StartEvent(CatchEvent):
    """bpmn:startEvent: the token that starts the process passes at once, whatever triggered it."""

    finished_event = "started"

    @property
    def plain(self) -> bool:  # type: ignore[override]
        return self.event.kind in ("none", "timer")

    def begin(self, token: Token) -> bool:
        return True


class BoundaryEvent(CatchEvent):
    """bpmn:boundaryEvent: waits as long as the activity it sits on is at work."""

    def __init__(self, *args: Any, cancel_activity: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cancel_activity = cancel_activity

    def caught(self, token: Token, payload: Mapping[str, Any]) -> None:
        if self.cancel_activity:
            interrupt(token.workflow.tasks[token.internal_data["host"]], token)
        else:
            self.wait_again(token, "host")
        token.data.update(payload)
        token._ready()


class ThrowEvent(EventElement):
    """bpmn:intermediateThrowEvent and bpmn:sendTask."""

    finished_event = "thrown"

    def work(self, token: Token) -> bool | None:
        if self.event.kind == "compensate":
            return self.compensate(token)
        throw(token, self.event)
        return True if token.id in token.workflow.tasks else None


class SendTask(ThrowEvent):
    """bpmn:sendTask: throws its message; a topic's handler, if it names one, runs first."""

    finished_event = "completed"

    def work(self, token: Token) -> bool | None:
        if self.particulars.topic:
            token.data.update(token.instance.host.serve(self.particulars.topic, token) or {})
        return super().work(token)


class EndEvent(EventElement):
    """bpmn:endEvent: the token is consumed; an error or a terminate event ends the whole scope."""

    finished_event = "ended"

    def work(self, token: Token) -> bool | None:
        kind = self.event.kind
        if kind == "compensate":
            return self.compensate(token)
        if kind == "terminate":
            self._end_scope(token)
        elif kind == "error":
            token.instance.note(token, self.finished_event)
            if throw_outwards(token, "error", self.event.name):
                return None
            self._end_scope(token, noted=True)
        else:
            throw(token, self.event)
            if token.id in token.workflow.tasks:
                return True
            token.instance.note(token, self.finished_event)
            return None
        return None

    def _end_scope(self, token: Token, *, noted: bool = False) -> None:
        """BPMN 2.0, 10.5.6: every other token of the scope ends with this one."""
        scope = token.workflow
        if not noted:
            token.instance.note(token, self.finished_event)
        scope.forget(token)
        scope.clear()
        scope.finish()

    def next_names(self, token: Token) -> list[str]:
        return []


def throw(token: Token, event: Event) -> None:
    """Do what a throwing event does: tell other instances, or the scope around."""
    if event.kind == "escalation":
        throw_outwards(token, "escalation", event.name)
    elif event.kind in ("message", "signal"):
        key = None if event.key is None else token.instance.evaluate(event.key, token)
        token.instance.moves.thrown.append(Thrown(event.kind, event.name, key, dict(token.data)))


def deliver(instance: Any, kind: str, name: str, payload: Mapping[str, Any]) -> int:
    """Give a message to the first token that waits for it, a signal to all; returns how many caught it."""
    caught = 0
    for token in sorted(instance.every_token(), key=lambda t: t.id):
        if token.state != TaskState.WAITING or token.id not in token.workflow.tasks:
            continue
        event: Event | None = getattr(token.task_spec, "event", None)
        if event is None or event.kind != kind or event.name != name:
            continue
        token.task_spec.caught(token, payload)
        caught += 1
        if kind == "message":
            break
    instance.run()
    return caught


def fire(instance: Any, number: int) -> Token | None:
    """A timer fell due: its token goes on. None: the token is no longer there."""
    token = instance.find(number)
    if token is None or token.state != TaskState.WAITING:
        return None
    token.task_spec.caught(token, {})
    instance.run()
    return token  # type: ignore[no-any-return]
