"""Robots, webhooks and other services, each spoken to in its own protocol over real connections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from engine.text import LocalizedText
from notifications.channels.apprise import AppriseChannel
from notifications.channels.dingtalk import dingtalk
from notifications.channels.feishu import feishu
from notifications.channels.webhook import webhook
from notifications.channels.wecom import wecom
from notifications.delivery import DeliveryChannels, deliver_due
from notifications.endpoints import Endpoint
from notifications.notices import Delivery as DeliveryRow
from notifications.outbox import NotificationRequest, notify_many
from notifications.outgoing_messages import Channel, DeliveryOutcome, MessageLine, OutgoingMessage, compose
from notifications.posting import networks
from notifications.preferences import NotificationPreference
from notifications.wording import Wording
from rectification.people.model import Person
from rectification.places.areas import Area
from tests.notifications import services
from tests.notifications.services import SPOKEN, Service

HERE = networks("127.0.0.0/8")
CHANNELS: dict[str, Callable[..., Channel]] = {
    "wecom": wecom, "dingtalk": dingtalk, "feishu": feishu, "webhook": webhook,
}  # fmt: skip
Starting = Callable[..., Service]


@pytest.fixture
def starting() -> Iterator[Starting]:
    running: list[Service] = []

    def start(answering: services.Answering) -> Service:
        running.append(Service(answering))
        return running[-1]

    yield start
    for entry in running:
        entry.stop()


def always(status: int, said: Any, headers: Mapping[str, str] | None = None) -> services.Answering:
    return lambda _asked: (status, headers or {}, said)


def letter(address: str, secret: str = "", lines: int = 1) -> OutgoingMessage:
    told = [
        MessageLine(f"工单{n}[逾期](http://x) @所有人", f"https://house.cn/tickets/{n}", "李明")
        for n in range(lines)
    ]
    return compose("<delivery.1@huitoukan>", "组", "李明", Wording("zh"), told).through(address, secret)


def endpoint_for(database: Database, kind: str, address: str, secret: str) -> int:
    """A person with a mail address who wants their work told to an endpoint instead."""
    with database.writing() as session:
        session.add(Area(code="341226100", name="慎城镇", level="town", path="341226100/"))
        person = Person(name="李明", login="li", email="li@example.cn", language="zh")
        session.add(person)
        session.flush()
        endpoint = Endpoint(
            kind=kind, name="工作群", address=address, secret=secret, language="zh", area_code="341226100"
        )
        session.add(endpoint)
        session.flush()
        session.add(
            NotificationPreference(person_id=person.id, matter="work", mail=False, endpoint_id=endpoint.id)
        )
        return person.id


def tell(database: Database, person: int, now: dt.datetime, number: int = 1) -> None:
    words = LocalizedText(f"新事项{number}", f"New work {number}")
    with database.writing() as session:
        notify_many(
            session,
            [
                NotificationRequest(
                    person, "offered", f"ticket:{number}", words, f"/tickets/{number}", urgent=True
                )
            ],
            now,
        )


def rows(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        found = session.execute(select(DeliveryRow.channel, DeliveryRow.state).order_by(DeliveryRow.id))
        return [(row.channel, row.state) for row in found]


@pytest.mark.parametrize("kind", SPOKEN)
def test_a_chosen_endpoint_is_told_in_its_own_protocol(
    kind: str, database: Database, starting: Starting, clock: PushedClock
) -> None:
    answering, path, secret = SPOKEN[kind]
    service = starting(answering)
    person = endpoint_for(database, kind, service.at(path), secret)
    tell(database, person, clock.now())
    delivery = DeliveryChannels({kind: CHANNELS[kind](HERE)}, "https://house.example.cn")
    assert deliver_due(database, delivery, clock.now()) == 1
    assert rows(database) == [(kind, "sent")], service.turned_away
    said = service.taken[0].body.decode()
    assert "新事项1" in said
    assert "李明" in said
    assert "https://house.example.cn/tickets/1" in said


@pytest.mark.parametrize(
    ("kind", "status", "said", "permanent", "waits"),
    [
        ("wecom", 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, True, None),
        ("wecom", 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, False, 60),
        ("wecom", 200, {"errcode": -1, "errmsg": "system busy"}, False, None),
        ("dingtalk", 200, {"errcode": 310000, "errmsg": "sign not match"}, True, None),
        ("dingtalk", 200, {"errcode": 130101, "errmsg": "send too fast"}, False, 600),
        ("feishu", 200, {"code": 19024, "msg": "Key Words Not Found"}, True, None),
        ("feishu", 200, {"code": 11232, "msg": "frequency limited psm"}, False, 60),
        ("feishu", 200, b"<html>a proxy's page</html>", False, None),
        ("wecom", 502, b"", False, None),
        ("webhook", 410, b"", True, None),
        ("webhook", 429, b"", False, 7),
        ("webhook", 302, b"", True, None),
    ],
)
def test_what_a_service_refuses_is_no_success(
    kind: str, status: int, said: Any, permanent: bool, waits: int | None, starting: Starting
) -> None:
    elsewhere = starting(always(200, {"errcode": 0, "code": 0}))
    service = starting(always(status, said, {"Location": elsewhere.at("/"), "Retry-After": "7"}))
    outcome = CHANNELS[kind](HERE).send([letter(service.at("/"), services.WEBHOOK_SECRET)])[0]
    assert outcome.error
    assert outcome.permanent is permanent
    assert outcome.wait == (None if waits is None else dt.timedelta(seconds=waits))
    assert not elsewhere.taken


def test_a_busy_hour_stays_within_twenty_a_minute_and_loses_nothing(
    database: Database, starting: Starting, clock: PushedClock
) -> None:
    limited = services.only_twenty_a_minute(services.wecom, lambda: clock.now().timestamp())
    service = starting(limited)
    person = endpoint_for(database, "wecom", service.at(SPOKEN["wecom"][1]), "")
    delivery = DeliveryChannels({"wecom": wecom(HERE)}, "https://house.example.cn")
    for number in range(90):
        tell(database, person, clock.now(), number)
        deliver_due(database, delivery, clock.now())
        clock.push_by(dt.timedelta(seconds=1))
    clock.push_by(dt.timedelta(seconds=3))
    deliver_due(database, delivery, clock.now())
    assert not service.turned_away
    told = "".join(entry.content["markdown"]["content"] for entry in service.taken)
    assert all(told.count(f"新事项{number}]") == 1 for number in range(90))
    assert {state for _, state in rows(database)} == {"sent"}


def test_when_a_service_has_had_enough_its_queue_waits_and_dies_not(
    database: Database, starting: Starting, clock: PushedClock
) -> None:
    answers = [{"errcode": 130101, "errmsg": "send too fast"}] * 20
    service = starting(lambda asked: (200, {}, answers.pop()) if answers else services.dingtalk(asked))
    person = endpoint_for(database, "dingtalk", service.at(SPOKEN["dingtalk"][1]), services.SECRET)
    delivery = DeliveryChannels({"dingtalk": dingtalk(HERE)})
    tell(database, person, clock.now())
    deliver_due(database, delivery, clock.now())
    clock.push_by(dt.timedelta(minutes=9))
    tell(database, person, clock.now(), 2)
    assert deliver_due(database, delivery, clock.now()) == 0
    while answers:
        clock.push_by(dt.timedelta(minutes=10))
        deliver_due(database, delivery, clock.now())
    clock.push_by(dt.timedelta(minutes=10))
    deliver_due(database, delivery, clock.now())
    assert {state for _, state in rows(database)} == {"sent"}


def test_a_long_list_fits_a_wecom_robot_and_nobody_draws_in_it(starting: Starting) -> None:
    service = starting(services.wecom)
    assert wecom(HERE).send([letter(service.at(SPOKEN["wecom"][1]), lines=300)]) == [DeliveryOutcome()]
    content = service.taken[0].content["markdown"]["content"]
    assert "件，请登录查看" in content
    assert "](http://x)" not in content


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::ffff:127.0.0.1]:{port}/", "http://2130706433:{port}/",
        "http://169.254.169.254/latest", "http://10.0.0.1/", "http://1.1.1.1/", "file:///etc/passwd", "http://u:p@127.0.0.1:{port}/",
    ],
)  # fmt: skip
def test_nothing_goes_where_the_operator_has_not_listed(address: str, starting: Starting) -> None:
    service = starting(always(200, {"errcode": 0}))
    port = service.server.server_address[1]
    outcome = wecom().send([letter(address.format(port=port))])[0]
    assert outcome.permanent
    assert not service.taken


def test_a_listed_network_opens_no_other(starting: Starting) -> None:
    service = starting(always(200, {"errcode": 0}))
    assert wecom(networks("10.0.0.0/8, 192.168.0.0/16")).send([letter(service.at("/"))])[0].permanent
    assert not service.taken


def test_any_other_service_goes_through_apprise(starting: Starting) -> None:
    service = starting(always(200, {"taken": "yes"}))
    channel = AppriseChannel({"duty": service.at("/").replace("http://", "json://")})
    assert channel.send([letter("duty")]) == [DeliveryOutcome()]
    assert "李明" in service.taken[0].content["message"]
    broken = starting(always(500, b""))
    refused, unknown = AppriseChannel({"duty": broken.at("/").replace("http://", "json://")}).send(
        [letter("duty"), letter("unknown")]
    )
    assert refused.error
    assert not refused.permanent
    assert unknown.permanent
