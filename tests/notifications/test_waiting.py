"""Carrying letters out holds up nobody: few statements for many letters, each by an index, and looking before the turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.orm import Session

from engine.clock import PushedClock
from engine.database import Database
from engine.text import LocalizedText
from notifications import claiming
from notifications.delivery import DeliveryChannels, deliver_due
from notifications.notices import Delivery as DeliveryRow
from notifications.outbox import NotificationRequest, notify_many
from notifications.outgoing_messages import DeliveryOutcome, OutgoingMessage
from notifications.reasons import answered
from rectification.people.model import Person

PEOPLE = 30


class Post:
    """A channel that answers each letter as it is told to."""

    def __init__(self, answer: Callable[[int], DeliveryOutcome] = lambda _number: DeliveryOutcome()) -> None:
        self.answer = answer
        self.letters: list[OutgoingMessage] = []

    def send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        self.letters += letters
        return [self.answer(number) for number in range(len(letters))]


@pytest.fixture
def people(database: Database) -> list[int]:
    with database.writing() as session:
        result = [Person(name=f"人{n}", login=f"p{n}", email=f"p{n}@example.cn") for n in range(PEOPLE)]
        session.add_all(result)
        session.flush()
        return [entry.id for entry in result]


def tell(database: Database, people: Sequence[int], now: dt.datetime, *, urgent: bool = True) -> None:
    words = LocalizedText("逾期", "Overdue")
    with database.writing() as session:
        notify_many(
            session,
            [NotificationRequest(person, "rule", "ticket:1", words, "/", urgent=urgent) for person in people],
            now,
        )


@contextmanager
def heard(database: Database) -> Iterator[list[str]]:
    """Every statement meanwhile."""
    said: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(database.engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", listen)


def some_of_each(number: int) -> DeliveryOutcome:
    kinds = (
        DeliveryOutcome(),
        DeliveryOutcome(answered(f"451 queue {number}")),
        DeliveryOutcome(answered(f"554 p{number}"), permanent=True),
        DeliveryOutcome(answered(f"busy {number}"), wait=dt.timedelta(minutes=1)),
    )
    return kinds[number % len(kinds)]


@pytest.mark.parametrize("urgent", [True, False])
def test_many_letters_take_no_more_statements_than_few(
    database: Database, people: list[int], clock: PushedClock, urgent: bool
) -> None:
    counts = []
    for some in (people[:4], people):
        tell(database, some, clock.now(), urgent=urgent)
        with heard(database) as said:
            assert deliver_due(database, DeliveryChannels({"mail": Post(some_of_each)}), clock.now()) == len(
                some
            )
        counts.append(len(said))
        clock.push_by(dt.timedelta(days=20))
        assert (
            deliver_due(database, DeliveryChannels({"mail": Post()}), clock.now())
            == len(some) // 4 + (len(some) + 2) // 4
        )
        clock.push_by(dt.timedelta(days=1))
    assert counts[0] == counts[1]


def test_each_letter_is_marked_with_what_became_of_it(
    database: Database, people: list[int], clock: PushedClock
) -> None:
    tell(database, people, clock.now())
    post = Post(some_of_each)
    deliver_due(database, DeliveryChannels({"mail": post}), clock.now())
    expected = {}
    for number, letter in enumerate(post.letters):
        outcome = some_of_each(number)
        state = "sent" if outcome.error is None else "dead" if outcome.permanent else "failed"
        expected[letter.to] = (state, outcome.error, 0 if outcome.wait else 1, letter.message_id)
    with database.reading() as session:
        rows = session.scalars(select(DeliveryRow)).all()
    assert {
        row.address: (row.state, row.last_error, row.attempts, row.message_id) for row in rows
    } == expected
    assert {row.sent_at for row in rows if row.state == "sent"} == {clock.now()}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_waits_is_found_by_its_index(database: Database, people: list[int], clock: PushedClock) -> None:
    tell(database, people, clock.now(), urgent=False)
    asked: list[tuple[str, Any]] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, said, values, *_: asked.append((said, values)),
    )
    deliver_due(database, DeliveryChannels({"mail": Post()}), clock.now())
    with database.engine.connect() as connection:
        plans = {
            step[3]
            for said, values in list(asked)
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", values)
        }
    assert any("ix_deliveries_next_try_at" in plan for plan in plans)
    assert "SCAN deliveries" not in plans


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_changed_between_the_look_and_the_turn_is_looked_at_again(
    database: Database, people: list[int], clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(database, people, clock.now())
    look = claiming._look
    looks: list[Any] = []

    def and_meanwhile(session: Session, *rest: Any) -> Any:
        found = look(session, *rest)
        if not looks:
            with database.writing() as other:
                given_up = update(DeliveryRow).where(DeliveryRow.address == "p7@example.cn")
                other.execute(given_up.values(state="dead"))
        looks.append(found)
        return found

    monkeypatch.setattr(claiming, "_look", and_meanwhile)
    post = Post()
    assert deliver_due(database, DeliveryChannels({"mail": post}), clock.now()) == PEOPLE - 1
    assert len(looks) == 2
    assert "p7@example.cn" not in {letter.to for letter in post.letters}


def test_more_than_one_conversation_carries_is_carried_in_several(
    database: Database, people: list[int], clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's notices are torn apart over it."""
    monkeypatch.setattr(claiming, "AT_ONCE", 8)
    monkeypatch.setattr(claiming, "NOTICES", 10)
    for _ in range(2):
        tell(database, people, clock.now(), urgent=False)
    post = Post()
    assert deliver_due(database, DeliveryChannels({"mail": post}), clock.now()) == PEOPLE
    assert {(letter.to, len(letter.lines)) for letter in post.letters} == {
        (f"p{n}@example.cn", 2) for n in range(PEOPLE)
    }
    with database.reading() as session:
        assert session.scalar(text("SELECT count(DISTINCT message_id) FROM deliveries")) == PEOPLE
