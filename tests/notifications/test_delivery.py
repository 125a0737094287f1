"""Notices leave the installation through a real SMTP server, at least once, under one Message-ID."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from sqlalchemy import select, update

from engine.clock import PushedClock
from engine.database import Database
from engine.text import LocalizedText
from notifications.channels.mail import MailChannel
from notifications.delivery import DeliveryChannels, deliver_due
from notifications.notices import Delivery as DeliveryRow
from notifications.outbox import NotificationRequest, notify_many
from rectification.people.model import Person


class Mailbox(MessageHandler):
    """Keeps what arrives; answers as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Message] = []
        self.answers: list[str] = []
        self.port = 0

    def handle_message(self, message: Message) -> None:
        self.letters.append(message)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.answers.pop(0) if self.answers else ""
        if answer == "250 then cut":
            await super().handle_DATA(server, session, envelope)
            server.transport.close()
            return "250 OK"
        return answer or str(await super().handle_DATA(server, session, envelope))


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    found = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        found.port = probe.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    yield found
    controller.stop()


@pytest.fixture
def delivery(mailbox: Mailbox) -> DeliveryChannels:
    return DeliveryChannels(
        {"mail": MailChannel(f"smtp://127.0.0.1:{mailbox.port}", "house@example.cn")},
        "https://house.example.cn",
    )


@pytest.fixture
def reader(database: Database) -> int:
    with database.writing() as session:
        person = Person(name="李明", login="li", email="li@example.cn", language="zh")
        session.add(person)
        session.flush()
        return person.id


def told(database: Database, reader: int, clock: PushedClock, *, urgent: bool, times: int = 1) -> None:
    with database.writing() as session:
        notify_many(
            session,
            [
                NotificationRequest(
                    reader,
                    "rule",
                    f"ticket:{n}",
                    LocalizedText(f"第{n}件逾期", f"Item {n} is overdue"),
                    f"/tickets/{n}",
                    urgent=urgent,
                )
                for n in range(times)
            ],
            clock.now(),
        )


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(DeliveryRow.state).order_by(DeliveryRow.id)))


def a_day_later(clock: PushedClock) -> dt.datetime:
    clock.push_by(dt.timedelta(days=1))
    return clock.now()


def test_an_urgent_notice_arrives_in_the_readers_language(
    database: Database, reader: int, delivery: DeliveryChannels, mailbox: Mailbox, clock: PushedClock
) -> None:
    told(database, reader, clock, urgent=True)
    assert deliver_due(database, delivery, clock.now()) == 1
    text = mailbox.letters[0].get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "李明" in text
    assert "第0件逾期" in text
    assert "https://house.example.cn/tickets/0" in text
    assert states(database) == ["sent"]
    assert deliver_due(database, delivery, a_day_later(clock)) == 0


def test_many_reminders_of_a_day_make_one_letter(
    database: Database, reader: int, delivery: DeliveryChannels, mailbox: Mailbox, clock: PushedClock
) -> None:
    told(database, reader, clock, urgent=False, times=9)
    deliver_due(database, delivery, a_day_later(clock))
    assert len(mailbox.letters) == 1
    assert states(database) == ["sent"] * 9


def test_what_comes_after_the_digest_of_the_day_waits_for_tomorrow(
    database: Database, reader: int, delivery: DeliveryChannels, mailbox: Mailbox, clock: PushedClock
) -> None:
    for _ in range(3):
        told(database, reader, clock, urgent=False)
        deliver_due(database, delivery, clock.now())
    assert len(mailbox.letters) == 1
    deliver_due(database, delivery, a_day_later(clock))
    assert len(mailbox.letters) == 2
    assert states(database) == ["sent"] * 3


def test_what_comes_after_the_digest_of_the_day_joins_todays_when_nothing_was_carried_out_overnight(
    database: Database, reader: int, delivery: DeliveryChannels, mailbox: Mailbox, clock: PushedClock
) -> None:
    told(database, reader, clock, urgent=False)
    deliver_due(database, delivery, clock.now())
    told(database, reader, clock, urgent=False)
    clock.push_to(clock.now() + dt.timedelta(days=3))
    told(database, reader, clock, urgent=False)
    for _look in range(2):
        deliver_due(database, delivery, clock.now())
    assert states(database) == ["sent"] * 3
    told(database, reader, clock, urgent=False)
    deliver_due(database, delivery, clock.now())
    assert states(database) == ["sent"] * 3 + ["queued"], "today's was sent"


def test_a_refusal_for_good_is_dead_and_one_for_now_is_tried_again(
    database: Database, reader: int, delivery: DeliveryChannels, mailbox: Mailbox, clock: PushedClock
) -> None:
    told(database, reader, clock, urgent=True)
    with database.writing() as session:
        other = Person(name="王芳", login="wang", email="wang@example.cn", language="en")
        session.add(other)
        session.flush()
    told(database, other.id, clock, urgent=True)
    mailbox.answers = ["550 no such mailbox", "451 come back later"]
    deliver_due(database, delivery, clock.now())
    assert sorted(states(database)) == ["dead", "failed"]
    deliver_due(database, delivery, a_day_later(clock))
    assert sorted(states(database)) == ["dead", "sent"]
    assert len(mailbox.letters) == 1


def test_a_repeat_carries_the_same_message_id(
    database: Database, reader: int, delivery: DeliveryChannels, mailbox: Mailbox, clock: PushedClock
) -> None:
    told(database, reader, clock, urgent=True)
    mailbox.answers = ["250 then cut"]
    deliver_due(database, delivery, clock.now())
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(state="failed", next_try_at=clock.now()))
    deliver_due(database, delivery, clock.now())
    assert len(mailbox.letters) == 2
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 1


def test_no_server_loses_nothing(database: Database, reader: int, clock: PushedClock) -> None:
    told(database, reader, clock, urgent=True)
    nowhere = DeliveryChannels({"mail": MailChannel("smtp://127.0.0.1:9", "house@example.cn")})
    for _ in range(3):
        deliver_due(database, nowhere, a_day_later(clock))
    assert states(database) == ["failed"]
