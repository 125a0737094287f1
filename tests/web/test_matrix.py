"""Every route, generated from the application, against everybody who may stand to its thing in some relation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import Response
from sqlalchemy import select

import engine.database
from tests.conftest import empty_address
from tests.web.matrix import (
    accounts,
    api,
    campaigns,
    exchange,
    households,
    oneself,
    operation,
    public,
    telling,
    tickets,
    workshop,
)
from tests.web.matrix.installation import SECRETS, Matrix, build, renew
from tests.web.matrix.rows import Answers, Row
from web.access import ACCESS

GROUPS: Final = (
    accounts, api, campaigns, exchange, households, oneself, operation, public, telling, tickets, workshop
)  # fmt: skip
ROWS: Final[Mapping[str, Row]] = {route: row for group in GROUPS for route, row in group.ROWS.items()}
REFUSED: Final = (401, 403, 404)
LEFT_BEHIND: Final = {"web_sessions", "idempotency_keys"}
"""What signing in and being answered leaves: nothing of it is about a thing."""


def cells(row: Row, *, let_in: bool) -> Iterator[tuple[str, str]]:
    """Role and relation of all whom a row lets in, or of all whom it refuses."""
    for relation in Answers._fields:
        if getattr(row.answers, relation) == let_in:
            for role in ("admin",) if relation == "installation" else row.roles:
                yield role, relation


def routes_of(app: FastAPI) -> Iterator[str]:
    for iter_route_context in iter_route_contexts(app.routes):
        yield from (f"{method} {iter_route_context.path}" for method in iter_route_context.methods or ())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def matrix(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """The installation in which people are let in."""
    folder = tmp_path_factory.mktemp("matrix")
    found = build(folder, empty_address(request, folder, "matrix"))
    yield found
    found.street.application.database.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def refusing(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    """Another one, for all who are refused: nothing of it changes."""
    folder = tmp_path_factory.mktemp("refusing")
    found = build(folder, empty_address(request, folder, "refusing"))
    before = contents(found)
    yield found
    after = contents(found)
    found.street.application.database.close()
    assert {name for name in before if before[name] != after[name]} == set()


def contents(matrix: Matrix) -> dict[str, str]:
    """A digest of each table."""
    result = {}
    with matrix.street.application.database.reading() as session:
        for table in engine.database.metadata.sorted_tables:
            if table.name not in LEFT_BEHIND:
                rows = sorted(map(repr, session.execute(select(table)).all()))
                result[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return result


def answered(matrix: Matrix, route: str, who: int | None) -> Response:
    """What somebody gets who sends what stands in the row."""
    method, path = route.split(" ", 1)
    row, things = ROWS[route], matrix.things
    path = (row.path or path).format_map(things) if "{" in (row.path or path) else row.path or path
    browser = matrix.street.stranger() if who is None else matrix.street.person(who)
    browser.client.cookies.set("campaign", str(things["campaign"]))
    headers = {
        "x-csrf-token": browser.csrf,
        **{name: filled(one, things) for name, one in row.headers.items()},
    }
    sent = {name: filled(one, things) for name, one in row.sent.items()}
    more: dict[str, Any] = {"data": {**sent, "_csrf": browser.csrf}}
    if path.startswith("/api/"):
        more = {"json": sent}
    if path == "/api/v1/evidence":
        more = {"data": sent, "files": {"file": ("a.pdf", b"%PDF-1.4\n%1", "application/pdf")}}
    if method == "PUT":
        more = {"content": b"%PDF-1.4\n%2"}
    if row.text:
        more = {"content": row.text.encode()}
    if method in ("GET", "DELETE"):
        more = {}
    answer: Response = browser.client.request(method, path, headers=headers, **more)
    return answer


def filled(value: Any, things: Mapping[str, Any]) -> Any:
    return value.format_map(things) if isinstance(value, str) else value


def test_every_route_has_its_rows_and_every_row_its_route(matrix: Matrix) -> None:
    routes = set(routes_of(matrix.street.app))
    assert routes - set(ROWS) == set(), "write rows for these routes into tests/web/matrix"
    assert set(ROWS) - routes == set(), "no such routes any more"
    assert routes == set(ACCESS)
    assert sum(len(group.ROWS) for group in GROUPS) == len(ROWS), "a route stands in two files"


def test_a_row_lets_in_by_role_whom_the_route_is_for() -> None:
    for route, row in ROWS.items():
        rule = ACCESS[route]
        assert rule.public == row.public, route
        if rule.roles is not None and row.answers.own:
            assert set(row.roles) <= rule.roles, route


@pytest.mark.parametrize("route", ROWS)
def test_whoever_has_nothing_to_do_with_it_is_refused_and_changes_nothing(
    refusing: Matrix, route: str
) -> None:
    for role, relation in cells(ROWS[route], let_in=False):
        answer = answered(refusing, route, refusing.people[role, relation])
        assert answer.status_code in REFUSED, (role, relation, answer.status_code)
        for secret in SECRETS:
            assert secret not in answer.text, (role, relation)


@pytest.mark.parametrize("route", [route for route, row in ROWS.items() if not row.endless])
def test_whoever_has_to_do_with_it_is_let_in_and_reads_nothing_of_others(matrix: Matrix, route: str) -> None:
    for role, relation in cells(ROWS[route], let_in=True):
        renew(matrix)
        answer = answered(matrix, route, matrix.people[role, relation])
        assert answer.status_code not in REFUSED, (role, relation, answer.status_code, answer.text[-3000:])
        assert answer.status_code < 500, (role, relation)
        if relation not in ("own", "deputy"):
            for secret in SECRETS:
                assert secret not in answer.text, (role, relation)


def test_what_never_ends_is_open_to_all_posts() -> None:
    endless = [route for route, row in ROWS.items() if row.endless]
    assert endless
    assert all(ACCESS[route].roles is None for route in endless)


@pytest.mark.parametrize("route", [route for route, row in ROWS.items() if not row.public])
def test_whoever_is_not_signed_in_is_sent_to_the_door(refusing: Matrix, route: str) -> None:
    answer = answered(refusing, route, None)
    if " /api/" in route:
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_first")
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?next=")


@pytest.mark.parametrize("route", [route for route, row in ROWS.items() if row.public])
def test_what_is_public_needs_nobody(matrix: Matrix, route: str) -> None:
    assert answered(matrix, route, None).status_code not in (401, 403)


@pytest.mark.parametrize("route", [route for route, rule in ACCESS.items() if rule.roles is not None])
def test_a_page_for_certain_posts_refuses_other_posts_in_the_same_place(refusing: Matrix, route: str) -> None:
    rule = ACCESS[route]
    assert rule.roles is not None
    for role in {"helper", "village_office", "inspector", "admin"} - rule.roles:
        assert answered(refusing, route, refusing.people[role, "own"]).status_code == 403, role


def test_a_route_that_nobody_entered_answers_nobody(tmp_path: Path) -> None:
    found = build(tmp_path, f"sqlite:///{tmp_path / 'matrix.db'}")
    found.street.app.add_api_route("/forgotten", lambda: "open")
    answer = found.street.person(found.people["admin", "own"]).get("/forgotten")
    assert answer.status_code == 403
    assert "没有登记访问权限" in answer.text
