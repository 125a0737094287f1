"""One transaction on one instance: lock, load, move, and write every row that follows from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypedDict, cast
from zoneinfo import ZoneInfo

from SpiffWorkflow.util.task import TaskState
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from engine.audit.history import history_row
from engine.definitions.versions import Version
from engine.diagrams.events import CatchEvent
from engine.diagrams.tokens import Instance, Node, Thrown, Token
from engine.expressions import Functions, Value
from engine.forms.form import Form
from engine.host import Actor, Deadline, OpenWork, ProcessHost, Step, Values
from engine.instances import state, store
from engine.instances.assignment import instant_of, owners_of, priority_of
from engine.instances.thrown import post
from engine.iso import UTC
from engine.json import JsonObject
from engine.schema import END_OF_TIME, candidates, history, messages, subscriptions, timers, work_items
from engine.text import LocalizedText

_insert_history = insert(history)
_insert_timers = insert(timers)
_insert_subscriptions = insert(subscriptions)
_insert_candidates = insert(candidates)
_hold_work = (
    select(work_items.c.id)
    .where(work_items.c.instance_id == bindparam("i"), work_items.c.closed_at.is_(None))
    .order_by(work_items.c.id)
    .with_for_update(key_share=True)
)
_delete_timer = delete(timers).where(timers.c.instance_id == bindparam("i"), timers.c.token == bindparam("t"))
_delete_subscription = delete(subscriptions).where(
    subscriptions.c.instance_id == bindparam("i"),
    subscriptions.c.kind == bindparam("k"),
    subscriptions.c.name == bindparam("n"),
)
_wake_messages = (
    update(messages)
    .where(
        messages.c.kind == bindparam("k"),
        messages.c.name == bindparam("n"),
        messages.c.retry_at > bindparam("at"),
    )
    .where(messages.c.kind == "message", messages.c.key == bindparam("b_key"))
    .values(retry_at=bindparam("at"))
)


class NewWork(TypedDict):
    """The columns of a work item that a diagram offers."""

    instance_id: int
    token: int
    definition_id: int
    process: str
    key: str
    element: str
    name: str
    owner: str
    offered_to: str
    due_at: dt.datetime | None
    sort_at: dt.datetime
    follow_up_at: dt.datetime | None
    priority: int
    escalation: str | None
    escalation_step: int
    escalation_at: dt.datetime | None
    work_scope: str | None
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an instance asks outside itself: the host, other instances that it starts, properties in any version."""

    world: ProcessHost
    start_other: Callable[[Session, str, str, Values, Actor], int]
    property_values: Callable[[int, str | None, str], Collection[str]]


class InstanceTransaction:
    """An instance in the hands of one transaction; also the host that its tokens ask."""

    def __init__(
        self,
        session: Session,
        around: Surroundings,
        version: Version,
        process: str,
        key: str,
        actor: Actor,
        now: dt.datetime,
    ) -> None:
        self.session = session
        self.world = around.world
        self.version = version
        self.process = process
        self.key = key
        self.actor = actor
        self.now = now
        self.id = 0
        self.status: str | None = None
        self.instance: Instance = cast(Instance, None)
        self._start_other = around.start_other
        self._property_values = around.property_values
        self._zone: ZoneInfo | None = None
        self._functions: Functions | None = None
        self.waited: set[tuple[str, str]] = set()
        """The messages and signals for which it waited when it was opened."""
        self._reached_out = self._holds = False
        self.wake_at: dt.datetime | None = None

    # -- opening ---------------------------------------------------------------------------

    def begin(self, variables: Mapping[str, Value], start: str | None = None) -> int:
        """Start a new instance and move it to its first wait; returns its id."""
        own: dict[str, Value] = {**variables}
        self.instance = Instance(self.version.spec(self.process), self.version.specs, own, self)
        self.id = store.open_instance(self.session, self.version.id, self.process, self.key, self.now)
        self.instance.begin(start)
        self.save("started", values=own)
        return self.id

    def load(self, number: int, stored: bytes, status: str | None) -> Instance:
        """Take an instance into memory as it is stored."""
        self.id, self.status = number, status
        self.instance = state.load(stored, self.version.spec(self.process), self.version.specs, self)
        self.waited = _waits(self.instance)
        return self.instance

    def take(self, instance: Instance, before: InstanceTransaction) -> None:
        """Go on with an instance that was put together otherwise; ``before`` has it as it was stored."""
        self.instance, self.id, self.status = instance, before.id, before.status
        self.waited = before.waited

    def as_of(self, at: dt.datetime) -> None:
        """Let rules see another moment as now: the one at which the date that they made was made."""
        self.now, self._functions = at, None

    def process_of(self, token: Token) -> str:
        """The process whose diagram shows the token."""
        name: str = token.workflow.spec.name
        return self.version.process_of.get(name, name)

    # -- what tokens ask -------------------------------------------------------------------

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the instance's bare dates are meant."""
        if self._zone is None:
            variables = {} if self.instance is None else self.instance.variables
            self._zone = self.world.zone_of(self.session, variables)
        return self._zone

    def step(self, token: Token | None) -> Step:
        """What a handler, guard or function gets to see of this moment."""
        spec: Node | None = None if token is None else token.task_spec
        return Step(
            session=self.session,
            instance=self.id,
            process=self.process,
            key=self.key,
            element="" if spec is None else spec.bpmn_id,
            name="" if spec is None else spec.bpmn_name or "",
            properties={} if spec is None else spec.particulars.properties,
            variables=self.instance.variables if token is None else token.data,
            actor=self.actor,
            now=self.now,
            _start=self._start,
            _send=self._send,
            _property_values=self._property_values,
        )

    def functions(self, token: Token) -> Functions:
        if self._functions is None:
            self._functions = self.world.functions(self.step(token))
        return self._functions

    def read_form_before(self, form: Form, variables: JsonObject, values: JsonObject) -> Values:
        """The values of a start form, cleaned; ``variables`` are the variables with which the instance will begin.

        Raises:
            WrongValues: with a sentence per field, or per value for which there is no field.
        """
        self.instance = Instance(self.version.spec(self.process), self.version.specs, {**variables}, self)
        return form.take(values, variables, self.world.functions(self.step(None)))

    def serve(self, topic: str, token: Token) -> Mapping[str, Value] | None:
        handler = self.world.handler(topic)
        if handler is None:
            raise token.task_spec.stuck(
                LocalizedText(f"没有名为“{topic}”的服务。", f"There is no service named “{topic}”.")
            )
        self._hold()
        return handler(self.step(token))

    def _hold(self) -> None:
        """Have the open work before a handler writes anything: a sweep that has it goes on to write the same."""
        if not self._holds:
            self.session.execute(_hold_work, {"i": self.id}).all()
            self._holds = True

    def decide(self, decision: str, token: Token) -> Value:
        table = self.version.decisions.get(decision)
        if table is None:
            raise token.task_spec.stuck(
                LocalizedText(f"没有决策表“{decision}”。", f"There is no decision “{decision}”.")
            )
        return table.evaluate(token.data, self.functions(token))

    def _start(self, process: str, key: str, variables: Values) -> int:
        self._reached_out = True
        return self._start_other(self.session, process, key, variables, self.actor)

    def _send(self, name: str, key: str | None, payload: Values) -> None:
        self._reached_out = True
        post(self.session, [Thrown("message", name, key, payload)], self.now, self.key, self.id)
        self.wake_at = self.now

    # -- writing ---------------------------------------------------------------------------

    def save(self, action: str, *, element: str | None = None, **detail: object) -> list[int]:
        """Write the state and everything that follows from the moves; returns the new work items."""
        moves, instance, execute = self.instance.moves, self.instance, self.session.execute
        status = moves.status or self.status
        ended = self.now if instance.over else None
        can_be_taken_back = action == "completed" and not (instance.over or moves.thrown or self._reached_out)
        stored = None if instance.over else state.dump(instance)
        store.save_instance(self.session, self.id, stored, status, ended, keep_previous=can_be_taken_back)
        cancelled = self._close_gone()
        offered = self._open_offered(status)
        if moves.armed:
            execute(_insert_timers, [self.timer(token) for token in moves.armed.values()])
        self._subscribe()
        if moves.thrown:
            post(self.session, moves.thrown, self.now, self.key, self.id)
            self.wake_at = self.now
        path = [[p.element, p.event] for p in moves.passed]
        before_after = {"status": [self.status, status]} if status != self.status else {}
        execute(
            _insert_history,
            history_row(
                self.actor,
                self.now,
                action,
                self.key,
                instance=self.id,
                element=element,
                path=path,
                **before_after,
                **detail,
            ),
        )
        if cancelled:
            self.world.cancelled(self.session, cancelled, self.actor, self.now)
        self._tell_world(status, offered)
        if can_be_taken_back and self._reached_out:
            store.forget_previous(self.session, self.id)
        return [work.id for work in offered]

    def _close_gone(self) -> list[int]:
        """Close the work whose tokens are gone; returns what was not done."""
        cancelled: list[int] = []
        for token in self.instance.moves.gone.values():
            spec = token.task_spec
            if spec.manual:
                outcome = "completed" if token.state == TaskState.COMPLETED else "cancelled"
                closed = store.close_work_item(self.session, self.id, token.id, outcome, self.actor, self.now)
                if outcome == "cancelled":
                    cancelled += closed
            elif isinstance(spec, CatchEvent) and spec.event.kind == "timer":
                self.session.execute(_delete_timer, {"i": self.id, "t": token.id})
        return cancelled

    def timer(self, token: Token) -> dict[str, object]:
        """A row of the timer table."""
        due = dt.datetime.fromisoformat(token.internal_data["due"]).astimezone(UTC)
        if due <= self.now:
            self.wake_at = self.now
        return {
            "instance_id": self.id,
            "token": token.id,
            "element": token.task_spec.bpmn_id,
            "due_at": due,
            "armed_at": self.now,
            "attempts": 0,
            "retry_at": due,
        }

    def _open_offered(self, status: str | None) -> list[OpenWork]:
        opened: list[OpenWork] = []
        for token in self.instance.moves.offered.values():
            owners, row = self.item(token)
            number = store.open_work_item(self.session, row)
            if len(owners) > 1:
                self.session.execute(
                    _insert_candidates, [{"work_item_id": number, "owner": owner} for owner in owners]
                )
            opened.append(self.open_work(number, row, token, status))
        return opened

    def open_work(self, number: int, row: NewWork, token: Token, status: str | None) -> OpenWork:
        """A work item as the world is told of it."""
        return OpenWork(
            number,
            self.id,
            row["process"],
            self.key,
            row["element"],
            row["name"],
            row["owner"],
            row["due_at"],
            row["escalation"],
            status,
            token.data,
        )

    def item(self, token: Token) -> tuple[list[str], NewWork]:
        """The owners of a task and its row of the desk."""
        spec, particulars = token.task_spec, token.task_spec.particulars
        owners, owner, offered_to = owners_of(token)
        due = instant_of(particulars.due_date, token, self.zone)
        escalation = particulars.properties.get("escalation")
        work_scope, escalation_at = self.world.work_scope(token.data), None
        if escalation and due:
            escalation_at = self.world.first_escalation(
                self.session, Deadline(self.id, escalation, work_scope, due, self.now)
            )
        return owners, {
            "instance_id": self.id,
            "token": token.id,
            "definition_id": self.version.id,
            "process": self.process_of(token),
            "key": self.key,
            "element": spec.bpmn_id,
            "name": spec.bpmn_name or spec.bpmn_id,
            "owner": owner,
            "offered_to": offered_to,
            "due_at": due,
            "sort_at": due or END_OF_TIME,
            "follow_up_at": instant_of(particulars.follow_up_date, token, self.zone),
            "priority": priority_of(token),
            "escalation": escalation,
            "escalation_step": 0,
            "escalation_at": escalation_at,
            "work_scope": work_scope,
            "created_at": self.now,
        }

    def take_over_subscriptions(self, waited: set[tuple[str, str]]) -> None:
        """Subscribe to what the instance waits for; ``waited`` is what its rows of now say."""
        self.waited = waited
        self._subscribe()

    def _subscribe(self) -> None:
        waits = set() if self.instance.over else _waits(self.instance)
        for kind, name in self.waited - waits:
            self.session.execute(_delete_subscription, {"i": self.id, "k": kind, "n": name})
        for kind, name in waits - self.waited:
            self.session.execute(
                _insert_subscriptions, {"instance_id": self.id, "kind": kind, "name": name, "key": self.key}
            )
            woken = self.session.execute(
                _wake_messages, {"k": kind, "n": name, "b_key": self.key, "at": self.now}
            )
            if woken.rowcount:  # type: ignore[attr-defined]
                self.wake_at = self.now
        self.waited = waits

    def _tell_world(self, status: str | None, offered: list[OpenWork]) -> None:
        if status and status != self.status:
            self.world.status_changed(self.step(None), status)
        self.status = status
        if self.instance.over:
            self.world.ended(self.step(None), status)
        if offered:
            self.world.offered(self.session, offered, self.now)


def _waits(instance: Instance) -> set[tuple[str, str]]:
    result: set[tuple[str, str]] = set()
    for token in instance.every_token():
        spec = token.task_spec
        if (
            isinstance(spec, CatchEvent)
            and token.state == TaskState.WAITING
            and spec.event.kind in ("message", "signal")
        ):
            result.add((spec.event.kind, spec.event.name))
    return result
