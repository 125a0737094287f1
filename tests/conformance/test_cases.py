"""Small diagrams that once went wrong, run by the engine on both databases; each ends as BPMN says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.checks import check
from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.errors import DomainError
from engine.host import Actor
from engine.schema import definitions, incidents, instances, processes, work_items
from tests.engine.drawing import process
from tests.engine.world import SmallWorld

CASES = Path(__file__).parent / "cases"
LI = Actor("李明", person=7)


class Bench:
    """An engine with one case published, checks aside: what is refused today may run since earlier."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def publish(self, *names: str) -> None:
        for name in names:
            file = next(CASES.glob(f"{name}_*.bpmn"))
            self.publish_unchecked({file.name: file.read_bytes()})

    def publish_unchecked(self, files: Mapping[str, bytes]) -> None:
        """As if it had been published before the checks knew of it."""
        with self.engine.database.writing() as session:
            number = 1 + session.execute(select(func.count()).select_from(definitions)).scalar_one()
            row = {"hash": str(number), "number": number, "published_at": self.engine.clock.now(), "note": ""}
            row |= {"published_by": "测试", "files": {name: data.decode() for name, data in files.items()}}
            version = session.execute(definitions.insert().returning(definitions.c.id), row).scalar_one()
            for process_id, file in self.engine.definitions.version(session, version).file_of.items():
                row = {"definition_id": version, "process": process_id, "file": file, "current": True}
                session.execute(processes.insert(), {**row, "name": process_id})

    def start(
        self, process: str = "p", key: str = "ticket:1", variables: Mapping[str, Any] | None = None
    ) -> int:
        with self.engine.database.writing() as session:
            number = self.engine.start(session, process, key, dict(variables or {}))
        self.engine.settle()
        return number

    def open(self, key: str = "ticket:1") -> dict[str, int]:
        query = select(work_items.c.element, work_items.c.id).where(
            work_items.c.key == key, work_items.c.closed_at.is_(None)
        )
        with self.engine.database.reading() as session:
            return {row.element: row.id for row in session.execute(query)}

    def complete(self, element: str, key: str = "ticket:1") -> None:
        self.engine.complete(self.open(key)[element], {}, LI)

    def incidents(self) -> list[str]:
        with self.engine.database.reading() as session:
            query = select(incidents.c.subject, instances.c.process).join(instances, isouter=True)
            return [row.process or row.subject for row in session.execute(query.order_by(incidents.c.id))]

    def push(self, **time: float) -> None:
        clock = self.engine.clock
        assert isinstance(clock, PushedClock)
        clock.push_by(dt.timedelta(**time))
        self.engine.settle()


@pytest.fixture
def bench(database: Database, clock: PushedClock) -> Bench:
    return Bench(Engine(database, SmallWorld(), clock))


def findings(name: str) -> dict[str, str]:
    """Rule to element, of what the check says of a case."""
    file = next(CASES.glob(f"{name}_*.bpmn"))
    return {entry.rule: entry.element for entry in check(file.read_bytes(), file=file.name, companions={})}


def test_two_flows_from_one_gateway_into_one_join_are_done_once(bench: Bench) -> None:
    bench.publish("n03")
    bench.start(variables={"a": True, "b": True})
    assert set(bench.open()) == {"after"}
    bench.complete("after")
    assert bench.open() == {}


def test_an_error_that_nobody_catches_is_a_finding_and_an_incident(bench: Bench) -> None:
    assert findings("n10")["error-uncaught"] == "err"
    bench.publish("n10")
    with pytest.raises(Exception, match="E1"):
        bench.start()
    assert bench.open() == {}


def test_a_call_with_mappings_in_alone_brings_nothing_back(bench: Bench) -> None:
    bench.publish("n24b")
    bench.start(variables={"x": 5})
    work = bench.open()["Q"]
    bench.engine.complete(work, {"x": 9}, LI)
    with bench.engine.database.reading() as session:
        assert bench.engine.work_item(session, bench.open()["after"]).variables["x"] == 5


def test_a_message_waits_for_the_receiver_with_its_key(bench: Bench) -> None:
    bench.publish("n38")
    bench.start()
    bench.start(key="ticket:2")
    bench.complete("A")
    assert (set(bench.open()), set(bench.open("ticket:2"))) == ({"after"}, {"A"})


def test_a_message_that_nobody_wants_is_dropped_in_time(bench: Bench) -> None:
    bench.publish("n38")
    bench.start()
    bench.push(days=31)
    bench.complete("A")
    assert bench.open() == {}


def test_a_signal_at_the_end_of_a_sub_process_reaches_its_boundary(bench: Bench) -> None:
    bench.publish("n43")
    bench.start()
    assert set(bench.open()) == {"H"}


def test_a_message_reaches_the_event_sub_process_of_its_own_scope(bench: Bench) -> None:
    bench.publish("n45")
    bench.start()
    assert set(bench.open()) == {"N"}


def test_a_message_without_a_key_reaches_its_own_ticket_alone(bench: Bench) -> None:
    assert findings("n70")["message-key"] == "T"
    bench.publish("n70")
    bench.start()
    bench.start(key="ticket:2")
    bench.complete("go", "ticket:2")
    assert set(bench.open()) == {"go"}
    assert set(bench.open("ticket:2")) == {"after"}


def test_a_condition_that_fails_keeps_no_other_instance_from_its_timer(bench: Bench) -> None:
    bench.publish("n73", "n72")
    poisoned = bench.start(variables={"place": 5, "sep": []})
    bench.start(innocent(bench), "ticket:2")
    bench.push(hours=2)
    assert bench.incidents() == ["p"]
    assert len(bench.open("ticket:2")) == 1
    with bench.engine.database.reading() as session:
        stopped = select(instances.c.id).where(instances.c.incident)
        assert session.execute(stopped).scalars().all() == [poisoned]


def innocent(bench: Bench) -> str:
    with bench.engine.database.reading() as session:
        process: str = session.execute(
            select(processes.c.process).where(processes.c.file.startswith("n72"))
        ).scalar_one()
        return process


def test_a_timer_start_that_fails_is_tried_again_and_keeps_nobody_else(bench: Bench) -> None:
    bench.publish("n76", "n72")
    bench.engine.world.functions = broken_now  # type: ignore[method-assign,assignment]
    bench.push(seconds=1)
    bench.push(hours=1)
    assert bench.incidents() == ["process:poison_demo"]
    bench.start(innocent(bench), "ticket:2")
    bench.push(minutes=5)
    bench.push(hours=2)
    assert bench.incidents() == ["process:poison_demo"] * 3
    assert len(bench.open("ticket:2")) == 1


def broken_now(_step: object) -> Mapping[str, Any]:
    def now() -> None:
        raise TypeError("planted")

    return {"now": now}


def model(body: str, *pairs: str, name: str = "p", more: str = "") -> bytes:
    outside = '<signal id="S" name="all"/><message id="M" name="go"/><error id="E" errorCode="E1"/><escalation id="U" escalationCode="U1"/>'
    return process(body, *pairs, name=name, outside=outside + more).encode()


def publish(bench: Bench, **files: bytes) -> None:
    with bench.engine.database.writing() as session:
        bench.engine.publish(session, {f"{name}.bpmn": data for name, data in files.items()}, "测试")


TASK = '<userTask id="{0}" name="{0}" camunda:assignee="person:7"/>'
SIGNAL = '<signalEventDefinition signalRef="S"/>'


def test_a_signal_does_not_reach_whoever_begins_to_wait_later(bench: Bench) -> None:
    throws = f'<startEvent id="s"/><intermediateThrowEvent id="t">{SIGNAL}</intermediateThrowEvent>'
    waits = f'<intermediateCatchEvent id="c">{SIGNAL}</intermediateCatchEvent>{TASK.format("a")}<endEvent id="e"/>'
    publish(
        bench,
        p=model(throws + waits, "s -> t", "t -> c", "c -> a", "a -> e"),
        q=model(f'<startEvent id="s"/>{waits}', "s -> c", "c -> a", "a -> e", name="q"),
    )
    bench.start("q", "ticket:2")
    bench.start()
    bench.start("q", "ticket:3")
    assert [set(bench.open(f"ticket:{number}")) for number in (1, 2, 3)] == [set(), {"a"}, set()]
    bench.start(key="ticket:4")
    assert [set(bench.open(f"ticket:{number}")) for number in (1, 3, 4)] == [{"a"}, {"a"}, set()]


def test_a_message_lives_as_long_as_its_model_says(bench: Bench) -> None:
    said = '<extensionElements><camunda:properties><camunda:property name="key" value="${execution.processBusinessKey}"/><camunda:property name="timeToLive" value="P2D"/></camunda:properties></extensionElements>'
    throw = f'<intermediateThrowEvent id="t">{said}<messageEventDefinition messageRef="M"/></intermediateThrowEvent>'
    catch = '<intermediateCatchEvent id="c"><messageEventDefinition messageRef="M"/></intermediateCatchEvent>'
    text = model(
        f'<startEvent id="s"/>{throw}{TASK.format("a")}{catch}{TASK.format("b")}<endEvent id="e"/>',
        "s -> t", "t -> a", "a -> c", "c -> b", "b -> e",
    )  # fmt: skip
    assert not [entry for entry in check(text, file="p.bpmn", companions={}) if entry.rule == "message-key"]
    publish(bench, p=text)
    for key, days in (("ticket:1", 1), ("ticket:2", 3)):
        bench.start(key=key)
        bench.push(days=days)
        bench.complete("a", key)
    assert (set(bench.open()), set(bench.open("ticket:2"))) == ({"b"}, set())


def test_a_message_from_outside_names_its_receiver_or_starts_a_process(bench: Bench) -> None:
    bench.publish("n38")
    with bench.engine.database.writing() as session, pytest.raises(DomainError, match="message_without_key"):
        bench.engine.send(session, "M", None, {})


@pytest.mark.parametrize(("kind", "code"), [("error", "E1"), ("escalation", "U1")])
def test_what_a_called_process_throws_and_nobody_catches_stops_it(bench: Bench, kind: str, code: str) -> None:
    reference = {"error": "E", "escalation": "U"}[kind]
    ends = f'<endEvent id="x"><{kind}EventDefinition {kind}Ref="{reference}"/></endEvent>'
    called = model(f'<startEvent id="s"/>{TASK.format("a")}{ends}', "s -> a", "a -> x", name="q")
    call = '<callActivity id="call" name="调用" calledElement="q"/>'
    caller = model(
        f'<startEvent id="s"/>{call}{TASK.format("normal")}<endEvent id="e"/>',
        "s -> call", "call -> normal", "normal -> e",
    )  # fmt: skip
    found = check(called, file="q.bpmn", companions={"p.bpmn": caller})
    [finding] = [entry for entry in found if entry.rule == f"{kind}-uncaught"]
    assert "调用" in finding.words.zh
    bench.publish_unchecked({"p.bpmn": caller, "q.bpmn": called})
    bench.start()
    with pytest.raises(DomainError, match=code):
        bench.complete("a")
    assert set(bench.open()) == {"a"}
    assert bench.incidents() == ["p"]


def test_all_mappings_of_a_call_count_together(bench: Bench) -> None:
    mappings = '<extensionElements><camunda:in variables="all"/><camunda:in sourceExpression="${x + 1}" target="y"/><camunda:out source="z" target="got"/></extensionElements>'
    call = f'<callActivity id="call" calledElement="q">{mappings}</callActivity>'
    publish(
        bench,
        p=model(
            f'<startEvent id="s"/>{call}{TASK.format("after")}<endEvent id="e"/>',
            "s -> call", "call -> after", "after -> e",
        ),
        q=model(f'<startEvent id="s"/>{TASK.format("a")}<endEvent id="e"/>', "s -> a", "a -> e", name="q"),
    )  # fmt: skip
    bench.start(variables={"x": 5})
    with bench.engine.database.reading() as session:
        inside = bench.engine.work_item(session, bench.open()["a"]).variables
        assert (inside["x"], inside["y"]) == (5, 6)
    bench.engine.complete(bench.open()["a"], {"x": 9, "z": 7}, LI)
    with bench.engine.database.reading() as session:
        after = bench.engine.work_item(session, bench.open()["after"]).variables
        assert (after["x"], after["got"], after.get("z")) == (5, 7, None)
