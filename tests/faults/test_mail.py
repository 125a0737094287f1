"""A mail server that misbehaves loses nothing, and what is repeated carries the Message-ID that it had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from engine.words import Words
from notifications.channels.mail import MailChannel
from notifications.delivery import Delivery, deliver_due
from notifications.notices import Delivery as DeliveryRow
from notifications.outbox import Telling, tell_many
from notifications.resending import resend
from register.people import Person
from tests.notifications.mail_server import MODES, MailServer

PEOPLE = 12


@pytest.fixture
def server() -> Iterator[MailServer]:
    found = MailServer()
    yield found
    found.stop()


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_lost_and_a_repeat_is_known_as_one(
    mode: str, database: Database, server: MailServer, clock: PushedClock
) -> None:
    with database.writing() as session:
        people = [
            Person(name=f"人{n}", login=f"p{n}", email=f"p{n}@example.cn", language="zh")
            for n in range(PEOPLE)
        ]
        session.add_all(people)
        session.flush()
        words = Words("逾期", "Overdue")
        tell_many(
            session,
            [Telling(one.id, "rung", "ticket:1", words, "/", urgent=True) for one in people],
            clock.now(),
        )
    delivery = Delivery(
        {"mail": MailChannel(f"smtp://127.0.0.1:{server.port}", "house@example.cn", timeout=0.3)}
    )
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
