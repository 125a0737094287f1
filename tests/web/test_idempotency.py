"""Whatever is sent twice with one key is done once and answered twice the same, on every route that does anything."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from httpx import Response
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from engine.database import Database, metadata
from tests.rectification.test_imports_books import book
from tests.web.application import ADMIN, COUNTY, HELPER, LEAD, STRANGER, TOWN
from tests.web.conftest import Browser, Street, field_of
from web.access import ACCESS
from web.idempotency import NATURALLY_IDEMPOTENT, KeyedRequest, answer_once, new_key
from web.rendering import TEMPLATE_FOLDERS
from web.security.tables import used_keys

SENT_WITHOUT = ("/language", "/sign-out", "/sign-in", "{{ secret.path }}", "data-ledger")
"""Forms of routes that do without a key; the ledger only asks which act it is to be."""
HOUSEHOLDS = book(
    ("农户", [("户编号", "村", "户主", "户类型", "人口"), ("Z1", "管谷村", "张三", "边缘户", 2)])
)


def depends_on_it(dependant: Dependant) -> bool:
    return any(
        dependency.call is answer_once or depends_on_it(dependency) for dependency in dependant.dependencies
    )


def test_every_post_is_answered_once_or_says_why_that_needs_nothing(demo_street: Street) -> None:
    bare: list[str | None] = []
    for iter_route_context in iter_route_contexts(demo_street.app.routes):
        if "POST" in (iter_route_context.methods or ()) and not depends_on_it(iter_route_context.dependant):
            bare.append(iter_route_context.path)
    assert bare == []
    assert set(NATURALLY_IDEMPOTENT) < set(ACCESS)
    assert all(NATURALLY_IDEMPOTENT.values())


def test_every_form_carries_a_key_of_its_own() -> None:
    bare = []
    for path in (path for folder in TEMPLATE_FOLDERS for path in folder.rglob("*.html")):
        for form in re.findall(r"<form\b.*?</form>", path.read_text("utf-8"), re.DOTALL):
            keyed = 'include "parts/hidden.html"' in form or 'name="_key"' in form
            if 'method="post"' in form and not keyed and not any(entry in form for entry in SENT_WITHOUT):
                bare.append(f"{path.name}: {form[:90]}")
    assert bare == []


def rows_in(database: Database) -> dict[str, int]:
    """How many rows each table has, without the keys themselves."""
    with database.reading() as session:
        return {
            name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
            if table is not used_keys
        }


def sent(browser: Browser, path: str, fields: dict[str, Any], key: str) -> Response:
    files = {"file": ("农户.xlsx", HOUSEHOLDS)} if path == "/imports" else None
    data = {"_csrf": browser.csrf, "_key": key, **fields}
    answer: Response = browser.client.post(path, data=data, files=files)
    return answer


CREATING: dict[str, tuple[int, dict[str, Any]]] = {
    "/tickets/1/comments": (HELPER, {"text": "已经联系"}),
    "/tickets/1/progress": (HELPER, {"text": "已联系卫生院", "percent": "50"}),
    "/tickets/1/copies": (LEAD, {"person": str(STRANGER), "note": "请阅"}),
    "/tickets/filters": (HELPER, {"name": "我的", "query": "state=open"}),
    "/me/tokens": (HELPER, {"name": "台账程序"}),
    "/me/calendar": (HELPER, {}),
    "/exports": (TOWN, {"export": "ledger"}),
    "/imports": (ADMIN, {"kind": "households"}),
    "/deputies": (HELPER, {"deputy": str(LEAD), "since": "2019-09-03", "until": "2019-09-05"}),
    "/endpoints": (
        COUNTY,
        {
            "kind": "webhook",
            "name": "县台账",
            "address": "https://example.org/hook",
            "area": "341226",
            "secret": "whsec_" + "A" * 40,
        },
    ),
    "/criteria/E4": (COUNTY, {"text_zh": "每季度上门一次", "text_en": "A visit each quarter"}),
}


@pytest.mark.parametrize("path", CREATING)
def test_the_same_form_again_creates_nothing_and_answers_the_same(street: Street, path: str) -> None:
    who, fields = CREATING[path]
    browser, key = street.person(who), new_key()
    before = rows_in(street.application.database)
    first = sent(browser, path, fields, key)
    assert first.status_code < 400, first.text
    after = rows_in(street.application.database)
    assert after != before
    again = sent(browser, path, fields, key)
    assert (again.status_code, again.headers.get("location")) == (
        first.status_code,
        first.headers.get("location"),
    )
    assert again.content == first.content
    assert rows_in(street.application.database) == after


def test_a_program_asks_again_for_an_answer_that_was_lost(street: Street) -> None:
    program = street.program(HELPER)
    headers = {"Idempotency-Key": "lost-1"}
    answers = [
        program.post("/api/v1/tickets/1/comments", json={"text": "在办"}, headers=headers) for _ in "ab"
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    other = program.post("/api/v1/tickets/1/comments", json={"text": "别的"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert rows_in(street.application.database)["comments"] == 1


@pytest.fixture
def both_look_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests find the key free before either of them has written it."""
    barrier, look, looks = threading.Barrier(2, timeout=30), KeyedRequest.look, iter(range(2))

    def together(keyed: KeyedRequest, now: dt.datetime) -> Any:
        found = look(keyed, now)
        if next(looks, None) is not None:
            barrier.wait()
        return found

    monkeypatch.setattr(KeyedRequest, "look", together)


@pytest.mark.usefixtures("both_look_first")
@pytest.mark.parametrize("path", ["/tickets/1/comments", "/tickets/1/copies", "/me/tokens"])
def test_two_at_the_same_time_are_one(street: Street, path: str) -> None:
    who, fields = CREATING[path]
    key, answers = new_key(), list[Response]()
    before = rows_in(street.application.database)
    browsers = [street.person(who), street.person(who)]

    def send(browser: Browser) -> Callable[[], None]:
        return lambda: answers.append(sent(browser, path, fields, key))

    threads = [threading.Thread(target=send(browser)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = answers
    assert first.status_code == second.status_code < 400
    assert first.content == second.content
    table = {
        "/tickets/1/comments": "comments",
        "/tickets/1/copies": "carbon_copies",
        "/me/tokens": "web_api_tokens",
    }[path]
    assert rows_in(street.application.database)[table] == before[table] + 1


def test_a_key_belongs_to_a_person_and_an_address(street: Street) -> None:
    key = new_key()
    helper, town = street.person(HELPER), street.person(TOWN)
    shown = sent(helper, "/me/tokens", {"name": "甲"}, key).text
    theirs = sent(town, "/me/tokens", {"name": "甲"}, key).text
    assert found_token(shown) != found_token(theirs)
    assert sent(helper, "/tickets/1/comments", {"text": "甲"}, key).status_code == 303
    with street.application.database.reading() as session:
        answers = list(session.scalars(select(used_keys.c.answer)))
    assert len(answers) == 3
    assert not any(found_token(shown).encode() in answer for answer in answers)


def found_token(page: str) -> str:
    found = re.search(r'id="token">([^<]+)<', page)
    assert found is not None
    return found.group(1)


def test_what_was_refused_is_put_right_with_the_same_key(street: Street) -> None:
    helper, key = street.person(HELPER), new_key()
    assert sent(helper, "/tickets/1/comments", {"text": " "}, key).status_code == 422
    assert sent(helper, "/tickets/1/comments", {"text": "好"}, key).status_code == 303
    assert rows_in(street.application.database)["comments"] == 1


@pytest.fixture
def breaking_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation cannot write any more once it has done what was asked."""

    def dies(*_args: Any) -> None:
        raise OperationalError("", {}, ZeroDivisionError())

    monkeypatch.setattr(KeyedRequest, "keep", dies)


@pytest.mark.usefixtures("breaking_off")
def test_what_was_done_and_whose_answer_was_not_kept_is_not_done_again(street: Street) -> None:
    helper, key = street.person(HELPER), new_key()
    assert sent(helper, "/tickets/1/comments", {"text": "好"}, key).status_code == 303
    street.clock.push_by(dt.timedelta(minutes=3))
    again = sent(helper, "/tickets/1/comments", {"text": "好"}, key)
    assert again.status_code == 409
    assert "没有重复办理" in again.text
    assert rows_in(street.application.database)["comments"] == 1


def test_old_keys_are_forgotten(street: Street) -> None:
    helper = street.person(HELPER)
    sent(helper, "/tickets/1/comments", {"text": "一"}, new_key())
    street.clock.push_by(dt.timedelta(days=31))
    sent(street.person(HELPER), "/tickets/1/comments", {"text": "二"}, new_key())
    with street.application.database.reading() as session:
        assert session.execute(select(func.count()).select_from(used_keys)).scalar_one() == 1


def test_a_page_is_rendered_with_a_new_key_each_time(street: Street) -> None:
    helper = street.person(HELPER)
    keys = {field_of(helper.get("/me").text, "_key") for _ in range(2)}
    assert len(keys) == 2


def test_programs_read_that_every_post_takes_a_key(street: Street) -> None:
    paths = street.program(HELPER).get("/api/v1/openapi.json").json()["paths"]
    bare = [
        path
        for path, operations in paths.items()
        if "post" in operations
        and [operation["name"].lower() for operation in operations["post"]["parameters"]].count(
            "idempotency-key"
        )
        != 1
    ]
    assert bare == []
