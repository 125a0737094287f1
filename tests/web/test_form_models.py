"""Forms read by models: a field that is lacking is for the domain to speak of, and no files come along."""

from __future__ import annotations

import pytest

from tests.web.application import ADMIN, HELPER, PASSWORD
from tests.web.conftest import Street


@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [
        ("/accounts", "没有岗位“”", "There is no role “”"),
        ("/me/password", "当前密码不正确", "present password is not right"),
        ("/deputies", "请选择代办人", "Choose who is to stand in"),
        ("/calendars/341226/days", "日期应为 年-月-日", "Give the date as year-month-day"),
        ("/endpoints", "请选择您单位的区划", "choose an area of your office"),
        ("/me/devices", "浏览器没有给出可用的推送地址", "The browser gave no address"),
    ],
)
def test_an_empty_form_is_answered_by_the_domain_in_both_languages(
    street: Street, path: str, zh: str, en: str
) -> None:
    browser = street.person(ADMIN)
    for language, sentence in (("zh", zh), ("en", en)):
        answer = browser.speaks(language).post(path)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Field required" not in answer.text


def test_texts_are_trimmed_and_cut_and_passwords_are_neither(street: Street) -> None:
    browser = street.person(HELPER)
    new = "  a password with spaces around it  "
    assert browser.post("/me/password", {"old": f"{PASSWORD} ", "new": new}).status_code == 422
    assert browser.post("/me/password", {"old": PASSWORD, "new": new}).status_code == 303
    stranger = street.stranger()
    assert stranger.post("/sign-in", {"login": "p1", "password": new.strip()}).status_code == 422
    assert stranger.post("/sign-in", {"login": " p1 ", "password": new, "next": " /deputies "}).headers["location"] == "/deputies"  # fmt: skip
    page = street.person(HELPER).post("/me/tokens", {"name": f" {'x' * 150} "}).text
    assert "x" * 100 in page
    assert "x" * 101 not in page


def test_nobody_sends_files_to_forms_that_take_none(street: Street) -> None:
    for browser, path in ((street.stranger(), "/sign-in"), (street.person(HELPER), "/me/tokens")):
        fields = {"_csrf": browser.csrf, "login": "p1", "password": PASSWORD}
        answer = browser.client.post(path, data=fields, files={"name": ("a.txt", b"text")})
        assert answer.status_code == 400
        assert "session" not in answer.cookies
