"""A draft: saved by several, read by a second person, published, overtaken, rolled back."""

from __future__ import annotations

import pytest

from engine.authoring.drafts import (
    SavedMeanwhile,
    begin,
    begin_rollback,
    get_draft,
    give_up,
    save,
    see,
    take_current_as_base,
)
from engine.authoring.findings import accept, findings
from engine.authoring.reviews import ask_for_review, decide, publish_draft
from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.errors import DomainError, NotAllowed
from engine.host import Actor
from tests.engine.drawing import process
from tests.engine.world import SmallWorld

ANNA, BO, CHEN = Actor("安娜", 1), Actor("博", 2), Actor("陈", 3)


def drawn(name: str, task: str = "t") -> bytes:
    body = (
        f'<startEvent id="s"/><userTask id="{task}" name="做" camunda:assignee="person:1"/><endEvent id="e"/>'
    )
    return process(body, f"s -> {task}", f"{task} -> e", name=name).encode()


class Shop:
    """A workshop with two processes in one version."""

    def __init__(self, database: Database, clock: PushedClock) -> None:
        self.database, self.clock = database, clock
        self.engine = Engine(database, SmallWorld(), clock)
        with database.writing() as session:
            self.first = self.engine.publish(session, {"a.bpmn": drawn("a"), "b.bpmn": drawn("b")}, "t")

    def begin(self, actor: Actor = ANNA) -> int:
        with self.database.writing() as session:
            base = self.engine.definitions.current(session, "a")
            return begin(session, base, "改一步", actor, self.clock.now())

    def do(self, number: int, verb, *rest, actor: Actor = ANNA):  # type: ignore[no-untyped-def]
        with self.database.writing() as session:
            one = get_draft(session, self.engine.definitions, number, lock=True)
            return verb(session, one, *rest, actor, self.clock.now())

    def read(self, number: int):  # type: ignore[no-untyped-def]
        with self.database.reading() as session:
            return get_draft(session, self.engine.definitions, number)

    def published(self, number: int) -> int:
        for finding in findings_of(self, number):
            self.do(number, accept, (finding.file, finding.finding.rule, finding.finding.element), "试用")
        self.do(number, ask_for_review, "改一步")
        self.do(number, decide, True, "", actor=BO)
        return int(self.do(number, publish_draft))


def findings_of(shop: Shop, number: int):  # type: ignore[no-untyped-def]
    return findings(shop.read(number))


@pytest.fixture
def shop(database: Database, clock: PushedClock) -> Shop:
    return Shop(database, clock)


def test_nothing_is_published_that_no_second_person_read(shop: Shop) -> None:
    number = shop.begin()
    with pytest.raises(DomainError, match="unchanged"):
        shop.do(number, ask_for_review, "为什么")
    shop.do(number, save, {"a.bpmn": drawn("a", "u")}, 0)
    for finding in findings_of(shop, number):
        shop.do(number, accept, (finding.file, finding.finding.rule, finding.finding.element), "试用")
    with pytest.raises(DomainError, match="note_missing"):
        shop.do(number, ask_for_review, " ")
    shop.do(number, ask_for_review, "改名")
    with pytest.raises(NotAllowed):
        shop.do(number, decide, True, "")
    with pytest.raises(DomainError, match="words_missing"):
        shop.do(number, decide, False, "", actor=BO)
    with pytest.raises(DomainError, match="not_approved"):
        shop.do(number, publish_draft)
    shop.do(number, decide, True, "", actor=BO)
    shop.do(number, save, {"a.bpmn": drawn("a", "v")}, 1)
    with pytest.raises(DomainError, match="not_approved"):
        shop.do(number, publish_draft)


def test_an_error_blocks_and_a_warning_needs_a_reason(shop: Shop) -> None:
    number = shop.begin()
    shop.do(number, save, {"a.bpmn": drawn("a", "u").replace(b'targetRef="e"', b'targetRef="gone"')}, 0)
    errors = [finding for finding in findings_of(shop, number) if finding.finding.severity == "error"]
    with pytest.raises(DomainError, match="errors"):
        shop.do(number, ask_for_review, "改")
    with pytest.raises(NotAllowed):
        shop.do(number, accept, ("a.bpmn", errors[0].finding.rule, errors[0].finding.element), "就这样")
    body = '<startEvent id="s"/><userTask id="t" camunda:assignee="person:1"/><exclusiveGateway id="g"/><endEvent id="e"/>'
    doubtful = process(body, "s -> t", "t -> g", "g -> e : n = 1", "g -> t : n = 2", name="a")
    shop.do(number, save, {"a.bpmn": doubtful.encode()}, 1)
    [warning] = [
        finding.finding for finding in findings_of(shop, number) if finding.finding.rule == "no-default"
    ]
    assert warning.severity == "warning"
    with pytest.raises(DomainError, match="warnings"):
        shop.do(number, ask_for_review, "改")
    for finding in findings_of(shop, number):
        shop.do(number, accept, (finding.file, finding.finding.rule, finding.finding.element), "答案只有两种")
    shop.do(number, ask_for_review, "改")


def test_two_hands_never_overwrite_each_other(shop: Shop) -> None:
    number = shop.begin()
    assert shop.do(number, save, {"a.bpmn": drawn("a", "u")}, 0) == 1
    with shop.database.writing() as session:
        assert see(session, number, BO, shop.clock.now()) == ["安娜"]
    with pytest.raises(SavedMeanwhile, match="just saved"):
        shop.do(number, save, {"a.bpmn": drawn("a", "w")}, 0, actor=BO)
    assert shop.do(number, save, {"a.bpmn": drawn("a", "u")}, 1) == 1
    assert shop.do(number, save, {"a.bpmn": drawn("a")}, 1) == 2
    assert shop.read(number).changed == {}


def test_drafts_of_different_files_meet_and_of_the_same_file_are_told(shop: Shop) -> None:
    one, other, third = shop.begin(), shop.begin(CHEN), shop.begin(CHEN)
    shop.do(one, save, {"a.bpmn": drawn("a", "u")}, 0)
    shop.do(other, save, {"b.bpmn": drawn("b", "u")}, 0, actor=CHEN)
    shop.do(third, save, {"a.bpmn": drawn("a", "w")}, 0, actor=CHEN)
    shop.published(one)
    with shop.database.reading() as session:
        second = shop.engine.definitions.version(session, shop.published(other))
    assert second.files == {"a.bpmn": drawn("a", "u"), "b.bpmn": drawn("b", "u")}
    with pytest.raises(DomainError, match="overtaken"):
        shop.published(third)
    shop.do(third, take_current_as_base)
    assert shop.read(third).overtaken == []
    shop.published(third)
    with pytest.raises(DomainError, match="draft_ended"):
        shop.do(third, give_up)


def test_rolling_back_publishes_the_old_files_as_a_new_version(shop: Shop) -> None:
    number = shop.begin()
    shop.do(number, save, {"a.bpmn": drawn("a", "u")}, 0)
    second = shop.published(number)
    with shop.database.writing() as session:
        old = shop.engine.definitions.version(session, shop.first)
        draft = begin_rollback(session, shop.engine.definitions, old, "回到旧版", ANNA, shop.clock.now())
    third = shop.published(draft)
    with shop.database.writing() as session:
        assert third not in (shop.first, second)
        assert shop.engine.definitions.current(session, "a").id == third
        assert shop.engine.definitions.current(session, "a").files == old.files
        with pytest.raises(DomainError, match="unchanged"):
            begin_rollback(session, shop.engine.definitions, old, "再来一次", ANNA, shop.clock.now())
