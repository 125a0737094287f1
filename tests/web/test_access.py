"""Every route stands in the table, and the table is obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import update

from register.households import Household
from tests.web.conftest import Street, build_street
from tests.web.house import ADMIN, COUNTY, HELPER, STRANGER, TOWN, start_visit
from web.access import ACCESS

NOBODYS_BUSINESS = {"POST /me/tokens", "POST /me/tokens/{number}/revoke", "POST /me/password"}
"""Routes about the asker alone."""
ABOUT_SOMETHING = [
    name
    for name, rule in ACCESS.items()
    if not rule.public and rule.roles is None and "{" in name and name not in NOBODYS_BUSINESS
]


def routes_of(app: FastAPI) -> Iterator[str]:
    for one in iter_route_contexts(app.routes):
        yield from (f"{method} {one.path}" for method in one.methods or ())


def test_every_route_stands_in_the_table_and_only_a_demo_has_a_clock_to_push(
    street: Street, demo_street: Street
) -> None:
    pushes = {name for name in ACCESS if " /demo/" in name}
    assert set(routes_of(demo_street.app)) == set(ACCESS)
    assert set(routes_of(street.app)) == set(ACCESS) - pushes


def test_a_route_that_nobody_entered_answers_nobody(street: Street) -> None:
    street.app.add_api_route("/forgotten", lambda: "open")
    answer = street.person(ADMIN).get("/forgotten")
    assert answer.status_code == 403
    assert "没有登记访问权限" in answer.text


@pytest.fixture(scope="module")
def refusing_street(tmp_path_factory: pytest.TempPathFactory) -> Street:
    """A demo's house for all who only knock: nothing that is refused changes it."""
    return build_street(tmp_path_factory.mktemp("refusing"))


@pytest.fixture(scope="module")
def open_visit(refusing_street: Street) -> int:
    """Somebody's work there."""
    return start_visit(refusing_street.house)


def at(name: str, item: int) -> tuple[str, str]:
    """A route's method, and an address where it finds something that exists."""
    method, path = name.split(" ", 1)
    known: dict[str, Any] = {
        "/work-items/": item, "/households/": 1, "/villages/": "341226100200",
        "/tickets/": 1, "/instances/": 1, "/evidence/": 1, "/visits/": 1,
    }  # fmt: skip
    number = next((str(value) for part, value in known.items() if part in path), "1")
    for part in (
        "{number}",
        "{which}",
        "{code}",
        "{sha256}",
        "{process}",
        "{name}",
        "{token}",
        "{area}",
        "{year}",
    ):
        path = path.replace(part, number)
    return method, path + ("?process=household_visit" if path.endswith("/diagram") else "")


@pytest.mark.parametrize("name", [name for name, rule in ACCESS.items() if not rule.public])
def test_whoever_is_not_signed_in_is_sent_to_the_door(
    name: str, refusing_street: Street, open_visit: int
) -> None:
    method, path = at(name, open_visit)
    answer = refusing_street.stranger().client.request(method, path)
    if path.startswith("/api/"):
        assert answer.status_code == 401
        assert answer.json()["code"] == "sign_in_first"
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("name", [name for name, rule in ACCESS.items() if rule.roles is not None])
def test_a_page_for_certain_posts_refuses_others(name: str, refusing_street: Street, open_visit: int) -> None:
    method, path = at(name, open_visit)
    browser = refusing_street.person(HELPER)
    answer = browser.client.request(method, path, headers={"x-csrf-token": browser.csrf})
    assert answer.status_code == 403


@pytest.mark.parametrize("name", ABOUT_SOMETHING)
def test_what_somebody_may_not_see_does_not_exist_for_them(
    name: str, refusing_street: Street, open_visit: int
) -> None:
    method, path = at(name, open_visit)
    browser = refusing_street.person(STRANGER)
    headers = {"x-csrf-token": browser.csrf, "x-about": "ticket:1"}
    bodies = {
        "progress": {"text": "x", "percent": 1},
        "comments": {"text": "x"},
        "copies": {"people": [1]},
        "slow": {"slow": True, "reason": "x"},
        "taking-back": {"reason": "x"},
        "ending": {"reason": "x"},
        "consultations": {"kind": "opinion", "people": [1], "question": "x"},
        "instances": {"key": "household:1"},
    }
    json: Any = bodies.get(path.rpartition("/")[2], {})
    fields: Any = {"text": "x", "percent": "1"}
    if path.startswith("/api/") and method == "POST":
        answer = browser.client.request(method, path, headers=headers, json=json)
    else:
        answer = browser.client.request(method, path, headers=headers, data=fields)
    assert answer.status_code in (403, 404)
    assert "张户主" not in answer.text


def test_those_whose_work_it_is_see_it(street: Street) -> None:
    item = start_visit(street.house)
    helper, town = street.person(HELPER), street.person(TOWN)
    for path in (
        "/",
        f"/work-items/{item}",
        "/households",
        "/households/1",
        "/tickets",
        "/tickets/1",
        "/notices",
        "/me",
    ):
        assert helper.get(path).status_code == 200, path
    for path in ("/board", "/villages", "/villages/341226100200"):
        assert town.get(path).status_code == 200, path
    for path in ("/incidents", "/definitions"):
        assert street.person(ADMIN).get(path).status_code == 200, path


def test_a_county_does_not_begin_the_campaign_of_its_city(demo_street: Street) -> None:
    county = demo_street.person(COUNTY)
    with demo_street.house.database.writing() as session:
        session.execute(update(Household).values(status=None))
    assert 'action="/campaigns/1/begin"' not in county.get("/campaigns/1").text
    answer = county.post("/campaigns/1/begin")
    assert answer.status_code == 403
    assert "由上级负责" in answer.text
