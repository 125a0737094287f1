"""A mail server that misbehaves loses nothing, and what is repeated carries the Message-ID that it had."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from engine.text import LocalizedText
from notifications.channels.mail import LOST, MailChannel
from notifications.claiming import LEASE
from notifications.delivery import DeliveryChannels, deliver_due
from notifications.notices import Delivery as DeliveryRow
from notifications.outbox import NotificationRequest, notify_many
from notifications.resending import resend
from rectification.people.model import Person
from tests.faults.test_every_statement import PulledPlug, plug_pulled
from tests.notifications.mail_server import MODES, MailServer

PEOPLE = 12


@pytest.fixture
def server() -> Iterator[MailServer]:
    mail_server = MailServer()
    yield mail_server
    mail_server.stop()


def told(database: Database, clock: PushedClock) -> None:
    """Something urgent to a dozen people, who are there after the first time."""
    with database.writing() as session:
        people = list(session.scalars(select(Person.id)))
        if not people:
            new = [
                Person(name=f"人{n}", login=f"p{n}", email=f"p{n}@example.cn", language="zh")
                for n in range(PEOPLE)
            ]
            session.add_all(new)
            session.flush()
            people = [entry.id for entry in new]
        words = LocalizedText("逾期", "Overdue")
        told = [NotificationRequest(person, "rule", "ticket:1", words, "/", urgent=True) for person in people]
        notify_many(session, told, clock.now())


def post(server: MailServer) -> DeliveryChannels:
    address = f"smtp://127.0.0.1:{server.port}"
    return DeliveryChannels({"mail": MailChannel(address, "house@example.cn", timeout=0.3)})


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_lost_and_a_repeat_is_known_as_one(
    mode: str, database: Database, server: MailServer, clock: PushedClock
) -> None:
    told(database, clock)
    delivery = post(server)
    server.mode = mode
    for _ in range(3):
        deliver_due(database, delivery, clock.now())
        clock.push_by(dt.timedelta(hours=1))
    with database.reading() as session:
        kept = set(session.scalars(select(DeliveryRow.state)))
        dead = list(session.scalars(select(DeliveryRow.id).where(DeliveryRow.state == "dead")))
    assert kept == ({"dead"} if mode == "554" else {"failed"})
    server.mode = "healthy"
    with database.writing() as session:
        assert resend(session, dead, clock.now()) == (PEOPLE if mode == "554" else 0)
    clock.push_by(dt.timedelta(days=1))
    deliver_due(database, delivery, clock.now())
    with database.reading() as session:
        assert set(session.scalars(select(DeliveryRow.state))) == {"sent"}
    assert {to for _, to in server.letters} == {f"p{n}@example.cn" for n in range(PEOPLE)}
    assert len(set(server.letters)) == PEOPLE, "one identity for each letter, however often it came"
    if mode == "cuts":
        assert len(server.letters) > PEOPLE


def test_a_server_that_hangs_up_on_every_letter_is_left_alone_and_the_others_lose_no_attempt(
    database: Database, server: MailServer, clock: PushedClock
) -> None:
    told(database, clock)
    server.mode = "cuts"
    deliver_due(database, post(server), clock.now())
    assert len(server.letters) == LOST
    with database.reading() as session:
        tried = Counter(
            tuple(row) for row in session.execute(select(DeliveryRow.state, DeliveryRow.attempts)).all()
        )
    assert tried == {("failed", 1): LOST, ("failed", 0): PEOPLE - LOST}


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_postman_who_drops_at_any_statement_repeats_the_same_letters(
    database: Database, server: MailServer, clock: PushedClock, moment: str
) -> None:
    for at in range(1, 100):
        told(database, clock)
        server.letters.clear()
        with plug_pulled(database, at, moment) as statements, suppress(PulledPlug):
            deliver_due(database, post(server), clock.now())
        if statements[0] < at:
            break
        clock.push_by(LEASE)
        deliver_due(database, post(server), clock.now())
        assert {to for _, to in server.letters} == {f"p{n}@example.cn" for n in range(PEOPLE)}
        assert len(set(server.letters)) == PEOPLE, "one identity for each letter, however often it came"
    assert at > 5
    with database.reading() as session:
        assert set(session.scalars(select(DeliveryRow.state))) == {"sent"}
