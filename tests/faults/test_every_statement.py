"""A fault before or after any statement of a step leaves everything or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event, select

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.errors import DomainError
from engine.schema import command_receipts, history, instances, messages, timers, work_items
from tests.engine.test_engine import LI, TICKET
from tests.engine.world import SmallWorld


class PulledPlug(Exception):
    """The connection is gone."""


@contextmanager
def plug_pulled(database: Database, at: int, moment: str) -> Iterator[list[int]]:
    """Fail at the given statement, ``before`` or ``after`` the database has done it; yields how many came so far."""
    seen = [0]

    def fail(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == at:
            raise PulledPlug

    name = "before_cursor_execute" if moment == "before" else "after_cursor_execute"
    event.listen(database.engine, name, fail)
    try:
        yield seen
    finally:
        event.remove(database.engine, name, fail)


def picture(database: Database) -> list[Any]:
    """Everything that a step writes; that it failed is written down as an incident, which is left out."""
    told = {instances: (), history: (history.c.action != "incident",)}
    with database.reading() as session:
        return [
            [
                tuple(value for name, value in row._mapping.items() if str(name) != "incident")
                for row in session.execute(
                    select(table).where(*told.get(table, ())).order_by(next(iter(table.primary_key)))
                ).all()
            ]
            for table in (instances, work_items, timers, messages, command_receipts, history)
        ]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_completion_is_whole_or_absent(database: Database, clock: PushedClock, moment: str) -> None:
    world = SmallWorld()
    world.guards["has_result"] = lambda _step, _values: {}
    engine = Engine(database, world, clock)
    with database.writing() as session:
        engine.publish(session, {"ticket.bpmn": TICKET.encode()}, "测试")
        engine.start(session, "ticket", "ticket:1", {"person": 7, "town": "341226100"})
        item = session.execute(select(work_items.c.id)).scalar_one()
    before = picture(database)
    for at in range(1, 100):
        with plug_pulled(database, at, moment), suppress(DomainError):
            engine.complete(item, {"result": "修好了"}, LI, receipt="form-1")
            break
        assert picture(database) == before
    assert at > 5
    assert picture(database) != before
    assert engine.complete(item, {"result": "修好了"}, LI, receipt="form-1").repeated
