"""Households, villages, visits, evidence."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import EVERYBODY, OURS, POST, Row, Rows, above

WHO: Final = ("helper", "team_lead", "village_office", "town_office", "county_office", "inspector")
ABOUT_TICKET: Final = {"x-about": "ticket:{ticket}", "x-file-name": "a.pdf"}

ROWS: Final[Rows] = {
    "GET /households": Row(WHO, EVERYBODY),
    "GET /households/{number}": Row(WHO, OURS, path="/households/{household}"),
    "POST /households/{number}/reveal": Row(
        ("helper", "team_lead", "town_office", "county_office"), OURS, path="/households/{household}/reveal", sent={"field": "phone"}
    ),
    "GET /villages": Row(WHO, EVERYBODY),
    "GET /villages/{code}": Row(WHO, OURS, path="/villages/{village}"),
    "GET /visits/{number}": Row(WHO, OURS, path="/visits/{visit}"),
    "GET /board": Row(("team_lead", "town_office", "county_office", "line_dept", "admin"), above(POST)),
    "PUT /evidence/{sha256}": Row(WHO, OURS, path="/evidence/unknown", headers=ABOUT_TICKET),
    "GET /evidence/{number}": Row(WHO, OURS, path="/evidence/{evidence}"),
    "GET /evidence/{number}/thumbnail": Row(WHO, OURS, path="/evidence/{evidence}/thumbnail"),
}  # fmt: skip
