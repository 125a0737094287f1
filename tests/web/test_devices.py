"""My account: this browser is put on the list of my devices, and taken off it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from notifications.channels.push import push
from notifications.delivery import DeliveryChannels
from notifications.posting import Network, networks
from notifications.vapid import house_key
from tests.notifications.push_service import PushingBrowser
from tests.web.application import ADMIN, HELPER, LEAD, PASSWORD
from tests.web.conftest import Street
from tests.web.test_notification_preferences import deliver, tell

AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36"


@pytest.fixture
def phone(street: Street) -> Iterator[PushingBrowser]:
    pushing_browser = PushingBrowser(
        house_key(street.application.database, street.clock.now()).public, street.clock.now
    )
    pushes(street, networks("127.0.0.0/8"))
    yield pushing_browser
    pushing_browser.service.stop()


def pushes(street: Street, inside: tuple[Network, ...]) -> None:
    key = house_key(street.application.database, street.clock.now())
    street.application.delivery = DeliveryChannels(
        {"push": push(lambda: key, "mailto:a@b.cn", inside, street.clock)}
    )


def test_a_browser_is_listed_once_it_was_reached_and_leaves_with_its_next_reader(
    street: Street, phone: PushingBrowser
) -> None:
    given = phone.subscription
    fields = {"endpoint": given.endpoint, "p256dh": given.p256dh, "auth": given.auth}
    helper, lead = street.person(HELPER), street.person(LEAD).speaks("en")
    assert phone.house_key in helper.get("/me").text, "what the browser lets send to it"
    assert helper.post("/me/devices", fields, **{"user-agent": AGENT}).status_code == 303
    assert [entry["body"] for entry in phone.shown] == ["此设备已登记，以后的通知会显示在这里。"]
    assert "Chrome · Android" in helper.get("/me").text
    assert given.endpoint not in helper.get("/me").text
    assert lead.post("/me/devices/1/remove").status_code == 404, "somebody else's"
    assert lead.post("/me/devices", fields, **{"user-agent": AGENT}).status_code == 303
    assert given.fingerprint not in helper.get("/me").text
    assert given.fingerprint in lead.get("/me").text
    phone.refuses = [(410, {})]
    tell(street, LEAD)
    deliver(street)
    assert given.fingerprint not in lead.get("/me").text
    ledger = street.person(ADMIN).speaks("en").get("/deliveries").text
    assert "HTTP 410" in ledger
    assert "Send again" not in ledger, "to nobody"
    lead.post("/me/devices", fields, **{"user-agent": AGENT})
    assert lead.post("/me/devices/3/remove").status_code == 303
    assert given.fingerprint not in lead.get("/me").text


def test_notices_leave_a_device_with_whoever_signs_out_or_is_followed(
    street: Street, phone: PushingBrowser
) -> None:
    given = phone.subscription
    fields = {"endpoint": given.endpoint, "p256dh": given.p256dh, "auth": given.auth}
    here = {"device": given.fingerprint}
    helper = street.person(HELPER)
    helper.post("/me/devices", fields)
    street.person(LEAD).post("/sign-out", here)
    assert given.fingerprint in helper.get("/me").text, "somebody else's"
    helper.post("/sign-out", here)
    helper = street.person(HELPER)
    assert given.fingerprint not in helper.get("/me").text
    helper.post("/me/devices", fields)
    street.stranger().post("/sign-in", {"login": "p1", "password": PASSWORD, **here})
    assert given.fingerprint in helper.get("/me").text, "the same person again"
    street.stranger().post("/sign-in", {"login": "p2", "password": PASSWORD, **here})
    assert given.fingerprint not in helper.get("/me").text


def test_a_browser_with_another_subscription_stays_on_the_list(street: Street, phone: PushingBrowser) -> None:
    was, now = phone.subscription, PushingBrowser(phone.house_key, street.clock.now)
    helper = street.person(HELPER)
    helper.post("/me/devices", {"endpoint": was.endpoint, "p256dh": was.p256dh, "auth": was.auth})
    fresh = now.subscription
    fields = {"endpoint": fresh.endpoint, "p256dh": fresh.p256dh, "auth": fresh.auth, "was": was.endpoint}
    worker = street.stranger()
    assert worker.post("/devices/renewal", {**fields, "secret": fresh.auth}).status_code == 404
    assert worker.post("/devices/renewal", {**fields, "secret": "密"}).status_code == 404
    assert worker.post("/devices/renewal", {**fields, "secret": was.auth}).status_code == 204
    assert worker.post("/devices/renewal", {**fields, "secret": was.auth}).status_code == 204, "unanswered"
    third = {**fields, "endpoint": fresh.endpoint + "3"}
    assert worker.post("/devices/renewal", {**third, "secret": was.auth}).status_code == 404, "no more"
    page = helper.get("/me").text
    assert fresh.fingerprint in page
    assert was.fingerprint not in page
    tell(street, HELPER)
    deliver(street)
    assert len(now.shown) == 1
    assert len(phone.shown) == 1, "the first message only"
    now.service.stop()


def test_what_cannot_be_reached_is_not_listed_and_said_why(street: Street, phone: PushingBrowser) -> None:
    given = phone.subscription
    browser = street.person(HELPER).speaks("en")
    fields = {"endpoint": given.endpoint, "p256dh": given.p256dh, "auth": given.auth}
    for wrong in ({"endpoint": "javascript:alert(1)"}, {"p256dh": "AAAA"}, {"auth": "短"}, {"endpoint": ""}):
        refusal = browser.post("/me/devices", {**fields, **wrong})
        assert refusal.status_code == 422
        assert "The browser gave no address" in refusal.text
    pushes(street, ())
    refusal = browser.post("/me/devices", fields)
    assert refusal.status_code == 422
    assert "is not public" in refusal.text
    assert not phone.service.taken
    assert given.fingerprint not in browser.get("/me").text


def test_the_worker_serves_the_whole_site(street: Street) -> None:
    answer = street.stranger().get("/service-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"


def test_the_pictures_of_notifications_are_there(street: Street) -> None:
    for name in ("icon-192.png", "badge-96.png"):
        picture = street.stranger().get(f"/static/{name}")
        assert picture.headers["content-type"] == "image/png"
        assert picture.content.startswith(b"\x89PNG")
