"""The seed's calendar from the first of September to the eighth of October, on a pushed clock, for four tickets.

Three people are away, a transfer is refused twice, one extension is granted and one refused, one explanation is approved and
one rejected, a make-up Sunday counts, and the installation is down for three days over the 24th. Who was told what is compared with a
table written by hand from the plan's escalations, and every channel carries it to a service of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.schema import work_items
from notifications.channels.apprise import AppriseChannel
from notifications.channels.mail import MailChannel
from notifications.delivery import DeliveryChannels, deliver_due
from notifications.endpoints import Endpoint
from notifications.notices import Delivery as Way
from notifications.notices import Notice
from notifications.preferences import NotificationPreference
from rectification.escalation.delivery_proof import get_delivery_proof
from rectification.escalation.digests import notice_key
from rectification.escalation.policy import EscalationStep
from tests.notifications.mail_server import MailServer
from tests.notifications.services import SPOKEN, Service
from tests.notifications.test_channels import CHANNELS, HERE
from tests.rectification.campaign import CITY, ZONE, SmallCampaign, day_end, local
from tests.rectification.test_deputies import names
from tests.rectification.test_main_way import decide
from tests.rectification.test_requests import ask_transfer

MIDNIGHT = "23:59"
TOLD = [
    # T4 is due on the 12th, T3 on the 18th, T2 on the 20th and after its extension on the 21st.
    ("09-05", MIDNIGHT, "helper", 0, "T4"),  # a week before
    ("09-09", MIDNIGHT, "helper", 0, "T4"),  # three days before, with the leader
    ("09-09", MIDNIGHT, "team_leader", 0, "T4"),
    ("09-11", MIDNIGHT, "helper", 0, "T3 T4"),  # a week before T3 and a day before T4: one message
    ("09-12", MIDNIGHT, "helper", 0, "T4"),  # due
    ("09-13", MIDNIGHT, "team_leader", 1, "T4"),  # a day late; the leader is away, their deputy hears too
    ("09-13", MIDNIGHT, "lead", 1, "T4"),
    ("09-14", MIDNIGHT, "helper", 0, "T2"),  # a week before
    ("09-15", MIDNIGHT, "helper", 0, "T3"),  # three days before T3, three days after T4
    ("09-15", MIDNIGHT, "team_leader", 0, "T3"),
    ("09-15", MIDNIGHT, "town", 2, "T4"),
    ("09-15", MIDNIGHT, "town_second", 2, "T4"),
    ("09-17", MIDNIGHT, "helper", 0, "T3"),  # a day before; the helper is away, their deputy hears too
    ("09-17", MIDNIGHT, "helper_second", 0, "T3"),
    ("09-17", MIDNIGHT, "county", 3, "T4"),  # five days late
    ("09-17", MIDNIGHT, "county_second", 3, "T4"),
    ("09-18", MIDNIGHT, "helper", 0, "T2 T3"),  # three days before T2, T3 due
    ("09-18", MIDNIGHT, "helper_second", 0, "T2 T3"),
    ("09-18", MIDNIGHT, "team_leader", 0, "T2"),
    # T3 is explained on the 19th; the department has a working day, and its officer is away from the 20th.
    ("09-20", "06:00", "health", 0, "T3"),  # four hours before
    ("09-20", "06:00", "health_leader", 0, "T3"),
    # T4 is asked on the 19th whether it will be in time, by the 22nd.
    ("09-20", MIDNIGHT, "helper", 0, "T4"),  # two days before
    ("09-22", MIDNIGHT, "helper", 0, "T4"),  # due
    # The server is down from the 23rd to the 26th. What fell due meanwhile is told at its end, in one message.
    ("09-26", "18:00", "team_leader", 1, "T4"),
    ("09-26", MIDNIGHT, "town", 2, "T4"),  # two days late
    ("09-26", MIDNIGHT, "town_second", 2, "T4"),
    # Written on the 27th and refused, T4 has three working days: the make-up Sunday, Monday, and the 8th after the holiday.
    ("10-01", MIDNIGHT, "helper", 0, "T4"),  # a week before
    ("10-04", MIDNIGHT, "helper", 0, "T4"),  # will it be in time? two days before
    ("10-05", MIDNIGHT, "helper", 0, "T4"),  # three days before
    ("10-05", MIDNIGHT, "team_leader", 0, "T4"),
    ("10-06", MIDNIGHT, "helper", 0, "T4"),  # will it be in time? due
    ("10-07", MIDNIGHT, "helper", 0, "T4"),  # a day before
    ("10-07", MIDNIGHT, "team_leader", 1, "T4"),  # will it be in time? a day late
]
"""Day, time, person, level and tickets."""


@pytest.fixture
def clock() -> PushedClock:
    """The first day of the plan."""
    return PushedClock(local(1, 9))


@pytest.fixture
def services() -> Iterator[dict[str, Service]]:
    """Robots, a receiver of webhooks and one of what Apprise sends, each on this machine's own network."""
    running = {kind: Service(answering) for kind, (answering, _, _) in SPOKEN.items()}
    running["apprise"] = Service(lambda _asked: (200, {}, {"taken": "yes"}))
    yield running
    for entry in running.values():
        entry.stop()


READERS = {
    "wecom": "town",
    "dingtalk": "county",
    "feishu": "team_leader",
    "webhook": "lead",
    "apprise": "county_second",
}
"""Who is told of deadlines through which endpoint; all others by mail."""


def test_the_plan_from_september_to_october_tells_whom_its_escalations_name(
    small: SmallCampaign, services: dict[str, Service]
) -> None:
    _choose_endpoints(small, services)
    tickets = _until_the_outage(small)
    small.leap(local(26, 18))
    _after_the_outage(small, tickets)
    assert _escalation_messages(small, tickets) == sorted(TOLD)
    with small.database.reading() as session:
        proved = get_delivery_proof(session, f"ticket:{tickets['T4']}")
    assert (proved.unbacked, proved.unknown) == (0, 0)
    _everything_is_sent(small, services)


def _choose_endpoints(small: SmallCampaign, services: dict[str, Service]) -> None:
    with small.database.writing() as session:
        for kind, who in READERS.items():
            _, path, secret = SPOKEN.get(kind, (None, "", ""))
            address = "duty" if kind == "apprise" else services[kind].at(path)
            endpoint = Endpoint(
                kind=kind, name=kind, address=address, secret=secret, language="zh", area_code=CITY
            )
            session.add(endpoint)
            session.flush()
            person = small.people[who]
            session.add(
                NotificationPreference(
                    person_id=person, matter="deadline", mail=False, endpoint_id=endpoint.id
                )
            )


def _everything_is_sent(small: SmallCampaign, services: dict[str, Service]) -> None:
    post = MailServer()
    apprise = services["apprise"].at("/").replace("http://", "json://")
    ways = {kind: channel(HERE) for kind, channel in CHANNELS.items()}
    ways["apprise"] = AppriseChannel({"duty": apprise})
    ways["mail"] = MailChannel(f"smtp://127.0.0.1:{post.port}", "house@example.cn")
    delivery = DeliveryChannels(ways, "https://house.example.cn", services=("duty",))
    while deliver_due(small.database, delivery, small.clock.now()):
        small.clock.push_by(dt.timedelta(seconds=4))  # a robot takes one message every three
    post.stop()
    with small.database.reading() as session:
        states = {(row.channel, row.state) for row in session.execute(select(Way.channel, Way.state))}
    assert states == {(kind, "sent") for kind in ways}
    assert all(service.taken for service in services.values())
    assert len({number for number, _ in post.letters}) == len(post.letters) > 0


def _until_the_outage(small: SmallCampaign) -> dict[str, int]:
    small.begin()
    names(small, "helper", "helper_second", 16, 18)
    names(small, "team_leader", "lead", 12, 14)
    names(small, "health", "health_leader", 20, 22)
    small.push(local(3))
    for home, items in (("201-001", ("E4",)), ("201-002", ("E4",)), ("201-003", ("E3", "E4"))):
        found: dict[str, object] = {}
        for item in items:
            found |= small.failed(home, item)
        small.visit(home, found)
    small.push(local(4))
    small.submit()
    homes = {number: name for name, number in small.homes.items()}
    names_of = {
        ("201-001", "E4"): "T1",
        ("201-002", "E4"): "T2",
        ("201-003", "E3"): "T3",
        ("201-003", "E4"): "T4",
    }
    tickets = {
        names_of[homes[ticket.household_id or 0], ticket.item]: ticket.id for ticket in small.tickets()
    }
    due = {"T1": "2019-09-20", "T2": "2019-09-20", "T3": "2019-09-18", "T4": "2019-09-12"}
    for name, number in tickets.items():
        small.do("town", f"ticket:{number}", "review_line", review="accept")
        small.dispatch(number, due=due[name])
        small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    _transferred(small, tickets["T1"])
    _more_time(small, tickets["T2"], tickets["T3"])
    _closed(small, tickets["T1"], "clinic_leader", local(10))
    small.push(local(19))
    _closed(small, tickets["T2"], "helper", local(19, 10))
    _explained_and_approved(small, tickets["T3"])
    small.push(local(23, 18))
    return tickets


def _transferred(small: SmallCampaign, number: int) -> None:
    """Two refuse it; the town says whose it is."""
    small.push(local(5, 10))
    for hour in (10, 14):
        small.push(local(5, hour))
        ask_transfer(small, number)
        answer = {"transfer_taken": "no", "transfer_note": "不是我们的"}
        small.do("village_office", f"ticket:{number}", "accept_transfer", **answer)
    final = {"final_unit": small.units["clinic"], "final_person": small.people["clinic_leader"]}
    small.do("town", f"ticket:{number}", "settle_transfer", **final)


def _more_time(small: SmallCampaign, granted: int, refused: int) -> None:
    small.push(local(10))
    for number, day in ((granted, "2019-09-21"), (refused, "2019-09-23")):
        asked = {"outcome": "extend", "result": "雨天停工", "asked_date": day}
        small.do("helper", f"ticket:{number}", "rectify", **asked)
    small.do(
        "town", f"ticket:{granted}", "decide_extension", extension_granted="yes", new_due_date="2019-09-21"
    )
    small.do(
        "town", f"ticket:{refused}", "decide_extension", extension_granted="no", extension_note="可以按期完成"
    )


def _closed(small: SmallCampaign, number: int, who: str, at: dt.datetime) -> None:
    small.push(at)
    small.fixed(number, who)
    small.verified(number, "fixed", "county_second" if who == "clinic_leader" else "town")
    record = {
        "record_channel": "paper_archive",
        "external_number": f"档-{number}",
        "external_date": "2019-09-10",
    }
    small.do("county", f"ticket:{number}", "record_closure", **record)


def _explained_and_approved(small: SmallCampaign, number: int) -> None:
    small.do("helper", f"ticket:{number}", "rectify", outcome="cannot_close", result="工程未完")
    small.explained(number)
    small.do("town", f"ticket:{number}", "town_review", town_decision="agree", town_opinion="属实")
    small.push(local(20, 9))
    small.do(
        "health_leader", f"ticket:{number}", "dept_review", dept_decision="agree", dept_opinion="可以挂账"
    )
    small.do("county", f"ticket:{number}", "county_review", county_decision="agree", county_opinion="同意")
    assert small.ticket(number).status == "hung"


def _after_the_outage(small: SmallCampaign, tickets: dict[str, int]) -> None:
    number = tickets["T4"]
    small.push(local(27, 9))
    small.explained(number)
    decide(small, number, "town", last="reject")
    last = day_end(8, month=10)
    assert (
        small.ticket(number).due_at == last
    )  # the make-up Sunday, Monday, and the first day after the holiday
    small.push(last)


def _escalation_messages(
    small: SmallCampaign, tickets: dict[str, int]
) -> list[tuple[str, str, str, int, str]]:
    by_person = {number: name for name, number in small.people.items()}
    by_key = {f"ticket:{number}": name for name, number in tickets.items()}
    query = (
        select(Notice, work_items.c.key)
        .join(EscalationStep, notice_key() == Notice.dedupe)
        .join(work_items, work_items.c.id == EscalationStep.work_item_id)
        .order_by(Notice.at, Notice.id, work_items.c.key)
    )
    about: dict[tuple[str, str, str, int, int], list[str]] = {}
    with small.database.reading() as session:
        for notice, key in session.execute(query):
            at = notice.at.astimezone(ZONE)
            line = (f"{at:%m-%d}", f"{at:%H:%M}", by_person[notice.person_id], notice.level, notice.id)
            about.setdefault(line, []).append(by_key.get(key, key))
    return sorted((*line[:4], " ".join(sorted(set(some)))) for line, some in about.items())
