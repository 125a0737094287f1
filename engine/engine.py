"""The one door into an instance.

Whoever moves an instance (a person's form, a timer, a message, an operator) comes through here, in
one transaction: lock, load, run to the next wait, write every row that follows, commit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine.audit.history import history_row, record
from engine.clock import Clock
from engine.database import Database, rows_of
from engine.definitions.versions import publish
from engine.diagrams.elements import Element
from engine.diagrams.tokens import Thrown, Token
from engine.errors import AlreadyDone, DomainError, NotAllowed, NotFound, WrongValues
from engine.expressions import Value
from engine.forms.form import Form
from engine.host import MESSAGE, SYSTEM, Actor, ProcessHost, Values
from engine.instances import store
from engine.instances.incidents import record_incident, resolve, words_of
from engine.instances.thrown import post
from engine.instances.transaction import InstanceTransaction
from engine.json import JsonObject
from engine.owners import person_owner
from engine.rows import get_row
from engine.runtime import Runtime
from engine.schema import (
    INSTANCE,
    command_receipts,
    history,
    incidents,
    instances,
    messages,
    timers,
    work_items,
)
from engine.text import LocalizedText
from engine.workers.messages import deliver_one
from engine.workers.start_timers import StartTimers
from engine.workers.timers import fire_one

MOST_AT_ONCE = 10_000
"""Timers and messages that one call of :meth:`Engine.settle` works through."""
LATE: Final = dt.timedelta(minutes=1)
"""What has been due for longer was missed: it is made up for in its order, beside escalation levels."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One task on somebody's desk, with everything that its page needs."""

    id: int
    instance: int
    definition: int
    process: str
    key: str
    element: str
    name: str
    owner: str
    offered_to: str
    due_at: dt.datetime | None
    escalation: str | None
    escalation_at: dt.datetime | None
    status: str | None
    form: Form
    properties: Mapping[str, str]
    documentation: str
    variables: Mapping[str, Value]
    created_at: dt.datetime
    closed_at: dt.datetime | None
    closed_by: str | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Completion:
    """What came of completing a work item."""

    instance: int
    next_items: list[int]
    ended: bool
    repeated: bool = False


Check = Callable[[Session, WorkItem], Actor | None]
"""Whether this actor may do this now; raises a refusal when not. Returns as whom it counts, None: as they came."""

_SEEN = (
    *("id", "instance_id", "token", "process", "key", "element", "name", "owner", "offered_to", "due_at"),
    *("escalation", "escalation_at", "created_at", "closed_at", "closed_by", "outcome"),
)


class _WorkOfInstance(NamedTuple):
    """A work item (the columns ``_SEEN``) with what is read of its instance."""

    id: int
    instance_id: int
    token: int
    process: str
    key: str
    element: str
    name: str
    owner: str
    offered_to: str
    due_at: dt.datetime | None
    escalation: str | None
    escalation_at: dt.datetime | None
    created_at: dt.datetime
    closed_at: dt.datetime | None
    closed_by: str | None
    outcome: str | None
    runs_on: int
    main: str
    state: bytes | None
    status: str | None


_lock_item = (
    select(
        *(work_items.c[name] for name in _SEEN),
        instances.c.definition_id.label("runs_on"),
        instances.c.process.label("main"),
        instances.c.state,
        instances.c.status,
    )
    .join(instances, instances.c.id == work_items.c.instance_id)
    .where(work_items.c.id == bindparam("number"))
)
_lock_item_for_update = _lock_item.with_for_update(of=instances)
_insert_receipt = insert(command_receipts)
_next_due = tuple(
    select(column).order_by(column).limit(1) for column in (timers.c.retry_at, messages.c.retry_at)
)


class Engine(Runtime):
    """Runs diagrams durably on one database."""

    def __init__(self, database: Database, world: ProcessHost, clock: Clock) -> None:
        super().__init__(database, world, clock)
        self.starts = StartTimers(self)

    # -- definitions -----------------------------------------------------------------------

    def publish(
        self, session: Session, files: Mapping[str, bytes], by: str, note: str = "", scope: str = ""
    ) -> int:
        """Publish diagrams and tables as one version; see :func:`engine.definitions.versions.publish`."""
        return publish(session, files, by, self.clock.now(), note, scope)

    def diagram(self, session: Session, definition: int, process: str) -> str:
        """The BPMN text of the diagram that shows a process of a version."""
        version = self.definitions.version(session, definition)
        return version.files[version.file_of[process]].decode()

    # -- starting --------------------------------------------------------------------------

    def start_with_form(
        self,
        session: Session,
        process: str,
        key: str,
        variables: JsonObject,
        values: JsonObject,
        actor: Actor,
    ) -> int:
        """Start an instance as a person does, in the caller's transaction: its start form takes the ``values``.

        ``variables`` is what work about this business key begins with; the form cannot say otherwise.

        Raises:
            NotFound: no such process, or none that a person could begin.
            WrongValues: with a sentence per field, or per value for which there is no field.
        """
        version = self.version_to_start(session, process, key, variables)
        start = version.plain_start(process)
        moving = self.moving(session, version, process, key, actor)
        clean = moving.read_form_before(start.particulars.form, variables, values)
        return moving.begin({**clean, **variables}, start.name)

    # -- people ----------------------------------------------------------------------------

    def work_item(self, session: Session, number: int) -> WorkItem:
        """Read one work item with its form and the variables that it sees."""
        row = get_row(session, _lock_item, _WorkOfInstance, {"number": number})
        if row is None:
            raise NotFound()
        return self._view(session, row, None)

    def complete(
        self,
        number: int,
        values: JsonObject,
        actor: Actor,
        *,
        receipt: str | None = None,
        check: Check | None = None,
    ) -> Completion:
        """Complete a work item with form values, once.

        The same ``receipt`` again answers as the first time did and changes nothing.

        Raises:
            NotFound, NotAllowed: from ``check``.
            WrongValues: with a sentence per field; nothing has changed.
            AlreadyDone: somebody else was first; says who and when.
            DomainError: the diagram cannot go on; an incident has been recorded, nothing has changed.
        """
        try:
            with self.database.writing() as session:
                answer, wake = self._complete(session, number, values, actor, receipt, check)
        except DomainError:
            raise
        except IntegrityError as fault:
            with self.database.reading() as session:
                done = self._done_meanwhile(session, number, receipt)
            if done is None:
                raise self._incident_of(number, fault, actor) from fault
            return done
        except Exception as fault:
            raise self._incident_of(number, fault, actor) from fault
        if wake and not self._is_behind():
            self.settle()
        return answer

    def _complete(
        self,
        session: Session,
        number: int,
        values: JsonObject,
        actor: Actor,
        receipt: str | None,
        check: Check | None,
    ) -> tuple[Completion, bool]:
        row = get_row(session, _lock_item_for_update, _WorkOfInstance, {"number": number})
        if row is None:
            raise NotFound()
        if row.closed_at is not None:
            return self._repeated(session, number, receipt), False
        if row.state is None:  # read before the lock: the instance ended in between
            return self._repeated(session, number, receipt), False
        version = self.definitions.version(session, row.runs_on)
        moving = self.moving(session, version, row.main, row.key, actor)
        instance = moving.load(row.instance_id, row.state, row.status)
        token = instance.find(row.token)
        if token is None:  # read before the lock: it was completed or taken back in between
            return self._repeated(session, number, receipt), False
        if check is not None:
            actor = moving.actor = check(session, self._view(session, row, token)) or actor
        clean = self._read_form(moving, token, values)
        token.data.update(clean)
        moving.actor = actor
        token.run()
        instance.run()
        items = moving.save("completed", element=row.element, values=clean)
        if receipt:
            answer = {"item": number, "instance": row.instance_id, "next": items, "ended": instance.over}
            session.execute(
                _insert_receipt, {"key": receipt, "person": actor.person, "answer": answer, "at": moving.now}
            )
        return Completion(row.instance_id, items, instance.over), moving.wake_at is not None

    def _read_form(self, moving: InstanceTransaction, token: Token, values: JsonObject) -> Values:
        particulars = token.task_spec.particulars
        if not particulars.form.fields:
            clean, problems = dict(values), {}
        else:
            reading = particulars.form.read(values, token.data, moving.functions(token))
            clean, problems = reading.values, dict(reading.problems)
        name = particulars.properties.get("guard")
        if name:
            guard = self.world.guard(name)
            if guard is None:
                raise DomainError("unknown_guard", _unknown_guard(name))
            for field, words in guard(moving.step(token), {**clean}).items():
                problems.setdefault(field, words)
        if problems:
            raise WrongValues(problems)
        return clean

    def _repeated(self, session: Session, number: int, receipt: str | None) -> Completion:
        """What answered the same receipt before.

        Raises:
            AlreadyDone: somebody else was first.
        """
        done = self._done_meanwhile(session, number, receipt)
        if done is None:
            raise AlreadyDone(None, None)
        return done

    def _done_meanwhile(self, session: Session, number: int, receipt: str | None) -> Completion | None:
        """What answered the same receipt before; None: the work is still open.

        Raises:
            AlreadyDone: somebody else was first.
        """
        answer = None
        if receipt:
            answer = session.execute(
                select(command_receipts.c.answer).where(command_receipts.c.key == receipt)
            ).scalar_one_or_none()
        if answer is not None and answer.get("item") == number:
            return Completion(answer["instance"], answer["next"], answer["ended"], repeated=True)
        row = session.execute(
            select(work_items.c.closed_by, work_items.c.closed_at, work_items.c.outcome).where(
                work_items.c.id == number
            )
        ).one_or_none()
        if row is None:
            raise NotFound()
        if row.closed_at is None:
            return None
        raise AlreadyDone(row.closed_by, row.closed_at, row.outcome or "completed")

    def claim(self, number: int, actor: Actor, check: Check | None = None) -> None:
        """Take an offered work item onto one's own desk."""
        self._hand(number, person_owner(actor.person), "claimed", actor, check)

    def release(self, number: int, actor: Actor, check: Check | None = None) -> None:
        """Give a claimed work item back to those it was offered to."""
        self._hand(number, None, "released", actor, check)

    def _hand(self, number: int, owner: str | None, action: str, actor: Actor, check: Check | None) -> None:
        with self.database.writing() as session:
            row = get_row(session, _lock_item_for_update, _WorkOfInstance, {"number": number})
            if row is None:
                raise NotFound()
            if row.closed_at is not None:
                raise AlreadyDone(row.closed_by, row.closed_at, row.outcome or "completed")
            if check is not None:
                actor = check(session, self._view(session, row, None)) or actor
            if action == "claimed" and row.owner.startswith("person:") and row.owner != owner:
                raise NotAllowed(
                    LocalizedText("已被他人领取。", "Somebody else has already taken it."), "already_claimed"
                )
            new = owner or row.offered_to
            if not store.set_owner(session, number, new):
                self._repeated(session, number, None)
            now = self.clock.now()
            record(
                session,
                actor,
                now,
                action,
                row.key,
                instance=row.instance_id,
                element=row.element,
                owner=[row.owner, new],
            )

    def _view(self, session: Session, row: _WorkOfInstance, token: Token | None) -> WorkItem:
        version = self.definitions.version(session, row.runs_on)
        element: Element = version.elements[(row.process, row.element)]
        variables: Mapping[str, Value] = {}
        if token is None and row.state is not None:
            moving = self.moving(session, version, row.main, row.key, SYSTEM)
            token = moving.load(row.instance_id, row.state, row.status).find(row.token)
            variables = moving.instance.variables
        if token is not None:
            variables = token.data
        particulars = element.particulars
        return WorkItem(
            row.id, row.instance_id, row.runs_on, row.process, row.key, row.element, row.name, row.owner, row.offered_to, row.due_at, row.escalation,
            row.escalation_at, row.status, particulars.form, particulars.properties, particulars.documentation, variables, row.created_at,
            row.closed_at, row.closed_by, row.outcome,
        )  # fmt: skip

    # -- messages and timers ---------------------------------------------------------------

    def send(
        self,
        session: Session,
        name: str,
        key: str | None,
        payload: JsonObject,
        actor: Actor = MESSAGE,
        kind: str = "message",
        target: int | None = None,
    ) -> None:
        """Store a message or signal with the caller's transaction; :meth:`settle` delivers it.

        With a ``target`` a message goes to that instance and to no other.

        Raises:
            DomainError: a message without a business key, with which no process begins.
        """
        now = self.clock.now()
        if (
            kind == "message"
            and key is None
            and target is None
            and not self.definitions.started_by(session, kind, name, "", payload)
        ):
            raise DomainError("message_without_key", _whose_message(name))
        post(session, [Thrown(kind, name, key, payload)], now, target=target)
        record(session, actor, now, "sent", key or f"{kind}:{name}", instance=target, name=name)

    def settle(self, most: int = MOST_AT_ONCE) -> int:
        """Deliver stored messages and fire due timers, oldest first, each in its own transaction."""
        self.starts.arm()
        with self.database.reading() as session:
            due = self.next_due(session)
        if due is None or due > self.clock.now():
            return 0
        done, look = 0, True  # after a timer that threw nothing there is no message to look for
        while done < most:
            if look and deliver_one(self):
                done += 1
            elif (woke := fire_one(self)) is not None:
                done, look = done + 1, woke
            elif self.starts.fire_one():
                done, look = done + 1, True
            elif look:
                break
            else:
                look = True
        return done

    def _is_behind(self) -> bool:
        """Whether something was missed, which a person's form must not set going out of its order."""
        with self.database.reading() as session:
            due = self.next_due(session)
        return due is not None and due < self.clock.now() - LATE

    def next_due(self, session: Session) -> dt.datetime | None:
        """When the next timer, message or timer start event wants attention."""
        due = [rows[0][0] for query in _next_due if (rows := rows_of(session, query, {}))]
        due.append(self.starts.next_due(session))
        return min((d for d in due if d is not None), default=None)

    # -- looking and mending ---------------------------------------------------------------

    def tokens(self, session: Session, number: int) -> list[tuple[str, str]]:
        """(process, element) of every token of an instance, boundary events aside, called processes included."""
        return self.tokens_of(session, [number])[number]

    def tokens_of(self, session: Session, numbers: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        """The same of each of several instances; none of those that have ended."""
        result: dict[int, list[tuple[str, str]]] = {number: [] for number in numbers}
        query = select(*INSTANCE).where(instances.c.id.in_(numbers), instances.c.state.is_not(None))
        for row in session.execute(query).all():
            moving = self.opened(session, row, SYSTEM)
            result[row.id] = [
                (moving.process_of(token), token.task_spec.bpmn_id)
                for scope in moving.instance.scopes()
                for token in scope.live()
            ]
        return result

    def retry(self, incident: int, actor: Actor) -> None:
        """Try again now what an incident stopped."""
        with self.database.writing() as session:
            row = session.execute(select(incidents).where(incidents.c.id == incident)).one_or_none()
            if row is None:
                raise NotFound()
            now = self.clock.now()
            if row.instance_id is not None:
                resolve(session, row.instance_id, now, actor.name)
                timers_put_off = timers.c.instance_id == row.instance_id, timers.c.attempts > 0
                session.execute(
                    update(timers).where(*timers_put_off).values(retry_at=timers.c.due_at, attempts=0)
                )
                if row.doing == "escalation":
                    store.look_at_levels(session, row.instance_id, now)
            else:
                resolve(session, row.subject, now, actor.name)
                self.starts.try_again(session, row.subject)
            session.execute(
                update(messages)
                .where(
                    messages.c.attempts > 0,
                    messages.c.target.is_(None) | (messages.c.target == row.instance_id),
                )
                .values(retry_at=now, attempts=0)
            )
            session.execute(
                insert(history),
                history_row(actor, now, "retried", f"incident:{incident}", instance=row.instance_id),
            )
        self.settle()

    def _incident_of(self, number: int, fault: Exception, actor: Actor) -> DomainError:
        with self.database.writing() as session:
            instance = session.execute(
                select(work_items.c.instance_id).where(work_items.c.id == number)
            ).scalar_one_or_none()
            if instance is None:
                raise fault
            record_incident(session, instance, "completion", fault, self.clock.now(), actor)
        words = words_of(fault)
        zh = f"流程暂时无法继续：{words.zh}您填写的内容没有丢失，管理员已收到通知。"
        en = f"The process cannot go on for now: {words.en} Nothing you typed is lost; the administrators know."
        return DomainError("incident", LocalizedText(zh, en))


def _unknown_guard(name: str) -> LocalizedText:
    """A check that nobody knows lets nothing through: silence would let everything through."""
    return LocalizedText(
        f"流程图要求的核对“{name}”不存在，请联系流程管理员。",
        f"The diagram asks for the guard “{name}”, which does not exist; tell the process owner.",
    )


def _whose_message(name: str) -> LocalizedText:
    return LocalizedText(
        f"没有流程以消息“{name}”开始；请写明业务键（例如 ticket:17），说明送给哪一件事项。",
        f"No process begins with the message “{name}”; give the business key (for instance ticket:17) of the work it is for.",
    )
