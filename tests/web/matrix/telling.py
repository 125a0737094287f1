"""Telling people: deliveries, groups and systems, the wording of letters."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import OURS, POST, Row, Rows, above

FOUNDERS: Final = ("county_office", "city_office", "admin")
OFFICE: Final = ("county_office", "admin")

ROWS: Final[Rows] = {
    "GET /deliveries": Row(FOUNDERS, above(POST)),
    "POST /deliveries/resend": Row(OFFICE, above(OURS)),
    "POST /deliveries/{number}/resend": Row(OFFICE, above(OURS), path="/deliveries/{delivery}/resend"),
    "GET /outlets": Row(OFFICE, above(POST)),
    "POST /outlets": Row(OFFICE, above(POST)),
    "POST /outlets/{number}/remove": Row(OFFICE, OURS, path="/outlets/{outlet}/remove"),
    "POST /outlets/{number}/test": Row(OFFICE, OURS, path="/outlets/{outlet}/test"),
    "GET /messages": Row(FOUNDERS, above(POST)),
    "POST /messages": Row(FOUNDERS, above(POST)),
    "POST /messages/floor": Row(("city_office",), above(POST), sent={"floor": "red"}),
}
