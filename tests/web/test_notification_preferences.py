"""The pages about telling people: deliveries, groups, wording, and what each person prefers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from engine.text import LocalizedText
from notifications.channels.wecom import wecom
from notifications.delivery import DeliveryChannels, deliver_due
from notifications.notices import Delivery as DeliveryRow
from notifications.outbox import NotificationRequest, notify_many
from notifications.outgoing_messages import DeliveryOutcome, OutgoingMessage
from notifications.posting import networks
from notifications.reasons import answered
from rectification.campaigns.model import Campaign
from rectification.people.model import Person
from rectification.people.posts import INSTALLATION
from rectification.people.scopes import scopes_of_people
from rectification.places.areas import Area
from tests.notifications import services
from tests.web.application import ADMIN, COUNTY, HELPER, LEAD, SHANGHAI, STRANGER, give_post
from tests.web.conftest import Street


class Postbox:
    """A mail server that takes everything but what goes to an address it refuses."""

    def __init__(self) -> None:
        self.letters: list[OutgoingMessage] = []

    def send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        result = []
        for letter in letters:
            wrong = letter.to.startswith("wrong")
            result.append(
                DeliveryOutcome(answered("550 no such mailbox"), permanent=True)
                if wrong
                else DeliveryOutcome()
            )
            self.letters += [] if wrong else [letter]
        return result


@pytest.fixture
def postbox(street: Street) -> Postbox:
    found = Postbox()
    street.application.delivery = DeliveryChannels(
        {"mail": found},
        "https://house.cn",
        zone=lambda: SHANGHAI,
        scopes_of=lambda session, people: scopes_of_people(
            session, people, street.application.clock.now().date()
        ),
    )
    return found


def tell(street: Street, person: int, number: int = 1, *, kind: str = "offered", must: bool = False) -> None:
    row = NotificationRequest(
        person,
        kind,
        f"ticket:{number}",
        LocalizedText(f"新事项{number}", f"New work {number}"),
        f"/tickets/{number}",
        must=must,
    )
    with street.application.database.writing() as session:
        notify_many(session, [row], street.application.clock.now())


def address(street: Street, person: int, mail: str) -> None:
    with street.application.database.writing() as session:
        session.execute(update(Person).where(Person.id == person).values(email=mail))


def deliver(street: Street) -> int:
    return deliver_due(
        street.application.database, street.application.delivery, street.application.clock.now()
    )


def test_a_refused_address_is_shown_to_its_office_and_what_was_refused_goes_again(
    street: Street, postbox: Postbox
) -> None:
    address(street, HELPER, "wrong@example.cn")
    address(street, STRANGER, "wrong-too@example.cn")
    tell(street, HELPER)
    tell(street, STRANGER, 2)
    deliver(street)
    page = street.person(COUNTY).speaks("en").get("/deliveries").text
    assert "Addresses that were refused" in page
    assert "wrong@example.cn" in page
    assert "550 no such mailbox" in page
    assert "wrong-too@example.cn" not in page, "nobody of this county"
    assert "wrong-too@example.cn" not in street.person(ADMIN).get("/deliveries").text, "of this county too"
    give_post(street.application, ADMIN, "admin", INSTALLATION)
    assert "wrong-too@example.cn" in street.person(ADMIN).get("/deliveries").text
    assert "refused" in street.person(HELPER).speaks("en").get("/me/telling").text
    address(street, HELPER, "right@example.cn")
    assert street.person(COUNTY).post("/deliveries/resend").headers["location"] == "/deliveries?again=1"
    deliver(street)
    assert [letter.to for letter in postbox.letters] == ["right@example.cn"]
    assert "Addresses that were refused" not in street.person(COUNTY).speaks("en").get("/deliveries").text
    assert street.person(COUNTY).post("/deliveries/2/resend").status_code == 404, "of another county's person"


def test_what_a_person_prefers_is_obeyed_but_for_what_must_be_told(street: Street, postbox: Postbox) -> None:
    address(street, HELPER, "helper@example.cn")
    browser = street.person(HELPER)
    proposal = {
        "mail.work": "",
        "mail.deadline": "",
        "mail.decision": "yes",
        "rhythm": "daily",
        "digest_at": "20:00",
    }
    assert browser.post("/me/telling", proposal).status_code == 303
    tell(street, HELPER, 1)
    tell(street, HELPER, 2, kind="escalated")
    tell(street, HELPER, 3, kind="escalated", must=True)
    tell(street, HELPER, 4, kind="closed")
    deliver(street)
    assert postbox.letters == [], "nothing before eight in the evening"
    street.application.clock.push_to(dt.datetime(2019, 9, 2, 12, 0, tzinfo=dt.UTC))
    deliver(street)
    assert [[line.words for line in letter.lines] for letter in postbox.letters] == [["新事项3", "新事项4"]]


def test_quiet_hours_hold_back_and_lose_nothing(street: Street, postbox: Postbox) -> None:
    address(street, HELPER, "helper@example.cn")
    browser = street.person(HELPER)
    refusal = browser.post("/me/telling", {"quiet_from": "22:00", "quiet_until": ""})
    assert refusal.status_code == 422
    assert (
        'name="quiet_from" aria-describedby="quiet-problem" aria-invalid="true" data-take-focus value="22:00"'
        in refusal.text
    )
    proposal = {f"mail.{entry}": "yes" for entry in ("work", "deadline", "decision")}
    browser.post(
        "/me/telling", {**proposal, "quiet_from": "22:00", "quiet_until": "07:00", "rhythm": "at_once"}
    )
    for hour in (14, 17, 22):  # 22:00, 01:00 and 06:00 in Shanghai
        street.application.clock.push_to(dt.datetime(2019, 9, 2, hour, 0, tzinfo=dt.UTC))
        tell(street, HELPER, hour)
        deliver(street)
    assert postbox.letters == []
    street.application.clock.push_to(dt.datetime(2019, 9, 2, 23, 0, tzinfo=dt.UTC))
    deliver(street)
    assert [len(letter.lines) for letter in postbox.letters] == [3]


def test_an_office_changes_the_wording_looks_at_it_and_tries_it(street: Street, postbox: Postbox) -> None:
    browser = street.person(COUNTY).speaks("en")
    texts = {
        "speaks": "zh",
        "subject_one": "颍上县：{first}",
        "subject_many": "{count} 件",
        "greeting": "{name}同志：",
    }
    wrong = browser.post("/messages", {**texts, "opening": "{password}", "act": "keep"})
    assert wrong.status_code == 422
    assert "{password} means nothing here" in wrong.text
    texts |= {"opening": "请按时办理。<b>", "footer": ""}
    seen = browser.post("/messages", {**texts, "act": "preview"}).text
    assert "郑区县同志：" in seen
    assert "&lt;b&gt;" in seen
    assert "no mail address" in browser.post("/messages", {**texts, "act": "test"}).text
    address(street, COUNTY, "zheng@example.cn")
    assert "was handed to the mail server" in browser.post("/messages", {**texts, "act": "test"}).text
    assert [letter.to for letter in postbox.letters] == ["zheng@example.cn"]
    browser.post("/messages", {**texts, "act": "keep"})
    address(street, HELPER, "helper@example.cn")
    tell(street, HELPER)
    deliver(street)
    assert postbox.letters[1].subject == "颍上县：新事项1"
    assert "请按时办理。&lt;b&gt;" in postbox.letters[1].html


def test_a_town_adds_its_group_and_its_people_choose_it(street: Street) -> None:
    service = services.Service(services.wecom)
    try:
        street.application.delivery = DeliveryChannels(
            {"wecom": wecom(networks("127.0.0.1/32"))}, "https://house.cn"
        )
        county = street.person(COUNTY).speaks("en")
        group = {"kind": "wecom", "name": "颍上工作群", "address": "no address", "area": "341226"}
        assert "begins with https://" in county.post("/endpoints", group).text
        assert (
            county.post("/endpoints", {**group, "area": "341200", "address": service.at("/")}).status_code
            == 422
        )
        assert county.post("/endpoints", {**group, "address": service.at("/?key=k1")}).status_code == 303
        assert "took the test message" in county.post("/endpoints/1/test").text
        assert "key=k1" not in county.get("/endpoints").text
        assert "颍上工作群" in street.person(LEAD).get("/me/telling").text
        assert "颍上工作群" not in street.person(STRANGER).get("/me/telling").text
        street.person(LEAD).post("/me/telling", {"endpoint.work": "1"})
        tell(street, LEAD)
        deliver(street)
        assert "李队长：新事项1" in service.taken[1].content["markdown"]["content"]
        service.answering = lambda _asked: (200, {}, {"errcode": 93000, "errmsg": "invalid webhook url"})
        street.application.clock.push_by(dt.timedelta(days=1))
        tell(street, LEAD, 3)
        deliver(street)
        answers = {
            "zh": "对方答复：93000 invalid webhook url",
            "en": "the other side answered: 93000 invalid",
        }
        for language, why in answers.items():
            assert why in county.speaks(language).post("/endpoints/1/test").text
            assert why in street.person(ADMIN).speaks(language).get("/deliveries").text
        county.post("/endpoints/1/remove")
        tell(street, LEAD, 2)
        deliver(street)
        assert len(service.taken) == 2
        with street.application.database.reading() as session:
            assert session.scalars(select(DeliveryRow.state).order_by(DeliveryRow.id)).all() == [
                "sent",
                "dead",
            ]
    finally:
        service.stop()


def test_what_cannot_be_muted_stands_campaign_by_campaign_where_they_differ(street: Street) -> None:
    with street.application.database.writing() as session:
        place = session.get_one(Campaign, 1).area_code
        session.add(Area(code="990000", name="别处", level="county", path="990000/"))
        session.flush()
        for number, area in ((2, place), (3, "990000")):
            name = f"秋季检查{number}"
            campaign = Campaign(id=number, name=name, name_en=f"Autumn {number}", year=2019, area_code=area)
            campaign.settings = {"floor": "blue"}
            session.add(campaign)
            session.flush()
    page = street.person(HELPER).speaks("zh").get("/me/telling").text
    assert re.search(r"<li>\s*秋季检查2：蓝色、黄色、红色\s*</li>", page)
    assert len(re.findall(r"：红色\s*</li>", page)) == 1
    assert "秋季检查3" not in page, "of another place"
