"""Dates that move with what their rules read: nothing fires twice, nothing that is due is skipped."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.commands.reschedule import Change, Shift, reschedule, shifts
from engine.database import Database
from engine.engine import Engine
from engine.expressions import Expression
from engine.host import Actor, Values
from engine.json import Json
from engine.schema import history, timers, work_items
from tests.engine.drawing import process
from tests.engine.world import SmallWorld

OFFICE = Actor("县办", person=3)
TIMER = '<timerEventDefinition><timeDate xsi:type="tFormalExpression">${%s}</timeDate></timerEventDefinition>'
PLAN = process(
    '<startEvent id="s"/><parallelGateway id="f"/>'
    '<userTask id="fix" name="整改" camunda:assignee="person:7" camunda:dueDate="${day}"/>'
    f'<boundaryEvent id="nears" attachedToRef="fix" cancelActivity="false">{TIMER % "days_after(date and time(day), -3)"}</boundaryEvent>'
    f'<boundaryEvent id="over" attachedToRef="fix" cancelActivity="false">{TIMER % "day"}</boundaryEvent>'
    '<userTask id="review" name="审核" camunda:assignee="person:8" camunda:dueDate="${days_after(now(), span)}"/>'
    '<userTask id="warned" name="已提醒" camunda:assignee="person:7"/><userTask id="late" name="已逾期" camunda:assignee="person:7"/><endEvent id="e"/>',
    "s -> f", "f -> fix", "f -> review", "nears -> warned", "over -> late", "fix -> e", "review -> e", "warned -> e", "late -> e", name="plan",
)  # fmt: skip


def day(number: int) -> dt.datetime:
    return dt.datetime(2019, 9, number, 4, tzinfo=dt.UTC)


@pytest.fixture
def engine(database: Database, clock: PushedClock) -> Engine:
    engine = Engine(database, SmallWorld(), clock)
    with database.writing() as session:
        engine.publish(session, {"plan.bpmn": PLAN.encode()}, "测试")
        engine.start(session, "plan", "plan:1", {"day": day(20).isoformat(), "span": 2})
    return engine


def reads(*names: str) -> object:
    def affected(rule: Expression) -> bool:
        return bool(rule.names & set(names))

    return affected


def move(engine: Engine, **values: Json) -> list[Shift]:
    def rewriting(scope: object) -> Values:
        return dict(values)

    change = Change(reads(*values), rewriting)  # type: ignore[arg-type]
    with engine.database.reading() as session:
        told = shifts(engine, session, 1, change)
    with engine.database.writing() as session:
        done = reschedule(engine, session, 1, change, OFFICE, reason="汛期")
    assert told == done
    engine.settle()
    return done


def dates(engine: Engine) -> dict[str, dt.datetime | None]:
    with engine.database.reading() as session:
        work = select(work_items.c.element, work_items.c.due_at).where(work_items.c.closed_at.is_(None))
        result = {row.element: row.due_at for row in session.execute(work)}
        waits = session.execute(select(timers.c.element, timers.c.due_at, timers.c.retry_at)).all()
    assert all(row.due_at == row.retry_at for row in waits)
    return result | {row.element: row.due_at for row in waits}


def test_work_and_timers_move_with_the_date_they_read(engine: Engine, clock: PushedClock) -> None:
    done = move(engine, day=day(25).isoformat())
    assert [(entry.kind, entry.element, entry.before, entry.after) for entry in done] == [
        ("work", "fix", day(20), day(25)),
        ("timer", "nears", day(17), day(22)),
        ("timer", "over", day(20), day(25)),
    ]
    assert move(engine, day=day(25).isoformat()) == []
    with engine.database.reading() as session:
        (line,) = session.execute(select(history).where(history.c.action == "rescheduled")).all()
    assert (line.person, "汛期" in line.detail) == (3, True)
    clock.push_to(day(21))
    assert engine.settle() == 0
    clock.push_to(day(22))
    assert engine.settle() == 1
    assert set(dates(engine)) == {"fix", "over", "review", "warned"}


def test_what_has_fired_stays_fired_and_what_has_passed_fires_at_once(
    engine: Engine, clock: PushedClock
) -> None:
    clock.push_to(day(18))
    assert engine.settle() == 1
    assert [entry.element for entry in move(engine, day=day(28).isoformat())] == ["fix", "over"]
    clock.push_to(day(26))
    assert engine.settle() == 0
    move(engine, day=day(24).isoformat())
    assert set(dates(engine)) == {"fix", "review", "warned", "late"}


def test_a_rule_is_read_again_as_of_when_the_work_was_offered(engine: Engine, clock: PushedClock) -> None:
    began = clock.now()
    clock.push_to(day(9))
    move(engine, span=5)
    assert dates(engine)["review"] == began + dt.timedelta(days=5)


def test_a_timer_of_more_than_a_year_fires_on_its_second(database: Database, clock: PushedClock) -> None:
    body = '<startEvent id="s"/><intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>P400D</timeDuration></timerEventDefinition></intermediateCatchEvent><endEvent id="e"/>'
    engine = Engine(database, SmallWorld(), clock)
    with database.writing() as session:
        engine.publish(
            session, {"long.bpmn": process(body, "s -> wait", "wait -> e", name="long").encode()}, "测试"
        )
        engine.start(session, "long", "long:1", {})
    due = clock.now() + dt.timedelta(days=400)
    clock.push_to(due - dt.timedelta(seconds=1))
    assert engine.settle() == 0
    clock.push_to(due)
    assert engine.settle() == 1
