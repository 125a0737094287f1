"""How many SQL statements each page takes, and that none takes more when there are more rows.

Counted on SQLite alone: both databases are sent the same statements, and here they are counted, not timed. What tells who is
asking (the session, the person, their posts and for whom they stand in) has a budget of its own and is left out of all others.
A budget that has to rise is raised here, on purpose; one that has fallen is lowered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pytest
from sqlalchemy import event

from engine.database import Database
from tests.web.matrix.installation import Matrix, build
from tests.web.more_rows import add_round
from tests.web.test_matrix import ROWS

ROUNDS: Final = 6
"""Of the last measurement; the first one is made after one, so that there is one of everything."""
SIGN_IN: Final = 7
BARE: Final = "GET /service-worker.js"
"""A route that asks nothing once it is known who asks."""
BUDGETS: Final[Mapping[str, int]] = {
    "GET /accounts": 8,
    "GET /accounts/{number}": 10,
    "GET /api/v1/openapi.json": 0,
    "GET /api/v1/me": 0,
    "GET /api/v1/work-items": 1,
    "GET /api/v1/work-items/{number}": 5,
    "GET /api/v1/tickets": 10,
    "GET /api/v1/tickets/{number}": 30,
    "GET /api/v1/acknowledgements": 7,
    "GET /api/v1/timers": 5,
    "GET /api/v1/calendars/{area}/{year}": 8,
    "GET /api/v1/calendar-changes/{number}": 5,
    "GET /api/v1/campaigns/{number}/milestones": 5,
    "GET /api/v1/reschedulings/{number}": 7,
    "GET /campaigns": 16,
    "GET /campaigns/new": 11,
    "GET /campaigns/{number}": 17,
    "GET /campaigns/{number}/dates": 7,
    "GET /reschedulings/{number}": 10,
    "GET /calendars": 14,
    "GET /calendar-changes/{number}": 15,
    "GET /criteria": 13,
    "GET /criteria/{code}": 20,
    "GET /works": 11,
    "GET /works/new": 9,
    "GET /works/{code}": 13,
    "GET /cases/{number}": 31,
    "GET /results": 14,
    "GET /results/{number}": 31,
    "GET /imports": 9,
    "GET /imports/templates/{kind}": 0,
    "GET /imports/{number}": 5,
    "GET /imports/{number}/bad-rows": 1,
    "GET /exports": 11,
    "GET /jobs": 3,
    "GET /jobs/{number}/result": 1,
    "GET /papers": 11,
    "GET /papers/{kind}": 13,
    "GET /papers/{kind}/template": 9,
    "GET /papers/{kind}/print/{name}": 29,
    "GET /papers/ticket_dossier/package/{name}": 38,
    "GET /households": 10,
    "GET /households/{number}": 24,
    "GET /villages": 13,
    "GET /villages/{code}": 24,
    "GET /visits/{number}": 17,
    "GET /board": 12,
    "GET /evidence/{number}": 6,
    "GET /evidence/{number}/thumbnail": 6,
    "GET /me": 6,
    "GET /me/calendar": 3,
    "GET /me/telling": 17,
    "GET /deputies": 8,
    "GET /people": 10,
    "GET /people/choices": 7,
    "GET /people/{number}/handing-over": 28,
    "GET /acknowledgements": 10,
    "GET /unseen": 12,
    "GET /done": 10,
    "GET /work-items/{number}": 35,
    "GET /incidents": 25,
    "GET /definitions": 12,
    "GET /definitions/{number}/{process}": 3,
    "GET /definitions/{number}/{process}/live": 16,
    "GET /definitions/{number}/compared-with/{other}": 7,
    "GET /definitions/{number}/{process}/migration": 10,
    "GET /migrations/{number}": 4,
    "GET /instances/{number}/move": 11,
    "GET /instances/{number}/diagram": 6,
    "GET /calendar/{secret}.ics": 8,
    "GET /": 10,
    "GET /notices": 5,
    "GET /notices/count": 2,
    "GET /deliveries": 13,
    "GET /endpoints": 6,
    "GET /messages": 12,
    "GET /tickets": 17,
    "GET /tickets/filters/{number}": 3,
    "GET /tickets/{number}": 47,
    "GET /tickets/{number}/people": 12,
    "GET /tickets/{number}/due": 21,
    "GET /tickets/{number}/reopening": 16,
    "GET /workshop": 13,
    "GET /workshop/drafts/{number}": 13,
    "GET /workshop/drafts/{number}/changes": 7,
    "GET /workshop/drafts/{number}/rehearsal": 7,
    "GET /workshop/drafts/{number}/what-if": 7,
    "GET /workshop/drafts/{number}/tests": 6,
    "GET /workshop/drafts/{number}/processes/{process}": 4,
    "GET /workshop/drafts/{number}/files/{name}": 9,
    "GET /workshop/drafts/{number}/files/{name}/source": 4,
}
"""By page, for whoever has most of it of the first and the last of its readers in the matrix."""
LEFT_OUT: Final = frozenset(
    {
        "GET /sign-in",
        "GET /sign-in/link/{token}",
        "GET /sign-in/demo/{token}",
        "GET /static/{name}",
        "GET /healthz",
        BARE,
        "GET /events",
    }
)
"""Pages before anybody is signed in, and what asks nothing."""

Counts = Mapping[tuple[str, str], int]
"""By route and role."""


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        found.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def statements(matrix: Matrix, role: str, path: str) -> int:
    """How many a page sends for a reader."""
    browser = matrix.street.person(matrix.people[role, "own"])
    browser.client.cookies.set("campaign", str(matrix.things["campaign"]))
    with counting(matrix.street.application.database) as found:
        answer = browser.get(path)
    assert answer.status_code in (200, 303), path
    return len(found)


def measured(matrix: Matrix, before: Counts) -> Counts:
    """Each page for two of its readers; again where it is the first time, for then versions are parsed and notices marked."""
    result = {}
    for route in (BARE, *BUDGETS):
        row = ROWS[route]
        path = (row.path or route.removeprefix("GET ")).format_map(matrix.things)
        if route == "GET /people/choices":
            path += "".join(f"&person={number}" for number in list(matrix.people.values())[:9])
        for role in dict.fromkeys((row.roles[0], row.roles[-1])):
            number = statements(matrix, role, path)
            if number > before.get((route, role), 0):
                number = statements(matrix, role, path)
            result[route, role] = number
    return result


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Counts, Counts]]:
    """With few rows of everything, and with many."""
    folder = tmp_path_factory.mktemp("budgets")
    matrix = build(folder, f"sqlite:///{folder / 'budgets.db'}")
    add_round(matrix, 1)
    few = measured(matrix, {})
    for number in range(2, ROUNDS + 1):
        add_round(matrix, number)
    yield few, measured(matrix, few)
    matrix.street.application.database.close()


def test_every_page_has_a_budget() -> None:
    assert {route for route in ROWS if route.startswith("GET ")} == {*BUDGETS, *LEFT_OUT}


def test_who_is_asking_takes_a_few_statements(counts: tuple[Counts, Counts]) -> None:
    for measure in counts:
        assert max(number for (route, _role), number in measure.items() if route == BARE) <= SIGN_IN


@pytest.mark.parametrize("route", BUDGETS)
def test_a_page_keeps_its_budget_however_many_rows_there_are(
    counts: tuple[Counts, Counts], route: str
) -> None:
    few, many = ({role: n for (page, role), n in measure.items() if page == route} for measure in counts)
    assert {role: n for role, n in many.items() if n > few[role]} == {}, "more rows, more statements"
    assert max(many.values()) - SIGN_IN <= BUDGETS[route]
