"""The door into an instance: complete once, refuse in words, leave everything or nothing."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.errors import AlreadyDone, DomainError, NotAllowed, WrongValues
from engine.host import Actor, Step, Values
from engine.json import as_int
from engine.schema import (
    command_receipts,
    history,
    incidents,
    instances,
    messages,
    subscriptions,
    timers,
    work_items,
)
from engine.text import LocalizedText
from engine.worklist.queries import cursor_after, desk, desk_counts
from tests.engine.drawing import process
from tests.engine.world import SmallWorld, needs

LI = Actor("李明", person=7)
WANG = Actor("王芳", person=8)

TICKET = process(
    '<startEvent id="s"/><userTask id="fix" name="整改" camunda:assignee="${person}" camunda:dueDate="2019-09-20">'
    '<extensionElements><camunda:properties><camunda:property name="status" value="in_progress"/><camunda:property name="guard" value="has_result"/></camunda:properties></extensionElements></userTask>'
    '<boundaryEvent id="late" attachedToRef="fix" cancelActivity="false"><timerEventDefinition><timeDate>2019-09-18</timeDate></timerEventDefinition></boundaryEvent>'
    '<serviceTask id="remind" camunda:type="external" camunda:topic="remind"/>'
    '<userTask id="verify" name="复核" camunda:candidateGroups="${post(\'town_office\', town)}"><extensionElements><camunda:properties><camunda:property name="status" value="submitted"/></camunda:properties></extensionElements></userTask>'
    '<exclusiveGateway id="g" default="g_fix"/><endEvent id="e"><extensionElements><camunda:properties><camunda:property name="status" value="closed"/></camunda:properties></extensionElements></endEvent>',
    "s -> fix", "fix -> verify", "late -> remind", "verify -> g", "g -> e : ok = true", "g -> fix", name="ticket",
)  # fmt: skip


@pytest.fixture
def world() -> SmallWorld:
    world = SmallWorld()
    world.guards["has_result"] = needs("result")
    world.handlers["remind"] = lambda step: {"reminded": as_int(step.variables.get("reminded", 0)) + 1}
    return world


@pytest.fixture
def engine(database: Database, world: SmallWorld, clock: PushedClock) -> Engine:
    engine = Engine(database, world, clock)
    with database.writing() as session:
        engine.publish(session, {"ticket.bpmn": TICKET.encode()}, "测试")
    return engine


def start(engine: Engine, key: str = "ticket:1") -> int:
    with engine.database.writing() as session:
        return engine.start(session, "ticket", key, {"person": 7, "town": "341226100"})


def open_items(engine: Engine, key: str = "ticket:1") -> dict[str, int]:
    with engine.database.reading() as session:
        rows = session.execute(
            select(work_items.c.element, work_items.c.id).where(
                work_items.c.key == key, work_items.c.closed_at.is_(None)
            )
        )
        return {row.element: row.id for row in rows}


def count(engine: Engine, table: object) -> int:
    with engine.database.reading() as session:
        return session.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def test_a_ticket_walks_from_start_to_end(engine: Engine, world: SmallWorld) -> None:
    start(engine)
    engine.complete(open_items(engine)["fix"], {"result": "修好了"}, LI)
    done = engine.complete(open_items(engine)["verify"], {"ok": True}, WANG)
    assert done.ended
    assert world.statuses == [("ticket:1", "in_progress"), ("ticket:1", "submitted"), ("ticket:1", "closed")]
    assert world.endings == ["ticket:1"]
    assert count(engine, timers) == 0
    with engine.database.reading() as session:
        rows = session.execute(
            select(history.c.actor, history.c.action, history.c.element).order_by(history.c.id)
        ).all()
        assert [tuple(row) for row in rows] == [
            ("系统", "started", None),
            ("李明", "completed", "fix"),
            ("王芳", "completed", "verify"),
        ]
        assert session.execute(select(instances.c.state, instances.c.status)).one() == (None, "closed")


def test_rework_does_not_grow_the_state(engine: Engine) -> None:
    start(engine)
    sizes = []
    for _ in range(30):
        engine.complete(open_items(engine)["fix"], {"result": "x"}, LI)
        engine.complete(open_items(engine)["verify"], {"ok": False}, WANG)
        with engine.database.reading() as session:
            sizes.append(len(session.execute(select(instances.c.state)).scalar_one()))
    assert sizes[-1] <= sizes[0] + 20


def test_values_that_a_guard_refuses_change_nothing(engine: Engine) -> None:
    start(engine)
    before = count(engine, history)
    with pytest.raises(WrongValues) as refused:
        engine.complete(open_items(engine)["fix"], {}, LI)
    assert refused.value.problems["result"].zh == "必填"
    assert count(engine, history) == before
    assert "fix" in open_items(engine)


def test_the_same_receipt_answers_again_and_changes_nothing(engine: Engine) -> None:
    start(engine)
    item = open_items(engine)["fix"]
    first = engine.complete(item, {"result": "x"}, LI, receipt="form-1")
    again = engine.complete(item, {"result": "x"}, LI, receipt="form-1")
    assert again.repeated
    assert again.next_items == first.next_items
    assert count(engine, command_receipts) == 1


def test_the_second_of_two_people_is_told_who_was_first(engine: Engine) -> None:
    start(engine)
    item = open_items(engine)["fix"]
    engine.complete(item, {"result": "x"}, LI, receipt="a")
    with pytest.raises(AlreadyDone) as refused:
        engine.complete(item, {"result": "y"}, WANG, receipt="b")
    assert refused.value.who == "李明"
    assert refused.value.at is not None


def test_of_two_at_the_same_moment_one_wins(engine: Engine) -> None:
    start(engine)
    item = open_items(engine)["fix"]
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def attempt(actor: Actor) -> None:
        gate.wait()
        try:
            engine.complete(item, {"result": actor.name}, actor)
            outcomes.append("won")
        except AlreadyDone as refused:
            outcomes.append(f"lost to {refused.who}")

    threads = [threading.Thread(target=attempt, args=(actor,)) for actor in (LI, WANG)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(o.split()[0] for o in outcomes) == ["lost", "won"]


def test_check_may_refuse(engine: Engine) -> None:
    start(engine)

    def no(_session: object, item: object) -> None:
        raise NotAllowed(LocalizedText("不行", "no"))

    with pytest.raises(NotAllowed):
        engine.complete(open_items(engine)["fix"], {"result": "x"}, LI, check=no)


def test_a_timer_fires_once_and_late_says_how_late(engine: Engine, clock: PushedClock) -> None:
    start(engine)
    assert engine.settle() == 0
    clock.push_to(dt.datetime(2019, 9, 20, 4, 0, tzinfo=dt.UTC))
    assert engine.settle() == 1
    assert engine.settle() == 0
    with engine.database.reading() as session:
        item = engine.work_item(session, open_items(engine)["fix"])
        assert item.variables["reminded"] == 1
        assert (
            '"late":129600.000001'
            in session.execute(select(history.c.detail).where(history.c.action == "fired")).scalar_one()
        )


def test_a_failing_timer_leaves_the_ticket_and_waits_for_a_person(
    engine: Engine, world: SmallWorld, clock: PushedClock
) -> None:
    def broken(step: Step) -> Values | None:
        raise DomainError("broken", LocalizedText("短信网关坏了", "the gateway is broken"))

    mended = world.handlers["remind"]
    world.handlers["remind"] = broken
    start(engine)
    start(engine, "ticket:2")
    clock.push_to(dt.datetime(2019, 9, 19, tzinfo=dt.UTC))
    engine.settle()
    for minutes in (2, 10, 40, 600):
        clock.push_by(dt.timedelta(minutes=minutes))
        engine.settle()
    with engine.database.reading() as session:
        assert session.execute(select(func.count()).select_from(incidents)).scalar_one() == 8
        first = session.execute(select(incidents).order_by(incidents.c.id)).first()
    assert first is not None
    assert first.words_zh == "短信网关坏了"
    engine.complete(open_items(engine)["fix"], {"result": "still usable"}, LI)
    world.handlers["remind"] = mended
    with engine.database.reading() as session:
        second = session.execute(select(incidents.c.id).where(incidents.c.instance_id == 2)).scalars().first()
    assert second is not None
    engine.retry(second, LI)
    with engine.database.reading() as session:
        assert engine.work_item(session, open_items(engine, "ticket:2")["fix"]).variables["reminded"] == 1


def test_claim_and_release(engine: Engine) -> None:
    start(engine)
    engine.complete(open_items(engine)["fix"], {"result": "x"}, LI)
    item = open_items(engine)["verify"]
    engine.claim(item, WANG)
    with pytest.raises(NotAllowed):
        engine.claim(item, LI)
    with engine.database.reading() as session:
        assert [row.id for row in desk(session, ["person:8"])] == [item]
    engine.release(item, WANG)
    with engine.database.reading() as session:
        assert [row.id for row in desk(session, ["post:town_office@341226100"])] == [item]


def test_desk_pages_in_order_of_dates(engine: Engine) -> None:
    for number in range(7):
        start(engine, f"ticket:{number}")
    with engine.database.reading() as session:
        first = desk(session, ["person:7"], limit=3)
        rest = desk(session, ["person:7"], after=cursor_after(first[-1]), limit=10)
        assert [row.id for row in first + rest] == sorted(row.id for row in first + rest)
        assert len(first + rest) == 7
        assert desk_counts(session, ["person:7"], dt.datetime(2019, 10, 1, tzinfo=dt.UTC)) == {
            "open": 7,
            "overdue": 7,
        }


WAITING = process(
    '<startEvent id="s"/><receiveTask id="r" messageRef="M"/><userTask id="a"/><endEvent id="e"/>',
    "s -> r",
    "r -> a",
    "a -> e",
    name="waiting",
    outside='<message id="M" name="go"/>',
)


def test_messages_find_their_instance_by_key_and_wait_when_early(engine: Engine) -> None:
    with engine.database.writing() as session:
        engine.publish(session, {"waiting.bpmn": WAITING.encode()}, "测试")
        engine.send(session, "go", "village:2", {"early": True})
        engine.start(session, "waiting", "village:1", {})
    engine.settle()
    assert open_items(engine, "village:1") == {}
    with engine.database.writing() as session:
        engine.start(session, "waiting", "village:2", {})
    engine.settle()
    with engine.database.reading() as session:
        assert engine.work_item(session, open_items(engine, "village:2")["a"]).variables == {"early": True}
    assert count(engine, messages) == 0
    assert count(engine, subscriptions) == 1


ENDLESS = process(
    '<startEvent id="s"/><userTask id="a"/><exclusiveGateway id="g" default="g_e"/><serviceTask id="turn" camunda:topic="turn"/><userTask id="m"><multiInstanceLoopCharacteristics><loopCardinality>${n}</loopCardinality></multiInstanceLoopCharacteristics></userTask><endEvent id="e"/>',
    "s -> a", "a -> g", "g -> turn : endless", "turn -> g", "g -> m : n > 0", "m -> e", "g -> e", name="endless",
)  # fmt: skip


@pytest.mark.parametrize("values", [{"endless": True, "n": 0}, {"endless": False, "n": 10_000}])
def test_what_grows_without_end_is_stopped_and_harms_nobody_else(
    engine: Engine, world: SmallWorld, values: Values
) -> None:
    world.handlers["turn"] = lambda step: {}
    with engine.database.writing() as session:
        engine.publish(session, {"endless.bpmn": ENDLESS.encode()}, "测试")
        engine.start(session, "endless", "village:1", {})
    start(engine)
    with pytest.raises(DomainError, match="incident"):
        engine.complete(open_items(engine, "village:1")["a"], values, LI)
    assert set(open_items(engine, "village:1")) == {"a"}
    assert engine.complete(open_items(engine)["fix"], {"result": "修好了"}, LI).next_items
    assert engine.complete(open_items(engine, "village:1")["a"], {"endless": False, "n": 0}, LI).ended


LISTENING = process(
    '<startEvent id="s"/><userTask id="a"/><endEvent id="e"/>'
    '<subProcess id="nudge" triggeredByEvent="true"><startEvent id="ns" isInterrupting="false"><timerEventDefinition><timeCycle>R/P1D</timeCycle></timerEventDefinition></startEvent><userTask id="look"/><endEvent id="ne"/><sequenceFlow id="n1" sourceRef="ns" targetRef="look"/><sequenceFlow id="n2" sourceRef="look" targetRef="ne"/></subProcess>'
    '<subProcess id="halt" triggeredByEvent="true"><startEvent id="hs"><messageEventDefinition messageRef="M"/></startEvent><userTask id="clean"/><endEvent id="he"/><sequenceFlow id="h1" sourceRef="hs" targetRef="clean"/><sequenceFlow id="h2" sourceRef="clean" targetRef="he"/></subProcess>',
    "s -> a", "a -> e", name="listening", outside='<message id="M" name="halt"/>',
)  # fmt: skip


def test_event_sub_processes_listen_in_rows_until_their_process_ends(
    engine: Engine, clock: PushedClock
) -> None:
    with engine.database.writing() as session:
        engine.publish(session, {"listening.bpmn": LISTENING.encode()}, "测试")
        for key in ("village:1", "village:2"):
            engine.start(session, "listening", key, {})
    assert (count(engine, timers), count(engine, subscriptions)) == (2, 2)
    clock.push_by(dt.timedelta(days=1))
    engine.settle()
    assert set(open_items(engine, "village:1")) == {"a", "look"}
    engine.complete(open_items(engine, "village:2")["look"], {}, LI)
    engine.complete(open_items(engine, "village:2")["a"], {}, LI)
    assert (count(engine, timers), count(engine, subscriptions)) == (1, 1)
    with engine.database.writing() as session:
        engine.send(session, "halt", "village:1", {})
    engine.settle()
    assert set(open_items(engine, "village:1")) == {"clean"}
    assert (count(engine, timers), count(engine, subscriptions)) == (0, 0)
    assert engine.complete(open_items(engine, "village:1")["clean"], {}, LI).ended


def test_tokens_say_where_an_instance_stands(engine: Engine) -> None:
    number = start(engine)
    with engine.database.reading() as session:
        assert engine.tokens(session, number) == [("ticket", "fix")]
        assert "userTask" in engine.diagram(session, 1, "ticket")


def test_a_guard_that_nobody_knows_lets_nothing_through(engine: Engine, world: SmallWorld) -> None:
    del world.guards["has_result"]
    start(engine)
    with pytest.raises(DomainError, match="unknown_guard"):
        engine.complete(open_items(engine)["fix"], {"result": "x"}, LI)
    assert "fix" in open_items(engine)
