"""One slow or dead address, and whatever goes wrong over one message, harms nobody else."""

from __future__ import annotations

import datetime as dt
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from engine.clock import PushedClock
from engine.database import Database
from engine.text import LocalizedText
from notifications import chat_bots, claiming, delivery, live_updates, posting
from notifications.channels import mail
from notifications.channels.dingtalk import dingtalk
from notifications.channels.feishu import feishu
from notifications.channels.mail import LOST, MailChannel
from notifications.channels.push import push
from notifications.channels.webhook import webhook
from notifications.channels.wecom import wecom
from notifications.delivery import RETRIES, DeliveryChannels, Rounds, deliver_due
from notifications.endpoints import Endpoint
from notifications.notices import Delivery as DeliveryRow
from notifications.notices import Notice
from notifications.outbox import NotificationRequest, notify_many
from notifications.outgoing_messages import DeliveryOutcome, MessageLine, OutgoingMessage, compose
from notifications.posting import networks
from notifications.preferences import Peace
from notifications.vapid import HouseKey
from notifications.wording import Wording
from rectification.people.model import Person
from tests.notifications.mail_server import MailServer
from tests.notifications.push_service import PushingBrowser
from tests.notifications.services import WEBHOOK_SECRET, Service


class Unforeseen(Exception):
    """What nobody has thought of."""


FAULTS: tuple[Exception, ...] = (
    ValueError("1"), TypeError("2"), KeyError("3"), AttributeError("4"), RecursionError("5"), MemoryError("6"),
    OSError("7"), OperationalError("8", None, Exception()), Unforeseen("\ud800 9\0"),
)  # fmt: skip
INNOCENT = 3


@pytest.fixture
def server() -> Iterator[MailServer]:
    mail_server = MailServer()
    yield mail_server
    mail_server.stop()


def told(
    database: Database, clock: PushedClock, addresses: Sequence[str], *, urgent: bool = True, times: int = 1
) -> None:
    """Something to each of these people, who are listed with the first message."""
    with database.writing() as session:
        people = {row.email: row.id for row in session.scalars(select(Person))}
        for address in addresses:
            if address not in people:
                person = Person(name=address.partition("@")[0], login=address, email=address, language="zh")
                session.add(person)
                session.flush()
                people[address] = person.id
        rows = [
            NotificationRequest(
                people[address],
                "rule",
                f"ticket:{n}",
                LocalizedText(f"{address} 第{n}件", "Overdue"),
                "/",
                urgent=urgent,
            )
            for address in addresses
            for n in range(times)
        ]
        notify_many(session, rows, clock.now())


def fates(database: Database) -> dict[str, set[tuple[str, int]]]:
    """State and attempts of what goes to each address."""
    with database.reading() as session:
        result: dict[str, set[tuple[str, int]]] = {}
        for row in session.scalars(select(DeliveryRow)):
            result.setdefault(row.address, set()).add((row.state, row.attempts))
    return result


def post(server: MailServer, timeout: float = 1.0) -> DeliveryChannels:
    return DeliveryChannels(
        {"mail": MailChannel(f"smtp://127.0.0.1:{server.port}", "house@example.cn", timeout)}
    )


def test_a_mailbox_that_answers_late_costs_nobody_behind_it_an_attempt(
    database: Database, server: MailServer, clock: PushedClock
) -> None:
    slow, others = "a0@example.cn", [f"b{n}@example.cn" for n in range(11)]
    server.slow[slow] = 2.0
    told(database, clock, [slow, *others])
    deliver_due(database, post(server), clock.now())
    found = fates(database)
    assert found.pop(slow) == {("failed", 1)}
    assert set(map(frozenset, found.values())) == {frozenset({("sent", 1)})}
    server.asked.clear()
    told(database, clock, [slow, *others])
    clock.push_by(RETRIES[0])
    deliver_due(database, post(server), clock.now())
    assert server.asked[-2:] == [slow, slow], "after everybody else: what failed, and what came since"
    assert set(server.asked[:-2]) == set(others)
    assert set(map(frozenset, fates(database).values())) <= {
        frozenset({("sent", 1)}),
        frozenset({("sent", 1), ("sent", 2)}),
    }, "a slow address is given more time"


def test_many_mailboxes_that_never_answer_are_tried_some_at_a_time_and_innocents_are_served(
    database: Database, server: MailServer, clock: PushedClock
) -> None:
    silent, others = [f"a{n}@example.cn" for n in range(2 * LOST)], [f"b{n}@example.cn" for n in range(6)]
    server.slow = dict.fromkeys(silent, 3600)
    told(database, clock, [*silent, *others])
    rounds = []
    for _ in range(3):
        deliver_due(database, post(server, 0.4), clock.now())
        rounds.append(fates(database))
        clock.push_by(dt.timedelta(minutes=1))
    tried = [entry for entry in silent if rounds[0][entry] == {("failed", 1)}]
    assert len(tried) == LOST, rounds[0]
    assert all(rounds[0][entry] == {("failed", 0)} for entry in (*silent, *others) if entry not in tried), (
        "not tried"
    )
    assert all(rounds[2][other] == {("sent", 1)} for other in others)


def test_a_server_that_is_away_costs_no_attempt(database: Database, clock: PushedClock) -> None:
    told(database, clock, [f"b{n}@example.cn" for n in range(4)])
    nowhere = DeliveryChannels({"mail": MailChannel("smtp://127.0.0.1:9", "house@example.cn")})
    for _ in range(2 * len(RETRIES)):
        deliver_due(database, nowhere, clock.now())
        clock.push_by(dt.timedelta(days=1))
    assert set(map(frozenset, fates(database).values())) == {frozenset({("failed", 0)})}


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # the server is stopped while it hangs
def test_a_channel_that_hangs_holds_up_no_other(
    database: Database, clock: PushedClock, server: MailServer
) -> None:
    server.mode = "hangs"
    told(database, clock, ["b@example.cn"])
    endpoints(database, clock, ["http://127.0.0.1:9/"])
    posted: list[OutgoingMessage] = []

    class Other:
        def send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
            posted.extend(letters)
            return [DeliveryOutcome() for _ in letters]

    hanging = post(server, 3600).channels["mail"]
    rounds = Rounds(database, DeliveryChannels({"mail": hanging, "wecom": Other()}))
    begun = rounds.begin(clock.now())
    begun[1].result()
    assert len(posted) == 1
    assert not begun[0].done()
    endpoints(database, clock, ["http://127.0.0.1:10/"])
    for entry in rounds.begin(clock.now()):
        entry.result()
    assert len(posted) == 2, "while the first still hangs"
    server.stop()
    rounds.close()


def endpoints(database: Database, clock: PushedClock, addresses: Sequence[str]) -> None:
    """One urgent message waits for each of these robots."""
    with database.writing() as session:
        for address in addresses:
            person = Person(name="李明", login=f"{address}", email=None, language="zh")
            endpoint = Endpoint(kind="wecom", name=address, address=address, language="zh", area_code="")
            session.add_all([person, endpoint])
            session.flush()
            notice = Notice(person_id=person.id, at=clock.now(), kind="offered", about="ticket:1", link="/")
            notice.words_zh, notice.words_en, notice.urgent = "新事项", "New", True
            session.add(notice)
            session.flush()
            row = DeliveryRow(notice_id=notice.id, channel="wecom", address=address, endpoint_id=endpoint.id)
            row.next_try_at = clock.now()
            session.add(row)


def test_a_host_that_hangs_takes_neither_the_seats_nor_the_attempts_of_others(
    database: Database, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 2.0)
    service = Service(lambda _asked: (200, {}, {"errcode": 0}))
    with socket.create_server(("127.0.0.1", 0), backlog=50) as deaf:
        hanging = [f"http://127.0.0.1:{deaf.getsockname()[1]}/{n}" for n in range(12)]
        dead = [f"http://127.0.0.1:9/{n}" for n in range(3)]
        fine = [service.at(f"/{n}") for n in range(6)]
        endpoints(database, clock, [*hanging, *dead, *fine])
        deliver_due(database, DeliveryChannels({"wecom": wecom(networks("127.0.0.0/8"))}), clock.now())
    service.stop()
    found = fates(database)
    assert all(found[entry] == {("sent", 1)} for entry in fine)
    tried = [entry for entry in hanging if found[entry] == {("failed", 1)}]
    assert len(tried) == chat_bots.AT_ONE_HOST
    assert all(found[entry] == {("failed", 0)} for entry in hanging if entry not in tried)


Planting = Callable[[pytest.MonkeyPatch, Callable[[object], None]], None]


def _wrap(owner: Any, name: str) -> Planting:
    """Whatever is called with a victim's address somewhere in its arguments raises what was planted."""

    def plant(monkeypatch: pytest.MonkeyPatch, look: Callable[[object], None]) -> None:
        real = getattr(owner, name)

        def instead(*given: Any, **named: Any) -> Any:
            look(given)
            return real(*given, **named)

        monkeypatch.setattr(owner, name, instead)

    return plant


PLACES: dict[str, Planting] = {
    "habits": _wrap(Peace, "until"),
    "wording": _wrap(claiming, "compose"),
    "message": _wrap(mail, "message_of"),
    "channel": _wrap(MailChannel, "send"),
}


def looking_for(victims: Sequence[str]) -> Callable[[object], None]:
    def look(given: object) -> None:
        said = repr(given)
        for number, address in enumerate(victims):
            if address in said:
                raise FAULTS[number]

    return look


@pytest.mark.parametrize("place", PLACES)
def test_what_is_raised_over_one_letter_becomes_a_dead_letter_and_the_others_go_out(
    place: str, database: Database, server: MailServer, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    victims = [f"a{n}@example.cn" for n in range(len(FAULTS))]
    others = [f"b{n}@example.cn" for n in range(INNOCENT)]
    PLACES[place](monkeypatch, looking_for(victims))
    told(database, clock, [*victims, *others])
    deliver_due(database, post(server), clock.now())
    found = fates(database)
    assert {address: found[address] for address in victims} == {victim: {("failed", 1)} for victim in victims}
    assert {address: found[address] for address in others} == {other: {("sent", 1)} for other in others}
    for wait in RETRIES:
        clock.push_by(wait)
        deliver_due(database, post(server), clock.now())
    told(database, clock, others)
    deliver_due(database, post(server), clock.now())
    with database.reading() as session:
        query = select(DeliveryRow).where(DeliveryRow.state == "dead").order_by(DeliveryRow.address)
        dead = session.scalars(query).all()
    assert [entry.address for entry in dead] == victims
    for one, fault in zip(dead, FAULTS, strict=True):
        assert one.last_error is not None
        assert type(fault).__name__ in one.last_error.zh
    assert all(fates(database)[address] == {("sent", 1)} for address in others)


def test_one_notice_that_cannot_be_told_leaves_the_digest_to_the_others(
    database: Database, server: MailServer, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(database, clock, ["b@example.cn"], urgent=False, times=5)
    _wrap(claiming, "compose")(monkeypatch, looking_for(["b@example.cn 第2件"]))
    deliver_due(database, post(server), clock.now())
    assert len(server.letters) == 1
    monkeypatch.undo()
    clock.push_by(dt.timedelta(days=1))
    deliver_due(database, post(server), clock.now())
    with database.reading() as session:
        rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)).all()
    assert [(row.state, row.attempts) for row in rows] == [("sent", 2 if n == 2 else 1) for n in range(5)]
    assert len({identity for identity, _to in server.letters}) == 2, "not taken for a repeat"


def test_a_letter_that_cannot_be_marked_leaves_the_others_marked(
    database: Database, server: MailServer, clock: PushedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    victims, others = [f"a{n}@example.cn" for n in range(3)], ["b0@example.cn", "b1@example.cn"]
    told(database, clock, [*victims, *others])
    _wrap(delivery, "_mark")(monkeypatch, looking_for(victims))
    deliver_due(database, post(server), clock.now())
    assert {one for one, fate in fates(database).items() if fate == {("sent", 1)}} == set(others)
    monkeypatch.undo()
    clock.push_by(claiming.LEASE)
    deliver_due(database, post(server), clock.now())
    assert all(fate == {("sent", 1)} for fate in fates(database).values())
    assert len(set(server.letters)) == 5, "under the identity that it had"


def test_the_bell_listens_on_whatever_it_has_heard(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, heard = live_updates.Bell(database), iter(FAULTS)

    def hear() -> None:
        fault = next(heard, None)
        if fault is not None:
            raise fault
        found.closed = True

    monkeypatch.setattr(live_updates, "AGAIN", 0)
    monkeypatch.setattr(found, "_hear", hear)
    found._listen()
    assert next(heard, None) is None


Answered = tuple[str, int, dict[str, Any] | bytes, dict[str, str], str, int | None, bool]
"""A channel, the status, body and headers of its service's answer; what is kept of it, how long to wait, whether for good."""
ANSWERS: list[Answered] = [
    ("wecom", 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, {}, "45009 api freq out of limit", 60, False),
    ("wecom", 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, {}, "93000 invalid webhook url", None, True),
    ("dingtalk", 200, {"errcode": 130101, "errmsg": "send too fast"}, {}, "130101 send too fast", 600, False),
    ("dingtalk", 200, {"errcode": 310000, "errmsg": "sign not match"}, {}, "310000 sign not match", None, True),
    ("feishu", 400, {"code": 9499, "msg": "too many request"}, {}, "9499 too many request", 60, False),
    ("feishu", 400, {"code": 9499, "msg": "too many request"}, {"Retry-After": "90"}, "9499 too many", 90, False),
    ("feishu", 400, {"code": 9499, "msg": "Bad Request"}, {}, "9499 Bad Request", None, False),
    ("feishu", 400, {"code": 19024, "msg": "Key Words Not Found"}, {}, "19024 Key Words Not Found", None, True),
    ("feishu", 200, {"code": 19021, "msg": "sign match fail"}, {}, "19021 sign match fail", None, True),
    ("feishu", 429, b"", {"Retry-After": "7"}, "HTTP 429", 7, False),
    ("feishu", 502, {"code": 0}, {}, "HTTP 502", None, False),
    ("webhook", 429, b"slow down", {"Retry-After": "7"}, "HTTP 429 slow down", 7, False),
    ("webhook", 400, b'{"error":"no such hook"}', {}, "no such hook", None, True),
    ("push", 404, b"unknown subscription", {}, "HTTP 404 unknown subscription", None, True),
    ("push", 410, b"", {}, "HTTP 410", None, True),
    ("push", 413, b"payload too large", {}, "HTTP 413 payload too large", None, True),
    ("push", 429, b"", {"Retry-After": "30"}, "HTTP 429", 30, False),
    ("push", 503, b"", {}, "HTTP 503", None, False),
]  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_services_own_code_and_words_count_whatever_the_status(
    answer: Answered, clock: PushedClock
) -> None:
    kind, status, said, headers, kept, wait, permanent = answer
    browser = PushingBrowser("", clock.now)
    inside, key = networks("127.0.0.0/8"), HouseKey(browser.private)
    channel = {
        "wecom": wecom(inside),
        "dingtalk": dingtalk(inside),
        "feishu": feishu(inside),
        "webhook": webhook(inside),
        "push": push(lambda: key, "mailto:house@example.cn", inside, clock),
    }[kind]
    secret = {"push": browser.subscription.keys, "webhook": WEBHOOK_SECRET}.get(kind, "")
    service = Service(lambda _asked: (status, headers, said))
    told = [MessageLine("事项", "https://house.cn/")]
    letter = compose("<1@house>", "", "", Wording("zh"), told).through(service.at("/x"), secret)
    (outcome,) = channel.send([letter])
    service.stop()
    browser.service.stop()
    assert outcome.error is not None
    assert kept in outcome.error.zh
    assert outcome.wait == (None if wait is None else dt.timedelta(seconds=wait))
    assert outcome.permanent is permanent
    assert outcome.gone is (kind == "push" and status in (404, 410))
