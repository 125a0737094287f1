"""Signing in and out, guessing, and requests that come from elsewhere."""

from __future__ import annotations

import datetime as dt

import pytest

from rectification.evidence.files import LARGEST
from rectification.people.model import get_person
from tests.web.application import HELPER, LEAD, PASSWORD
from tests.web.conftest import Browser, Street
from web.security import attempts, demo_links, headers, sessions
from web.uploads import AROUND


def enter(browser: Browser, password: str = PASSWORD, login: str = "p1", onward: str = "/") -> int:
    fields = {"login": login, "password": password, "next": onward}
    return browser.post("/sign-in", fields).status_code


def test_a_right_password_opens_and_signing_out_ends_it_everywhere(street: Street) -> None:
    browser = street.stranger()
    answer = browser.post("/sign-in", {"login": "p1", "password": PASSWORD, "next": "/tickets"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    page = browser.get("/")
    assert "王帮扶" in page.text
    stolen = street.stranger()
    stolen.client.cookies.set("session", browser.client.cookies["session"])
    browser.csrf = page.text.split('data-csrf="')[1].split('"')[0]
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    assert stolen.get("/").status_code == 303


def test_a_wrong_password_says_so_and_keeps_the_name(street: Street) -> None:
    answer = street.stranger().post("/sign-in", {"login": "p1", "password": "wrong <b>"})
    assert answer.status_code == 422
    assert "登录名或密码不正确" in answer.text
    assert 'value="p1"' in answer.text
    assert "wrong &lt;b&gt;" not in answer.text


def test_after_five_wrong_passwords_even_the_right_one_must_wait(street: Street) -> None:
    browser = street.stranger()
    assert [enter(browser, "wrong") for _ in range(attempts.MOST_FOR_ONE_NAME)] == [422] * 5
    assert enter(browser) == 429
    assert enter(browser, login="p2") == 303
    street.clock.push_by(attempts.WINDOW + dt.timedelta(seconds=1))
    assert enter(street.stranger()) == 303


def test_a_stranger_elsewhere_cannot_lock_somebody_out(street: Street) -> None:
    with street.application.database.writing() as session:
        for _ in range(20):
            attempts.note_failure(session, "p1", "203.0.113.9", street.clock.now())
    assert enter(street.stranger()) == 303


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_nobody_is_sent_to_another_site(street: Street, onward: str) -> None:
    answer = street.stranger().post("/sign-in", {"login": "p1", "password": PASSWORD, "next": onward})
    assert answer.headers["location"] == "/"


def test_a_session_ends_when_unused_and_at_the_latest_after_two_weeks(street: Street) -> None:
    idle, busy = street.person(HELPER), street.person(HELPER)
    for _ in range(int(sessions.LONGEST / sessions.IDLE) * 2 - 1):
        street.clock.push_by(sessions.IDLE / 2)
        assert busy.get("/").status_code == 200
    assert idle.get("/").status_code == 303
    street.clock.push_by(sessions.IDLE / 2 + dt.timedelta(seconds=1))
    assert busy.get("/").status_code == 303


def test_a_closed_account_is_signed_out_at_once(street: Street) -> None:
    browser, program = street.person(HELPER), street.program(HELPER)
    with street.application.database.writing() as session:
        get_person(session, HELPER).active = False
    assert browser.get("/").status_code == 303
    assert program.get("/api/v1/me").status_code == 401


def test_another_password_ends_every_session(street: Street) -> None:
    browser, other = street.person(HELPER), street.person(HELPER)
    refused = browser.post("/me/password", {"old": "wrong", "new": "新的密码够长吗"})
    assert refused.status_code == 422
    assert "当前密码不正确" in refused.text
    short = browser.post("/me/password", {"old": PASSWORD, "new": "short"})
    assert short.status_code == 422
    assert "密码需要 8 到 128 个字符" in short.text
    assert browser.post("/me/password", {"old": PASSWORD, "new": "又一个足够长的密码"}).status_code == 303
    assert other.get("/").status_code == 303
    assert enter(street.stranger(), "又一个足够长的密码") == 303


@pytest.mark.parametrize(
    "sent",
    [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"sec-fetch-site": "same-site"}],
)
def test_a_post_from_another_site_is_refused_even_with_the_token(
    street: Street, sent: dict[str, str]
) -> None:
    answer = street.person(HELPER).post("/notices/read", None, **sent)
    assert answer.status_code == 403
    assert "其他网站" in answer.text
    assert (
        street.stranger().post("/sign-in", {"login": "p1", "password": PASSWORD}, **sent).status_code == 403
    )


def test_a_post_needs_the_token_of_this_very_session(street: Street) -> None:
    browser, other = street.person(HELPER), street.person(LEAD)
    own, browser.csrf = browser.csrf, other.csrf
    assert browser.post("/notices/read").status_code == 403
    browser.csrf = ""
    assert browser.post("/notices/read").status_code == 403
    browser.csrf = own
    assert browser.post("/notices/read").status_code == 303


def test_every_answer_carries_the_strict_policy(street: Street) -> None:
    for answer in (
        street.stranger().get("/sign-in"),
        street.person(HELPER).get("/"),
        street.person(HELPER).get("/nowhere"),
        street.stranger().get("/static/app.js"),
        street.program(HELPER).get("/api/v1/me"),
    ):
        policy = answer.headers["content-security-policy"]
        assert policy == headers.POLICY
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
    assert street.person(HELPER).get("/").headers["cache-control"] == "no-store"


def test_pages_hold_no_script_and_no_style_of_their_own(street: Street) -> None:
    for path in ("/", "/tickets/1", "/households/1", "/me"):
        page = street.person(HELPER).get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert "<script>" not in page


def test_text_that_people_wrote_is_shown_and_never_run(street: Street) -> None:
    evil = '<img src=x onerror="alert(1)">'
    browser = street.person(HELPER)
    assert browser.post("/tickets/1/progress", {"text": evil, "percent": "10"}).status_code == 303
    page = browser.get("/tickets/1").text
    assert evil not in page
    assert "&lt;img src=x" in page


def test_what_is_too_large_is_refused_before_it_is_read(street: Street) -> None:
    browser = street.person(HELPER)
    answer = browser.client.put(
        "/evidence/x",
        content=b"0" * (LARGEST + AROUND + 1),
        headers={"x-csrf-token": browser.csrf, "x-about": "ticket:1"},
    )
    assert answer.status_code == 413
    assert "15 MB" in answer.text

    def drops() -> object:
        for _ in range(17):
            yield b"0" * 1024 * 1024

    undeclared = browser.client.put(
        "/evidence/x",
        content=drops(),
        headers={"x-csrf-token": browser.csrf, "x-about": "ticket:1"},
    )
    assert undeclared.status_code == 413


def test_demo_links_open_a_demo_and_nothing_else(street: Street, demo_street: Street) -> None:
    for place, status in ((street, 404), (demo_street, 303)):
        with place.application.database.writing() as session:
            path = demo_links.create_demo_link(session, HELPER)
        assert place.stranger().get(path).status_code == status
    assert demo_street.stranger().get("/sign-in/demo/guess").status_code == 404
