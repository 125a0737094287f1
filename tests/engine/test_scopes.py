"""A version is in force in its scope and below: the nearest wins, and publishing in one changes nothing in another."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import event, func, select

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.errors import NotFound
from engine.host import SYSTEM
from engine.schema import definitions, instances, processes
from tests.engine.drawing import process
from tests.engine.test_starting import DAY, timed
from tests.engine.world import SmallWorld

STARTS = {
    "plain": '<startEvent id="s"/>',
    "signal": '<startEvent id="s"><signalEventDefinition signalRef="S"/></startEvent>',
    "message": '<startEvent id="s"><messageEventDefinition messageRef="S"/></startEvent>',
}
OUTSIDE = {"plain": "", "signal": '<signal id="S" name="call"/>', "message": '<message id="S" name="call"/>'}


def drawn(note: str, begins: str = "plain", name: str = "p") -> bytes:
    body = f'{STARTS[begins]}<userTask id="a" name="{note}" camunda:assignee="x"/><endEvent id="e"/>'
    return process(body, "s -> a", "a -> e", name=name, outside=OUTSIDE[begins]).encode()


class Installation:
    """An engine, and where its versions are in force."""

    def __init__(self, database: Database, clock: PushedClock) -> None:
        self.database, self.world = database, SmallWorld()
        self.engine = Engine(database, self.world, clock)

    def publish(self, scope: str, data: bytes) -> int:
        with self.database.writing() as session:
            return self.engine.publish(session, {"p.bpmn": data}, "t", scope=scope)

    def start(self, place: str, name: str = "p") -> int:
        """Start an instance; returns the version on which it runs."""
        with self.database.writing() as session:
            number = self.engine.start(session, name, f"ticket:{place or 'x'}", {"place": place})
            return self.version_of(session, number)

    def version_of(self, session: Any, number: int) -> int:
        return int(
            session.execute(select(instances.c.definition_id).where(instances.c.id == number)).scalar_one()
        )

    def running(self) -> list[tuple[int, dict[str, Any]]]:
        """(version, variables) of every instance, in their order."""
        with self.database.reading() as session:
            rows = session.execute(select(instances).order_by(instances.c.id)).all()
            return [
                (row.definition_id, dict(self.engine.opened(session, row, SYSTEM).instance.variables))
                for row in rows
            ]


@pytest.fixture
def application(database: Database, clock: PushedClock) -> Installation:
    return Installation(database, clock)


def test_the_nearest_version_upwards_is_in_force_and_running_work_stays(application: Installation) -> None:
    everywhere = application.publish("", drawn("出厂"))
    assert [application.start(place) for place in ("", "north", "north/east", "south")] == [everywhere] * 4
    north = application.publish("north", drawn("北"))
    east = application.publish("north/east", drawn("东"))
    assert [one for one, _ in application.running()] == [everywhere] * 4
    result = [
        application.start(place)
        for place in ("", "south", "north", "north/west", "north/east", "north/east/1")
    ]
    assert result == [everywhere, everywhere, north, north, east, east]
    again = application.publish("north", drawn("出厂"))
    assert again not in (everywhere, north), "the same files in another scope are another version"
    assert [application.start(place) for place in ("north/west", "north/east", "south")] == [
        again,
        east,
        everywhere,
    ]
    assert application.publish("north", drawn("出厂")) == again
    newer = application.publish("", drawn("新出厂"))
    assert [application.start(place) for place in ("north/west", "north/east", "south")] == [
        again,
        east,
        newer,
    ]
    with application.database.reading() as session:
        current = select(processes.c.scope, processes.c.definition_id).where(processes.c.current)
        assert dict(session.execute(current).all()) == {"": newer, "north": again, "north/east": east}


def test_a_process_of_one_scope_exists_nowhere_else(application: Installation) -> None:
    north = application.publish("north", drawn("北"))
    assert application.start("north/east") == north
    for place in ("", "south", "northern"):
        with pytest.raises(NotFound):
            application.start(place)


def statements(application: Installation, place: str) -> int:
    counted: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    event.listen(application.database.engine, "before_cursor_execute", count)
    try:
        application.start(place)
    finally:
        event.remove(application.database.engine, "before_cursor_execute", count)
    return len(counted)


def test_where_nobody_has_a_version_of_their_own_a_start_costs_nothing_more(
    application: Installation,
) -> None:
    application.publish("", drawn("出厂"))
    application.publish("north", drawn("另一个", name="q"))
    application.start("south")
    before = statements(application, "south")
    assert application.world.asked == 0
    application.publish("north", drawn("北"))
    application.start("north")
    assert statements(application, "north/east") == before, (
        "what the world asks its database comes on top, once"
    )
    assert application.world.asked == 2


def test_the_clock_starts_each_scope_for_itself_and_tells_whoever_lies_above(
    application: Installation,
) -> None:
    clock = application.engine.clock
    assert isinstance(clock, PushedClock)
    everywhere = application.publish("", timed("timeCycle", "R/P1D").encode())
    application.engine.settle()
    north = application.publish("north", timed("timeCycle", "R/P1D", note="北").encode())
    application.publish("south", drawn("不定时", name="patrol"))
    application.engine.settle()
    for days in (1, 2):
        clock.push_by(DAY)
        for server in (application.engine, Engine(application.database, application.world, clock)):
            server.settle()
            server.settle()
        found = sorted(application.running(), key=lambda one: one[0])
        assert [version for version, _ in found] == [everywhere] * days + [north] * days
        assert {tuple(values["not_in"]) for version, values in found if version == everywhere} == {
            ("north", "south")
        }
        assert [values["place"] for version, values in found if version == north] == ["north"] * days


def test_a_signal_that_belongs_nowhere_starts_every_version_for_its_scope(application: Installation) -> None:
    everywhere = application.publish("", drawn("出厂", "signal"))
    north = application.publish("north", drawn("北", "signal"))
    with application.database.writing() as session:
        application.engine.send(session, "call", None, {"n": 1}, kind="signal")
    application.engine.settle()
    found = sorted(application.running(), key=lambda one: one[0])
    assert found == [
        (everywhere, {"n": 1, "place": "", "not_in": ["north"]}),
        (north, {"n": 1, "place": "north", "not_in": []}),
    ]
    with application.database.writing() as session:
        application.engine.send(session, "call", None, {"place": "north/east"}, kind="signal")
    application.engine.settle()
    assert application.running()[2:] == [(north, {"place": "north/east"})]


def test_a_message_starts_the_version_in_force_where_it_belongs(application: Installation) -> None:
    everywhere = application.publish("", drawn("出厂", "message"))
    north = application.publish("north", drawn("北", "message"))
    for place in ("", "south", "north/east"):
        with application.database.writing() as session:
            application.engine.send(session, "call", None, {"place": place})
        application.engine.settle()
    assert [version for version, _ in application.running()] == [everywhere, everywhere, north]


def test_two_who_publish_at_once_leave_one_version_current(application: Installation) -> None:
    application.publish("", drawn("出厂"))
    gate = threading.Barrier(2)

    def publish(note: str) -> None:
        gate.wait()
        application.publish("north", drawn(note))

    threads = [threading.Thread(target=publish, args=(note,)) for note in ("一", "二")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with application.database.reading() as session:
        of_north = (processes.c.scope == "north",)
        known = session.execute(select(func.count()).select_from(processes).where(*of_north)).scalar_one()
        current = select(processes.c.definition_id).where(*of_north, processes.c.current)
        assert (known, len(session.execute(current).all())) == (2, 1)
        assert sorted(session.execute(select(definitions.c.number)).scalars()) == [1, 2, 3]
