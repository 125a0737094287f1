"""Whatever one instance raises stays there: an incident, put off; everything beside it goes on in the same tick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.errors import DomainError
from engine.host import Actor, Step, Values
from engine.schema import history, incidents, instances, messages, timers, work_items
from engine.workers.ticker import Ticker
from tests.engine.drawing import process
from tests.engine.test_decisions import decision, file, table
from tests.engine.world import SmallWorld

LI = Actor("李明", person=7)
HOUR = dt.timedelta(hours=1)


class Unheard(Exception):
    """An exception that nobody but this test knows, whose text cannot be made."""

    def __str__(self) -> str:
        raise ValueError("no text")


FAULTS: Mapping[str, Exception] = {
    "value": ValueError("a text with \0 and \udc80"),
    "type": TypeError("planted"),
    "key": KeyError("planted"),
    "attribute": AttributeError("planted"),
    "recursion": RecursionError("planted"),
    "memory": MemoryError(),
    "os": OSError(28, "no space left"),
    "database": OperationalError("SELECT planted", {}, Exception("planted")),
    "unheard": Unheard(),
}


class PlantedWorld(SmallWorld):
    """Handlers and functions raise what the instance's variable ``fault`` names."""

    def __init__(self) -> None:
        super().__init__()
        self.handlers["boom"] = self.boom
        self.mended = False

    def boom(self, step: Step) -> Values | None:
        if step.variables.get("fault") and not self.mended:
            raise FAULTS[str(step.variables["fault"])]
        return None

    def functions(self, step: Step) -> Mapping[str, Callable[..., Any]]:
        return {**super().functions(step), "boom": lambda: self.boom(step) or True}


WAIT = '<intermediateCatchEvent id="w"><{0}EventDefinition {1}</{0}EventDefinition></intermediateCatchEvent>'
TIMER = WAIT.format("timer", "><timeDuration>PT1H</timeDuration>")
MESSAGE = WAIT.format("message", 'messageRef="M">')
SIGNAL = WAIT.format("signal", 'signalRef="S">')
HANDLER = '<serviceTask id="x" camunda:type="external" camunda:topic="boom"/>'
CONDITION = '<exclusiveGateway id="x" default="x_e2"/><endEvent id="e2"/>'
DECISION = '<businessRuleTask id="x" camunda:decisionRef="d1"/>'
TABLE = file(decision(table("boom():boolean", "met:boolean", "- -> true")))
OUTSIDE = '<message id="M" name="go"/><signal id="S" name="all"/>'
ENDS = '<startEvent id="s"/><userTask id="t" camunda:assignee="g"/><endEvent id="e"/>'


def model(wait: str, work: str) -> str:
    then = "x -> t : boom()" if work == CONDITION else "x -> t"
    more = ("x -> e2",) if work == CONDITION else ()
    return process(f"{ENDS}{wait}{work}", "s -> w", "w -> x", then, "t -> e", *more, outside=OUTSIDE)


@pytest.fixture
def engine(database: Database, clock: PushedClock) -> Engine:
    return Engine(database, PlantedWorld(), clock)


def begun(engine: Engine, text: str, key: str | None = None) -> dict[str, int]:
    """One instance for each fault, and an innocent one between them."""
    with engine.database.writing() as session:
        files = {"d.dmn": TABLE} if DECISION in text else {}
        engine.publish(session, {"p.bpmn": text.encode(), **files}, "测试")
        names = [*list(FAULTS)[:4], "", *list(FAULTS)[4:]]
        return {
            name: engine.start(session, "p", key or f"ticket:{name or 'innocent'}", {"fault": name})
            for name in names
        }


def incidents_of(engine: Engine) -> dict[int, int]:
    with engine.database.reading() as session:
        query = select(incidents.c.instance_id, func.count()).where(incidents.c.resolved_at.is_(None))
        return {row[0]: row[1] for row in session.execute(query.group_by(incidents.c.instance_id))}


def open_in(engine: Engine) -> set[int]:
    with engine.database.reading() as session:
        return set(session.scalars(select(work_items.c.instance_id).where(work_items.c.closed_at.is_(None))))


@pytest.mark.parametrize("work", [HANDLER, CONDITION, DECISION], ids=["handler", "condition", "decision"])
def test_a_timer_that_fails_harms_its_own_instance_alone(
    engine: Engine, clock: PushedClock, work: str
) -> None:
    numbers = begun(engine, model(TIMER, work))
    clock.push_by(HOUR)
    engine.settle()
    assert open_in(engine) == {numbers[""]}
    assert incidents_of(engine) == {number: 1 for name, number in numbers.items() if name}
    assert isinstance(engine.world, PlantedWorld)
    engine.world.mended = True
    clock.push_by(dt.timedelta(minutes=1))
    engine.settle()
    assert open_in(engine) == set(numbers.values())
    assert incidents_of(engine) == {}  # what went on by itself is resolved


@pytest.mark.parametrize("work", [HANDLER, CONDITION], ids=["handler", "condition"])
def test_a_message_that_fails_harms_its_own_instance_alone(
    engine: Engine, clock: PushedClock, work: str
) -> None:
    numbers = begun(engine, model(MESSAGE, work))
    with engine.database.writing() as session:
        for name in numbers:
            engine.send(session, "go", f"ticket:{name or 'innocent'}", {})
    engine.settle()
    assert open_in(engine) == {numbers[""]}
    assert incidents_of(engine) == {number: 1 for name, number in numbers.items() if name}


def test_a_signal_reaches_all_whose_neighbours_fail(engine: Engine) -> None:
    numbers = begun(engine, model(SIGNAL, HANDLER))
    begins = '<startEvent id="s"><signalEventDefinition signalRef="S"/></startEvent><endEvent id="e"/>'
    failing = process(begins + HANDLER, "s -> x", "x -> e", name="q", outside=OUTSIDE)
    innocent = process(begins, "s -> e", name="r", outside=OUTSIDE)
    with engine.database.writing() as session:
        for file, text in (("q.bpmn", failing), ("r.bpmn", innocent)):
            engine.publish(session, {file: text.encode()}, "测试")
        engine.send(session, "all", None, {"fault": "type"}, kind="signal")
    engine.settle()
    assert open_in(engine) == set()  # the payload makes each of them fail, the innocent one too
    with engine.database.reading() as session:
        assert session.execute(select(func.count()).where(instances.c.process == "r")).scalar_one() == 1
        subjects = session.scalars(select(incidents.c.subject).where(incidents.c.instance_id.is_(None))).all()
    assert subjects == ["process:q"]
    assert len(incidents_of(engine)) == len(numbers) + 1


@pytest.mark.parametrize("name", FAULTS)
def test_a_completion_that_fails_is_a_sentence_and_an_incident(engine: Engine, name: str) -> None:
    text = process(f"{ENDS}{HANDLER}", "s -> t", "t -> x", "x -> e")
    with engine.database.writing() as session:
        engine.publish(session, {"p.bpmn": text.encode()}, "测试")
        number = engine.start(session, "p", "ticket:1", {})
    with engine.database.reading() as session:
        work = session.execute(select(work_items.c.id)).scalar_one()
    with pytest.raises(DomainError, match="incident"):
        engine.complete(work, {"fault": name}, LI, receipt="r")
    assert open_in(engine) == {number}
    assert incidents_of(engine) == {number: 1}
    assert engine.complete(work, {"fault": ""}, LI, receipt="r").ended


def test_the_longest_names_keep_no_incident_from_being_written(engine: Engine, clock: PushedClock) -> None:
    longest, label = "p" * 200, "名" * 500
    start = '<startEvent id="s"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></startEvent>'
    work = HANDLER.replace('camunda:topic="boom"', f'name="{label}" camunda:topic="missing"')
    text = process(f'{start}{work}<endEvent id="e"/>', "s -> x", "x -> e", name=longest)
    with engine.database.writing() as session:
        engine.publish(session, {"l.bpmn": text.encode()}, "测试")
    engine.settle()
    clock.push_by(HOUR)
    engine.settle()
    with engine.database.reading() as session:
        assert session.scalars(select(incidents.c.subject)).all() == [f"process:{longest}"]


def test_a_person_tries_again_what_had_given_up(engine: Engine, clock: PushedClock) -> None:
    numbers = begun(engine, model(TIMER, HANDLER))
    for minutes in (60, 2, 10, 60, 6000):
        clock.push_by(dt.timedelta(minutes=minutes))
        engine.settle()
    assert incidents_of(engine)[numbers["type"]] == 4
    assert isinstance(engine.world, PlantedWorld)
    engine.world.mended = True
    with engine.database.reading() as session:
        query = select(incidents.c.id).where(incidents.c.instance_id == numbers["type"]).limit(1)
        incident = session.execute(query).scalar_one()
    engine.retry(incident, LI)
    assert open_in(engine) == {numbers[""], numbers["type"]}
    assert numbers["type"] not in incidents_of(engine)


def test_the_oldest_failing_row_does_not_hold_up_the_queue(engine: Engine, clock: PushedClock) -> None:
    begun(engine, model(TIMER, HANDLER))
    clock.push_by(HOUR)
    assert engine.settle() > 0
    assert engine.settle() == 0
    with engine.database.reading() as session:
        assert all(at > clock.now() for at in session.scalars(select(timers.c.retry_at)))
        assert session.execute(select(func.count()).select_from(messages)).scalar_one() == 0
        assert session.execute(select(func.count()).where(history.c.action == "fired")).scalar_one() == 1


def test_a_task_of_the_ticker_that_fails_is_told_once_and_rests() -> None:
    done: list[str] = []
    told: list[tuple[str, str]] = []

    def failing() -> None:
        done.append("failing")
        if done.count("failing") < 5:
            raise Unheard

    ticker = Ticker(
        [failing, lambda: done.append("innocent")],
        on_failure=lambda name, fault: told.append((name, type(fault).__name__)),
    )
    for _ in range(20):
        ticker.tick()
    assert done.count("innocent") == 20
    assert done.count("failing") == 5  # it rests 1, 2, 4 and 8 rounds
    assert told == [("failing", "Unheard"), ("failing", "NoneType")]
