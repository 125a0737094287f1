"""Events: what starts, stops, waits, fires and is thrown (BPMN 2.0, 10.5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from SpiffWorkflow.util.task import TaskState

from engine.diagrams.elements import Element, interrupt, throw_outwards
from engine.diagrams.tokens import CycleRest, Instance, Internal, Scope, Thrown, Token
from engine.expressions import Expression, Value
from engine.iso import UTC, BadTime, cycle, duration, from_first, instant
from engine.json import Values
from engine.text import LocalizedText

Kind = Literal["none", "message", "signal", "timer", "error", "escalation", "terminate", "link", "compensate"]


@dataclass(frozen=True, slots=True)
class Event:
    """An event definition: its kind and the name (or code) by which throwers and catchers meet."""

    kind: Kind = "none"
    name: str = ""
    timer: Literal["date", "duration", "cycle", ""] = ""
    value: Expression | None = None
    key: Expression | None = None
    life: Expression | None = None
    into: str = ""

    def payload(self, code: str | None) -> Values:
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
        scope, activity = token.workflow, self.event.name
        chosen = [name for name in scope.done if activity in ("", name)]
        scope.done = [name for name in scope.done if name not in chosen]
        token.internal_data["undo"] = [self._undoing(scope, name) for name in chosen]
        return self._undo_next(token)

    def _undoing(self, scope: Scope, name: str) -> str:
        """What undoes a completed activity; a newer version of the diagram may have taken it away."""
        element: Element | None = scope.spec.task_specs.get(name)
        if element is None or element.undo is None:
            raise self.stuck(
                LocalizedText(
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
        elif self.event.kind == "signal":
            self._wait_from_now(token)
        return False

    def _wait_from_now(self, token: Token) -> None:
        """A signal does not reach whoever begins to wait after it was thrown."""
        token.internal_data["since"] = token.instance.host.now.isoformat()

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

    def caught(self, token: Token, payload: Mapping[str, Value]) -> None:
        """The event happened: its payload becomes variables and the token may go on."""
        token.data.update(payload)
        race = token.internal_data.get("race")
        if race is not None:
            for other in list(token.workflow.tasks.values()):
                if other is not token and other.internal_data.get("race") == race:
                    token.workflow.drop(other)
        token._ready()

    def _due(self, token: Token) -> tuple[dt.datetime, CycleRest | None]:
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
        text = from_first(str(value), first) if read.span.months else str(value)
        rest: CycleRest = {"text": text, "left": None if read.times is None else read.times - 1}
        return first, rest

    def wait_again(self, token: Token, beside: Literal["host", "listens"]) -> None:
        """An event that does not interrupt may happen again: another token takes this one's place.

        ``beside`` is what ties it there: "host" for a boundary event, "listens" for an event sub-process.
        """
        rest = token.internal_data.pop("cycle", None)
        tie: Internal = {}
        if beside == "host":
            tie["host"] = token.internal_data.pop("host")
        else:
            tie["listens"] = token.internal_data.pop("listens")
        if self.event.kind != "timer":
            follower = self._follower(token)
            follower.internal_data.update(tie)
            if self.event.kind == "signal":
                self._wait_from_now(follower)
        elif rest is not None:
            self._arm_next_round(token, rest, tie)

    def _follower(self, token: Token) -> Token:
        top = token.instance
        top.last_id += 1
        return Token(token.workflow, self, top.last_id, token.data, TaskState.WAITING)

    def _arm_next_round(self, token: Token, rest: CycleRest, tie: Internal) -> None:
        """Arm the next time in the rhythm that is still ahead: missed rounds count, and happen as one."""
        host = token.instance.host
        read = cycle(rest["text"], host.zone)
        due = dt.datetime.fromisoformat(token.internal_data["due"]).astimezone(UTC)
        due, rounds = read.ahead(due, host.now, host.zone)
        left = None if rest["left"] is None else rest["left"] - rounds
        if (left is not None and left < 0) or (read.until is not None and due > read.until):
            return
        follower = self._follower(token)
        follower.internal_data.update(
            {**tie, "due": due.isoformat(), "cycle": {"text": rest["text"], "left": left}}
        )
        token.instance.moves.armed[follower.id] = follower


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

    def caught(self, token: Token, payload: Mapping[str, Value]) -> None:
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
            if not throw_outwards(token, "error", self.event.name):
                raise uncaught(token, LocalizedText("错误", "error"), self.event.name)
            return None
        else:
            throw(token, self.event)
            if token.id in token.workflow.tasks:
                return True
            token.instance.note(token, self.finished_event)
            return None
        return None

    def _end_scope(self, token: Token) -> None:
        """BPMN 2.0, 10.5.6: every other token of the scope ends with this one."""
        scope = token.workflow
        token.instance.note(token, self.finished_event)
        scope.forget(token)
        scope.clear()
        scope.finish()

    def next_names(self, token: Token) -> list[str]:
        return []


def throw(token: Token, event: Event) -> None:
    """Do what a throwing event does: tell the scopes around, or whoever waits, here or in other instances.

    Receivers in the same instance are chosen now, before the scope of the token can end: a message goes to the
    nearest that waits for it under the same business key, a signal to all (BPMN 2.0, 10.5.1).

    Raises:
        Stuck: nobody catches an escalation, or the message's key is empty.
    """
    if event.kind == "escalation":
        if not throw_outwards(token, "escalation", event.name):
            raise uncaught(token, LocalizedText("升级", "escalation"), event.name)
    elif event.kind in ("message", "signal"):
        thrown = Thrown(
            event.kind, event.name, _key_of(token, event), dict(token.data), _life_of(token, event)
        )
        own = thrown.kind == "signal" or thrown.key in (None, token.instance.host.key)
        caught = own and _catch_here(token, thrown)
        if thrown.kind == "signal" or not caught:
            token.instance.moves.thrown.append(thrown)


def uncaught(token: Token, what: LocalizedText, code: str) -> Exception:
    """What stops an instance in which an error or an escalation finds nobody who catches it."""
    zh, en = f"{what.zh}“{code}”没有边界事件或事件子流程接住。", f"nobody catches the {what.en} “{code}”."
    return token.task_spec.stuck(LocalizedText(zh, en))


def _key_of(token: Token, event: Event) -> str | None:
    if event.key is None:
        return None
    key = token.instance.evaluate(event.key, token)
    if key is None or isinstance(key, (list, dict)) or not str(key).strip():
        zh, en = f"消息“{event.name}”的业务键是空的。", f"the key of the message “{event.name}” is empty."
        raise token.task_spec.stuck(LocalizedText(zh, en))
    return str(key)


def _life_of(token: Token, event: Event) -> dt.timedelta | None:
    if event.life is None:
        return None
    host = token.instance.host
    try:
        return duration(token.instance.evaluate(event.life, token)).after(host.now, host.zone) - host.now
    except BadTime as fault:
        raise token.task_spec.stuck(fault.words) from None


def _catch_here(token: Token, thrown: Thrown) -> bool:
    """Whether somebody in the same instance waits for it now; they catch it at once."""
    scopes, scope = [token.workflow], token.workflow
    while scope.owner is not None:
        scope = scope.owner.workflow
        scopes.append(scope)
    near = [task for scope in scopes for task in scope.tasks.values()]
    waiting = [token for token in near if _waits_for(token, thrown.kind, thrown.name)]
    near_ids = {id(token) for token in near}
    rest = sorted(token.instance.every_token(), key=lambda element: element.id)
    waiting += [
        token for token in rest if id(token) not in near_ids and _waits_for(token, thrown.kind, thrown.name)
    ]
    for catcher in waiting:
        if catcher.workflow.tasks.get(catcher.id) is catcher:
            catcher.task_spec.caught(catcher, thrown.payload)
            if thrown.kind == "message":
                return True
    return bool(waiting)


def _waits_for(token: Token, kind: str, name: str) -> bool:
    event: Event | None = getattr(token.task_spec, "event", None)
    waits = token.state == TaskState.WAITING and isinstance(token.task_spec, CatchEvent)
    return waits and event is not None and (event.kind, event.name) == (kind, name)


def deliver(
    instance: Instance,
    kind: str,
    name: str,
    payload: Mapping[str, Value],
    thrown_at: dt.datetime | None = None,
) -> int:
    """Give a message to the first token that waits for it, a signal to all; returns how many caught it.

    A signal does not reach tokens that began to wait after it was thrown.
    """
    caught = 0
    for token in sorted(instance.every_token(), key=lambda t: t.id):
        if token.workflow.tasks.get(token.id) is not token or not _waits_for(token, kind, name):
            continue
        since = token.internal_data.get("since")
        if thrown_at is not None and since is not None and dt.datetime.fromisoformat(since) > thrown_at:
            continue
        token.task_spec.caught(token, payload)
        caught += 1
        if kind == "message":
            break
    instance.run()
    return caught


def fire(instance: Instance, number: int) -> Token | None:
    """A timer fell due: its token goes on. None: the token is no longer there."""
    token = instance.find(number)
    if token is None or token.state != TaskState.WAITING:
        return None
    token.task_spec.caught(token, {})
    instance.run()
    return token
