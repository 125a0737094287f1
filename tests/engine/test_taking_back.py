"""A completion leaves no way back once something has gone out or followed."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.commands.recall import recall
from engine.database import Database
from engine.engine import Engine
from engine.errors import DomainError
from engine.host import Actor
from engine.schema import instances, timers, work_items
from tests.engine.drawing import process
from tests.engine.world import SmallWorld

LI = Actor("李明", person=7)
SOON = '<timerEventDefinition><timeDuration xsi:type="tFormalExpression">PT1H</timeDuration></timerEventDefinition>'
PLAN = process(
    '<startEvent id="s"/><userTask id="a" name="甲" camunda:assignee="person:7"/>'
    f'<boundaryEvent id="aside" attachedToRef="a" cancelActivity="false">{SOON}</boundaryEvent>'
    '<userTask id="b" name="乙" camunda:assignee="person:7"/>'
    '<intermediateThrowEvent id="out"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>'
    '<userTask id="c" name="丙" camunda:assignee="person:8"/>'
    f'<boundaryEvent id="late" attachedToRef="b" cancelActivity="false">{SOON}</boundaryEvent>'
    '<userTask id="d" name="丁" camunda:assignee="person:8"/><endEvent id="e"/>',
    "s -> a", "a -> b", "b -> out", "out -> c", "late -> d", "aside -> d", "c -> e", "d -> e", name="plan",
    outside='<message id="m" name="sent"/>',
)  # fmt: skip


@pytest.fixture
def engine(database: Database, clock: PushedClock) -> Engine:
    engine = Engine(database, SmallWorld(), clock)
    with database.writing() as session:
        engine.publish(session, {"plan.bpmn": PLAN.encode()}, "测试")
        engine.start(session, "plan", "plan:1", {})
    return engine


def item(engine: Engine, element: str) -> int:
    query = select(work_items.c.id).where(work_items.c.element == element, work_items.c.closed_at.is_(None))
    with engine.database.reading() as session:
        return int(session.scalars(query).one())


def back(engine: Engine, number: int) -> None:
    with engine.database.writing() as session:
        recall(engine, session, number, LI, "误点", ())


def test_the_timers_of_before_wait_again_as_they_did(engine: Engine, clock: PushedClock) -> None:
    first = item(engine, "a")
    with engine.database.reading() as session:
        before = session.execute(select(timers.c.element, timers.c.token, timers.c.due_at)).all()
    clock.push_by(dt.timedelta(minutes=30))
    engine.complete(first, {}, LI)
    back(engine, first)
    with engine.database.reading() as session:
        assert session.execute(select(timers.c.element, timers.c.token, timers.c.due_at)).all() == before
    clock.push_by(dt.timedelta(minutes=31))
    engine.settle()
    assert item(engine, "d")
    assert item(engine, "a") == first
    engine.complete(first, {}, LI)
    assert item(engine, "b")


def test_nothing_comes_back_after_a_timer_fired_or_a_message_went_out(
    engine: Engine, clock: PushedClock
) -> None:
    first = item(engine, "a")
    engine.complete(first, {}, LI)
    second = item(engine, "b")
    clock.push_by(dt.timedelta(hours=2))
    engine.settle()
    with pytest.raises(DomainError, match="Something has followed"):
        back(engine, first)
    engine.complete(second, {}, LI)
    with pytest.raises(DomainError, match="Something has followed"):
        back(engine, second)
    with engine.database.reading() as session:
        assert session.scalars(select(instances.c.previous)).all() == [None]
