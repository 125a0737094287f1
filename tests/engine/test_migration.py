"""Moving running instances between versions: what SpiffWorkflow's own migration gets wrong, each case by name."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Table, select, update

from engine.clock import PushedClock
from engine.database import Database
from engine.definitions.versions import Version
from engine.engine import Engine
from engine.errors import DomainError
from engine.host import Actor
from engine.migration.move import MoveVerdict, judge, migrate, send
from engine.migration.tokens import MovePlan
from engine.migration.undo import undo
from engine.schema import candidates, history, instances, messages, subscriptions, timers, work_items
from tests.engine.drawing import process
from tests.engine.world import SmallWorld

LI, OWNER = Actor("李明", 7), Actor("流程管理员", 9)
LATE = '<boundaryEvent id="late" attachedToRef="b" cancelActivity="false"><timerEventDefinition><timeDuration>PT72H</timeDuration></timerEventDefinition></boundaryEvent><userTask id="hurry" camunda:assignee="person:8"/>'


def task(name: str, more: str = "", label: str = "") -> str:
    return f'<userTask id="{name}" name="{label or name}" camunda:assignee="person:7"{more}/>'


def chain(*names: str, extra: str = "", flows: tuple[str, ...] = (), **labels: str) -> bytes:
    body = "".join(task(name, label=labels.get(name, "")) for name in names)
    steps = ["s", *names, "e"]
    pairs = [f"{one} -> {other}" for one, other in pairwise(steps)]
    return process(f'<startEvent id="s"/>{body}{extra}<endEvent id="e"/>', *pairs, *flows).encode()


V1 = chain("a", "b", "c", extra=LATE, flows=("late -> hurry", "hurry -> e"))


class Bench:
    """One instance of version one that waits at b, and whatever version it is moved to."""

    def __init__(self, database: Database, clock: PushedClock, first: bytes = V1) -> None:
        self.database, self.clock = database, clock
        self.engine = Engine(database, SmallWorld(), clock)
        self.publish(first)
        with database.writing() as session:
            self.instance = self.engine.start(session, "p", "ticket:1", {"n": 1})
        self.complete("a")

    def publish(self, data: bytes) -> Version:
        with self.database.writing() as session:
            number = self.engine.publish(session, {"p.bpmn": data}, "t")
            return self.engine.definitions.version(session, number)

    def open(self) -> dict[str, Any]:
        with self.database.reading() as session:
            rows = session.execute(select(work_items).where(work_items.c.closed_at.is_(None))).all()
            return {row.element: row for row in rows}

    def complete(self, element: str, **values: Any) -> None:
        self.engine.complete(self.open()[element].id, values, LI)

    def due(self) -> dict[str, dt.datetime]:
        with self.database.reading() as session:
            return {row.element: row.due_at for row in session.execute(select(timers))}

    def go(
        self, data: bytes, expect: str = "moves", rearm: frozenset[str] = frozenset(), **places: str
    ) -> MoveVerdict:
        """Judge, then move: both must say the same."""
        plan = MovePlan(self.publish(data), places, rearm)
        with self.database.reading() as session:
            told = judge(self.engine, session, self.instance, plan)
        done = migrate(self.engine, self.instance, plan, OWNER, "改版")
        assert (told.outcome, told.words, told.elements) == (done.outcome, done.words, done.elements)
        assert done.outcome == expect, done.words
        return done

    def finish(self, *names: str) -> None:
        for name in names:
            assert set(self.open()) == {name}
            self.complete(name)
        with self.database.reading() as session:
            assert session.execute(select(instances.c.ended_at)).scalar_one() is not None

    def rows(self, *tables: Table) -> list[Any]:
        with self.database.reading() as session:
            return [sorted(map(tuple, session.execute(select(table)).all()), key=str) for table in tables]

    def state(self) -> Any:
        with self.database.reading() as session:
            columns = (instances.c.definition_id, instances.c.state, instances.c.status, instances.c.incident)
            return tuple(session.execute(select(*columns)).one())


@pytest.fixture
def bench(database: Database, clock: PushedClock) -> Bench:
    return Bench(database, clock)


def test_a_step_inserted_after_is_met_and_draft_and_timer_stay(bench: Bench, clock: PushedClock) -> None:
    item, due = bench.open()["b"], bench.due()["late"]
    clock.push_by(dt.timedelta(hours=5))
    bench.go(chain("a", "b", "x", "c", extra=LATE, flows=("late -> hurry", "hurry -> e"), b="整改（新）"))
    assert (bench.open()["b"].id, bench.open()["b"].name) == (item.id, "整改（新）")
    assert bench.due() == {"late": due}
    bench.finish("b", "x", "c")


def test_a_step_inserted_before_is_not_visited(bench: Bench) -> None:
    bench.go(chain("a", "x", "b", "c"))
    bench.finish("b", "c")


def test_a_finished_step_that_is_gone_harms_nothing(bench: Bench) -> None:
    bench.go(chain("b", "c"))
    bench.finish("b", "c")


def test_the_step_it_waits_on_is_gone_and_needs_a_place(bench: Bench) -> None:
    gone = chain("a", "c")
    lost = bench.go(gone, "place")
    assert lost.elements == [("b", "b")]
    item = bench.open()["b"]
    bench.go(gone, b="c")
    assert bench.open()["c"].id == item.id
    assert bench.due() == {}
    bench.finish("c")


def test_a_timer_added_is_armed_one_removed_is_gone_and_one_changed_is_kept_or_armed_anew(
    bench: Bench, clock: PushedClock
) -> None:
    was = bench.due()["late"]
    clock.push_by(dt.timedelta(hours=10))
    later = LATE.replace("PT72H", "PT100H")
    bench.go(chain("a", "b", "c", extra=later, flows=("late -> hurry", "hurry -> e")))
    assert bench.due() == {"late": was}
    again = LATE.replace("PT72H", "PT101H")
    bench.go(
        chain("a", "b", "c", extra=again, flows=("late -> hurry", "hurry -> e")), rearm=frozenset({"late"})
    )
    assert bench.due() == {"late": clock.now() + dt.timedelta(hours=101)}
    bench.go(chain("a", "b", "c"))
    assert bench.due() == {}
    soon = LATE.replace("late", "soon").replace("PT72H", "PT1H")
    bench.go(chain("a", "b", "c", extra=soon, flows=("soon -> hurry", "hurry -> e")))
    clock.push_by(dt.timedelta(hours=2))
    bench.engine.settle()
    assert set(bench.open()) == {"b", "hurry"}


def test_a_reminder_that_was_sent_is_not_sent_again(bench: Bench, clock: PushedClock) -> None:
    clock.push_by(dt.timedelta(hours=80))
    bench.engine.settle()
    bench.complete("hurry")
    bench.go(chain("a", "b", "x", "c", extra=LATE, flows=("late -> hurry", "hurry -> e")))
    assert bench.due() == {}


def test_a_later_step_renamed_and_a_label_changed_are_harmless(bench: Bench) -> None:
    bench.go(chain("a", "b", "d", a="签收", b="整改"))
    bench.finish("b", "d")


def test_wrapping_into_parallel_branches_is_refused_with_the_reason(bench: Bench) -> None:
    body = "".join(map(task, "abcd")) + '<parallelGateway id="f"/><parallelGateway id="j" name="汇合"/>'
    wrapped = process(
        f'<startEvent id="s"/>{body}<endEvent id="e"/>',
        "s -> a", "a -> f", "f -> b", "f -> d", "b -> j", "d -> j", "j -> c", "c -> e",
    ).encode()  # fmt: skip
    verdict = bench.go(wrapped, "cannot")
    assert "汇合" in verdict.words.zh
    bench.go(wrapped, b="c")
    bench.finish("c")


def test_undoing_restores_everything_and_only_while_nothing_followed(bench: Bench) -> None:
    tables = (work_items, timers, subscriptions, candidates)
    before, state = bench.rows(*tables), bench.state()
    moved = bench.go(chain("a", "c", a="签收"), b="c")
    assert bench.state() != state
    assert moved.move is not None
    undo(bench.engine, moved.move, OWNER)
    assert (bench.rows(*tables), bench.state()) == (before, state)
    with pytest.raises(DomainError, match="undone"):
        undo(bench.engine, moved.move, OWNER)
    again = bench.go(chain("a", "c", a="领取"), b="c")
    bench.complete("c")
    assert again.move is not None
    with pytest.raises(DomainError, match="moved_on"):
        undo(bench.engine, again.move, OWNER)


def test_undone_tickets_go_on_as_if_nothing_had_happened(bench: Bench, clock: PushedClock) -> None:
    moved = bench.go(chain("a", "c"), b="c")
    assert moved.move is not None
    undo(bench.engine, moved.move, OWNER)
    clock.push_by(dt.timedelta(hours=80))
    bench.engine.settle()
    assert set(bench.open()) == {"b", "hurry"}
    bench.complete("hurry")
    bench.finish("b", "c")


def test_one_ticket_is_sent_back_with_a_reason_and_history_tells_it(bench: Bench) -> None:
    with pytest.raises(DomainError, match="reason_missing"):
        send(bench.engine, bench.instance, "b", "a", OWNER, " ")
    with pytest.raises(DomainError, match="cannot_move"):
        send(bench.engine, bench.instance, "b", "e", OWNER, "跳到结束")
    send(bench.engine, bench.instance, "b", "a", OWNER, "材料不全")
    with bench.database.reading() as session:
        told = session.execute(select(history.c.detail).where(history.c.action == "sent_back")).scalar_one()
    assert "材料不全" in told
    bench.finish("a", "b", "c")


def test_a_race_at_an_event_gateway_hears_what_the_new_version_adds(
    database: Database, clock: PushedClock
) -> None:
    def raced(*events: str) -> bytes:
        catches = "".join(
            f'<intermediateCatchEvent id="{event}"><messageEventDefinition messageRef="m_{event}"/></intermediateCatchEvent>'
            for event in events
        )
        messages = "".join(f'<message id="m_{entry}" name="{entry}"/>' for entry in ("x", "y"))
        pairs = [f"g -> {event}" for event in events] + [f"{event} -> c" for event in events]
        body = f'<startEvent id="s"/>{task("a")}<eventBasedGateway id="g"/>{catches}{task("c")}<endEvent id="e"/>'
        return process(body, "s -> a", "a -> g", *pairs, "c -> e", outside=messages).encode()

    bench = Bench(database, clock, raced("x", "z").replace(b"m_z", b"m_x"))
    bench.go(raced("x", "y"))
    with database.writing() as session:
        bench.engine.send(session, "y", "ticket:1", {})
    bench.engine.settle()
    bench.finish("c")


def test_inside_a_sub_process_it_goes_on_and_a_new_boundary_is_armed(
    database: Database, clock: PushedClock
) -> None:
    def nested(*names: str, edge: str = "") -> bytes:
        steps = ["is", *names, "ie"]
        inner = "".join(map(task, names)) + "".join(
            f'<sequenceFlow id="{one}_{other}" sourceRef="{one}" targetRef="{other}"/>'
            for one, other in pairwise(steps)
        )
        sub = f'<subProcess id="sub"><startEvent id="is"/>{inner}<endEvent id="ie"/></subProcess>'
        late = '<boundaryEvent id="edge" attachedToRef="sub"><timerEventDefinition><timeDuration>PT5H</timeDuration></timerEventDefinition></boundaryEvent>'
        pairs = ["s -> a", "a -> sub", "sub -> c", "c -> e"] + (["edge -> c"] if edge else [])
        body = f'<startEvent id="s"/>{task("a")}{sub}{late if edge else ""}{task("c")}<endEvent id="e"/>'
        return process(body, *pairs).encode()

    bench = Bench(database, clock, nested("m", "n"))
    bench.go(nested("m", "o", "n", edge="yes"))
    assert set(bench.due()) == {"edge"}
    bench.go(nested("o", "n"), m="n")
    bench.finish("n", "c")


def test_undoing_keeps_what_others_did_meanwhile(database: Database, clock: PushedClock) -> None:
    offered = chain("a", "b", "c").replace(
        b'id="b" name="b" camunda:assignee="person:7"',
        b'id="b" name="b" camunda:candidateGroups="post:town@1" camunda:dueDate="2019-09-20"',
    )
    escalated = offered.replace(
        b'camunda:dueDate="2019-09-20"/>',
        b'camunda:dueDate="2019-09-20"><extensionElements><camunda:properties>'
        b'<camunda:property name="escalation" value="rectify"/></camunda:properties></extensionElements></userTask>',
    )
    assert offered != escalated
    bench = Bench(database, clock, offered)
    moved = bench.go(escalated)
    item = bench.open()["b"]
    assert (item.escalation, item.escalation_step) == ("rectify", 0)
    bench.engine.claim(item.id, LI)
    with database.writing() as session:  # a sweep reached two levels meanwhile
        session.execute(update(work_items).values(escalation_step=2, escalation_at=None))
        bench.engine.send(session, "later", "ticket:1", {})
    assert moved.move is not None
    undo(bench.engine, moved.move, OWNER)
    after = bench.open()["b"]
    assert (after.owner, after.escalation) == ("person:7", None)
    with database.reading() as session:
        assert session.execute(select(messages.c.name)).scalars().all() == ["later"]
    again = bench.go(escalated)
    assert bench.open()["b"].owner == "person:7"
    assert again.move is not None
    bench.finish("b", "c")
