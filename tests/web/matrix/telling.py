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
    "GET /endpoints": Row(OFFICE, above(POST)),
    "POST /endpoints": Row(OFFICE, above(POST)),
    "POST /endpoints/{number}/remove": Row(OFFICE, OURS, path="/endpoints/{endpoint}/remove"),
    "POST /endpoints/{number}/test": Row(OFFICE, OURS, path="/endpoints/{endpoint}/test"),
    "GET /messages": Row(FOUNDERS, above(POST)),
    "POST /messages": Row(FOUNDERS, above(POST)),
    "POST /messages/floor": Row(("city_office",), above(POST), sent={"floor": "red"}),
}
