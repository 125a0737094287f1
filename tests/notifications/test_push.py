"""Devices: a browser's push service is spoken to over real connections, and the browser reads what it is told."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from engine.text import LocalizedText
from notifications import posting
from notifications.channels.push import push, sealed
from notifications.chat_bots import AT_ONE_HOST
from notifications.delivery import DeliveryChannels, deliver_due
from notifications.devices import add_device, devices_of
from notifications.notices import Delivery as DeliveryRow
from notifications.outbox import NotificationRequest, notify_many
from notifications.outgoing_messages import MessageLine, compose
from notifications.posting import networks
from notifications.preferences import NotificationPreference
from notifications.resending import resend
from notifications.vapid import HouseKey, house_key
from notifications.wording import Wording
from rectification.people.model import Person
from tests.notifications.push_service import CURVE, PushingBrowser, code, decode

HERE = networks("127.0.0.0/8")


@pytest.fixture
def phone(database: Database, clock: PushedClock) -> Iterator[PushingBrowser]:
    """The phone of somebody who reads English, listed a moment ago."""
    pushing_browser = PushingBrowser(house_key(database, clock.now()).public, clock.now)
    with database.writing() as session:
        session.add(Person(id=1, name="李明", login="li", email=None, language="en"))
        session.flush()
        add_device(session, 1, "Chrome · Android", pushing_browser.subscription, clock.now())
    yield pushing_browser
    pushing_browser.service.stop()


def tell(
    database: Database,
    now: dt.datetime,
    *numbers: int,
    kind: str = "offered",
    must: bool = False,
    urgent: bool = True,
) -> None:
    rows = [
        NotificationRequest(1, kind, f"ticket:{n}", LocalizedText(f"新事项{n}", f"New work {n}"), f"/tickets/{n}", must=must, urgent=urgent)
        for n in numbers
    ]  # fmt: skip
    with database.writing() as session:
        notify_many(session, rows, now)


def deliver(database: Database, clock: PushedClock, after: dt.timedelta = dt.timedelta(seconds=3)) -> int:
    clock.push_by(after)
    key = house_key(database, clock.now())
    channel = push(lambda: key, "mailto:house@example.cn", HERE, clock)
    return deliver_due(database, DeliveryChannels({"push": channel}, "https://house.cn"), clock.now())


def states(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(DeliveryRow.state).order_by(DeliveryRow.id)))


def test_a_message_is_sealed_as_in_the_example_of_rfc_8291() -> None:
    own = ec.derive_private_key(
        int.from_bytes(decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), CURVE
    )
    theirs = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
    salt, auth = decode("DGv6ra1nlYgDCS1FRnbzlw"), decode("BTBZMqHH6r4Tts7J_aSIgg")
    found = sealed(b"When I grow up, I want to be a watermelon", decode(theirs), auth, own, salt)
    assert code(found) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
        "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_a_device_is_told_as_its_reader_prefers(
    database: Database, clock: PushedClock, phone: PushingBrowser
) -> None:
    tell(database, clock.now(), 1)
    assert deliver(database, clock) == 1
    first = phone.shown[0]
    assert (first["title"], first["body"], first["lang"]) == ("Huitoukan", "New work 1", "en")
    assert first["link"] == "https://house.cn/tickets/1"
    tell(database, clock.now(), 2, 3, urgent=False)
    assert deliver(database, clock) == 1, phone.service.turned_away
    digest = phone.shown[1]
    assert "2 things" in digest["title"]
    assert "1 more" in digest["body"]
    assert digest["link"] == "https://house.cn/notices"
    with database.writing() as session:
        session.add(NotificationPreference(person_id=1, matter="deadline", devices=False))
    tell(database, clock.now(), 4, kind="escalated")
    tell(database, clock.now(), 5, kind="escalated", must=True)
    deliver(database, clock)
    assert [entry["body"] for entry in phone.shown[2:]] == ["New work 5"]
    with database.reading() as session:
        assert devices_of(session, 1)[0].Device.reached_at == clock.now()


def test_what_is_urgent_or_escalated_wakes_a_device_that_saves_power(
    database: Database, clock: PushedClock, phone: PushingBrowser
) -> None:
    for number, (kind, urgent) in enumerate([("offered", False), ("escalated", False), ("offered", True)]):
        tell(database, clock.now(), number, kind=kind, urgent=urgent)
        assert deliver(database, clock, dt.timedelta(days=1)) == 1
    assert [entry.headers["Urgency"] for entry in phone.service.taken] == ["normal", "high", "high"]


def test_a_service_that_never_answers_holds_up_one_batch_once(
    clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.2)
    browser = PushingBrowser("", clock.now)
    key = HouseKey(browser.private)
    letters = [
        compose(f"<{n}@house>", "", "", Wording("zh"), [MessageLine("说", "https://house.cn/")])
        for n in range(30)
    ]
    with socket.create_server(("127.0.0.1", 0), backlog=50) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/push/s1"
        going = [letter.through(address, browser.subscription.keys) for letter in letters]
        found = push(lambda: key, "mailto:house@example.cn", HERE, clock).send(going)
    browser.service.stop()
    assert all(entry.error for entry in found)
    assert not any(entry.down for entry in found), "other hosts are spoken to"
    assert len([entry for entry in found if entry.wait is None]) == AT_ONE_HOST, (
        "the others were not tried in vain"
    )


def test_a_busy_service_is_asked_again_and_a_device_that_is_gone_stays_gone(
    database: Database, clock: PushedClock, phone: PushingBrowser
) -> None:
    phone.refuses = [(429, {"Retry-After": "7"}), (503, {})]
    tell(database, clock.now(), 1)
    deliver(database, clock)
    assert states(database) == ["failed"]
    assert deliver(database, clock, dt.timedelta(seconds=6)) == 0, "seven seconds were asked for"
    assert deliver(database, clock, dt.timedelta(seconds=1)) == 1
    assert deliver(database, clock, dt.timedelta(minutes=1)) == 1
    assert states(database) == ["sent"]
    phone.refuses = [(410, {})]
    tell(database, clock.now(), 2)
    deliver(database, clock)
    assert states(database) == ["sent", "dead"]
    with database.writing() as session:
        assert not devices_of(session, 1)
        assert resend(session, [2], clock.now()) == 0
    tell(database, clock.now(), 3)
    assert deliver(database, clock) == 0
    assert len(phone.shown) == 1
