"""Keeping the installation: incidents, published processes, running work on its way to another version."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import IN_PERSON, ONESELF, OURS, POST, Row, Rows, above

KEEPERS: Final = ("county_office", "process_owner", "admin")
OWNERS: Final = ("county_office", "process_owner")
SENT: Final = {"reason": "", "name": "x", "value": "1"}

ROWS: Final[Rows] = {
    "GET /incidents": Row(KEEPERS, above(POST)),
    "POST /incidents/{number}/retry": Row(KEEPERS, above(OURS), path="/incidents/1/retry"),
    "POST /incidents/{number}/skip": Row(OWNERS, OURS, path="/incidents/1/skip", sent=SENT),
    "POST /incidents/{number}/correction": Row(OWNERS, OURS, path="/incidents/1/correction", sent=SENT),
    "GET /definitions": Row(KEEPERS, above(POST)),
    "GET /definitions/{number}/{process}": Row(KEEPERS, above(POST), path="/definitions/{definition}/rectification"),
    "GET /definitions/{number}/{process}/live": Row(KEEPERS, above(POST), path="/definitions/{definition}/rectification/live"),
    "GET /definitions/{number}/compared-with/{other}": Row(
        KEEPERS, above(POST), path="/definitions/{definition}/compared-with/{definition}"
    ),
    "GET /definitions/{number}/{process}/migration": Row(
        OWNERS, IN_PERSON, path="/definitions/{definition}/rectification/migration"
    ),
    "POST /definitions/{number}/{process}/migration": Row(
        OWNERS, IN_PERSON, path="/definitions/{definition}/rectification/migration"
    ),
    "GET /migrations/{number}": Row(("process_owner",), ONESELF, path="/migrations/{migration}"),
    "POST /migrations/{number}/{act}": Row(("process_owner",), ONESELF, path="/migrations/{migration}/undoing"),
    "GET /instances/{number}/move": Row(OWNERS, OURS, path="/instances/{instance}/move"),
    "POST /instances/{number}/move": Row(OWNERS, OURS, path="/instances/{instance}/move", sent={"here": "x", "there": "y"}),
    "GET /instances/{number}/diagram": Row(
        ("helper", "town_office", "county_office"), OURS, path="/instances/{instance}/diagram?process=rectification"
    ),
}  # fmt: skip
