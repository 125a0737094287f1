"""An incident is mended: the step is passed over, or the data put right, each with a reason."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.commands.repair import correct, skip, variables_of
from engine.database import Database
from engine.engine import Engine
from engine.errors import DomainError
from engine.host import Actor, Step
from engine.json import as_int
from engine.schema import history, incidents, instances, work_items
from engine.text import LocalizedText
from tests.engine.drawing import process
from tests.engine.world import SmallWorld

OWNER = Actor("流程管理员", 9)
DRAWN = process(
    '<startEvent id="s"/><intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></intermediateCatchEvent>'
    '<serviceTask id="work" name="登记" camunda:type="external" camunda:topic="work"/><userTask id="t" camunda:assignee="person:1"/><endEvent id="e"/>',
    "s -> wait", "wait -> work", "work -> t", "t -> e",
).encode()  # fmt: skip


def stopped(database: Database, clock: PushedClock) -> tuple[Engine, int]:
    world = SmallWorld()

    def work(step: Step) -> dict[str, int]:
        return {"done": 10 // as_int(step.variables["n"])}

    world.handlers["work"] = work
    engine = Engine(database, world, clock)
    with database.writing() as session:
        engine.publish(session, {"p.bpmn": DRAWN}, "t")
        engine.start(session, "p", "ticket:1", {"n": "zero"})
    world.handlers["work"] = lambda step: _refuse() if step.variables["n"] == "zero" else work(step)
    clock.push_by(dt.timedelta(hours=2))
    engine.settle()
    with database.reading() as session:
        return engine, session.execute(select(incidents.c.id)).scalar_one()


def _refuse() -> None:
    raise DomainError("no", LocalizedText("数据不对", "wrong data"))


def standing(database: Database) -> tuple[list[str], bool]:
    with database.reading() as session:
        open_items = select(work_items.c.element).where(work_items.c.closed_at.is_(None))
        flag = session.execute(select(instances.c.incident)).scalar_one()
        return list(session.execute(open_items).scalars()), flag


def test_the_data_is_put_right_and_it_goes_on(database: Database, clock: PushedClock) -> None:
    engine, incident = stopped(database, clock)
    assert standing(database) == ([], True)
    with pytest.raises(DomainError, match="reason_missing"):
        correct(engine, incident, "n", 2, " ", OWNER)
    with pytest.raises(DomainError, match="no_variable"):
        correct(engine, incident, "m", 2, "写错了", OWNER)
    correct(engine, incident, "n", 2, "写错了", OWNER)
    assert standing(database) == (["t"], False)
    with database.reading() as session:
        assert variables_of(session, [1])[1] == {"n": 2, "done": 5}
        told = session.execute(select(history.c.detail).where(history.c.action == "corrected")).scalar_one()
    assert '"zero"' in told


def test_the_step_is_passed_over_once(database: Database, clock: PushedClock) -> None:
    engine, incident = stopped(database, clock)
    skip(engine, incident, "手工办过了", OWNER)
    assert standing(database) == (["t"], False)
    with database.reading() as session:
        assert variables_of(session, [1])[1] == {"n": "zero"}
