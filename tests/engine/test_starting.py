"""Processes that the clock starts: once for each version, as often as the timer says, harming nobody."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.schema import incidents, instances, start_timers, work_items
from tests.engine.drawing import process
from tests.engine.test_engine import WAITING
from tests.engine.world import SmallWorld

DAY = dt.timedelta(days=1)


def timed(
    kind: str, value: str, *, name: str = "patrol", note: str = "", work: str = "<userTask id='a'/>"
) -> str:
    start = f'<startEvent id="s"><timerEventDefinition><{kind}>{value}</{kind}></timerEventDefinition></startEvent>'
    body = f'{start}{work}<endEvent id="e" name="{note}"/>'
    return process(body, "s -> a", "a -> e", name=name)


@pytest.fixture
def engine(database: Database, clock: PushedClock) -> Engine:
    return Engine(database, SmallWorld(), clock)


def publish(engine: Engine, text: str) -> None:
    with engine.database.writing() as session:
        engine.publish(session, {"a.bpmn": text.encode()}, "测试")


def started(engine: Engine, after: dt.timedelta = dt.timedelta()) -> int:
    """How many instances there are when the clock is pushed by ``after``, however often one looks."""
    assert isinstance(engine.clock, PushedClock)
    engine.settle()
    engine.clock.push_by(after)
    for server in (engine, Engine(engine.database, engine.world, engine.clock)):
        server.settle()
        server.settle()
    with engine.database.reading() as session:
        return session.execute(select(func.count()).select_from(instances)).scalar_one()


def test_a_duration_after_publishing_starts_one_instance(engine: Engine) -> None:
    publish(engine, timed("timeDuration", "P2D"))
    assert [started(engine, DAY) for _ in range(4)] == [0, 1, 1, 1]
    with engine.database.reading() as session:
        assert engine.next_due(session) is None


def test_a_cycle_starts_again_and_missed_rounds_are_one(engine: Engine) -> None:
    publish(engine, timed("timeCycle", "R4/P1D"))
    assert [started(engine, days * DAY) for days in (1, 1, 0, 2, 5, 1)] == [1, 2, 2, 3, 3, 3]


def test_the_rhythm_is_kept_after_a_long_sleep(engine: Engine) -> None:
    publish(engine, timed("timeCycle", "R/PT1S"))
    assert started(engine, 4000 * DAY) == 1
    with engine.database.reading() as session:
        due = engine.next_due(session)
    assert due is not None
    assert dt.timedelta() < due - engine.clock.now() <= dt.timedelta(seconds=1)


BOUNDARY = process(
    '<startEvent id="s"/><userTask id="a" camunda:assignee="x"/><boundaryEvent id="b" attachedToRef="a" cancelActivity="false">'
    "<timerEventDefinition><timeCycle>{0}</timeCycle></timerEventDefinition></boundaryEvent>"
    '<userTask id="again" camunda:assignee="x"/><endEvent id="e"/>',
    "s -> a", "a -> e", "b -> again", "again -> e", name="reminded",
)  # fmt: skip


@pytest.mark.parametrize(
    ("cycle", "days"),
    [("R3/P1D", (1, 10, 1)), ("R3/P1D", (1, 1, 1, 5)), ("R4/P1D", (2, 5)), ("R/P1D", (9, 1))],
)
def test_rounds_missed_in_an_outage_count_alike_at_starts_and_boundaries(
    engine: Engine, cycle: str, days: tuple[int, ...]
) -> None:
    publish(engine, timed("timeCycle", cycle))
    with engine.database.writing() as session:
        engine.publish(session, {"r.bpmn": BOUNDARY.format(cycle).encode()}, "测试")
        engine.start(session, "reminded", "ticket:1", {})
    for count in days:
        assert started(engine, count * DAY) - 1 == reminded(engine)


def reminded(engine: Engine) -> int:
    with engine.database.reading() as session:
        again = select(func.count()).select_from(work_items).where(work_items.c.element == "again")
        return session.execute(again).scalar_one()


def test_a_monthly_rhythm_counts_from_its_first_date(engine: Engine, clock: PushedClock) -> None:
    clock.push_to(dt.datetime(2019, 12, 31, 1, 0, tzinfo=dt.UTC))
    publish(engine, timed("timeCycle", "R/P1M"))
    with engine.database.writing() as session:
        engine.publish(session, {"r.bpmn": BOUNDARY.format("R/P1M").encode()}, "测试")
        engine.start(session, "reminded", "ticket:1", {})
    due = []
    for _ in range(4):
        assert started(engine, dt.timedelta()) - 1 == reminded(engine)
        with engine.database.reading() as session:
            at = engine.next_due(session)
        assert at is not None
        due.append((at.month, at.day))
        clock.push_to(at)
    assert due == [(1, 31), (2, 29), (3, 31), (4, 30)]


def test_a_date_starts_once_and_not_when_it_had_passed_before_publishing(engine: Engine) -> None:
    day = (engine.clock.now() + DAY).date().isoformat()
    publish(engine, timed("timeDate", day))
    assert started(engine, 3 * DAY) == 1
    publish(engine, timed("timeDate", day, note="another"))
    assert started(engine, 3 * DAY) == 1


def test_only_the_current_version_starts(engine: Engine) -> None:
    publish(engine, timed("timeCycle", "R/P1D"))
    assert started(engine, DAY) == 1
    publish(engine, timed("timeCycle", "R/P3D"))
    assert [started(engine, DAY) for _ in range(4)] == [1, 1, 2, 2]


@pytest.mark.parametrize("value", ["${nobody_knows(1)}", "${days_after(now(), 1)}"])
def test_a_time_may_be_an_expression_and_a_bad_one_is_told(engine: Engine, value: str) -> None:
    publish(engine, timed("timeDate", value))
    good = "now()" in value
    assert started(engine, 2 * DAY) == (1 if good else 0)
    with engine.database.reading() as session:
        told = session.execute(select(incidents.c.subject)).scalars().all()
    assert told == ([] if good else ["process:patrol"])


def test_a_process_that_cannot_start_keeps_nobody_else_from_it(engine: Engine) -> None:
    message = '<startEvent id="s"><messageEventDefinition messageRef="M"/></startEvent><serviceTask id="a" camunda:topic="missing"/><endEvent id="e"/>'
    bad = process(message, "s -> a", "a -> e", name="bad", outside='<message id="M" name="begin"/>')
    broken = timed("timeDuration", "P1D", name="broken", work='<serviceTask id="a" camunda:topic="missing"/>')
    with engine.database.writing() as session:
        for name, text in (("b.bpmn", broken), ("c.bpmn", bad), ("w.bpmn", WAITING)):
            engine.publish(session, {name: text.encode()}, "测试")
        engine.send(session, "begin", None, {})
    publish(engine, timed("timeDuration", "P1D"))
    assert started(engine, DAY) == 1
    with engine.database.reading() as session:
        row = session.execute(select(start_timers.c.attempts).where(start_timers.c.process == "broken")).one()
        told = select(func.count()).select_from(incidents)
        assert (row.attempts, session.execute(told).scalar_one()) == (1, 3)
