"""Tickets: the ledger, one of them, and what is done beside its steps."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import EVERYBODY, ITSELF, ONESELF, OURS, Row, Rows

SEE: Final = (
    "helper", "team_lead", "village_office", "town_office", "county_office", "line_dept", "unit_leader", "inspector", "process_owner",
)  # fmt: skip
SENT: Final = {"due": "2019-09-22", "reason": "", "until": "", "pause_reason": ""}

ROWS: Final[Rows] = {
    "GET /tickets": Row(("helper", "town_office", "admin"), EVERYBODY),
    "POST /tickets/columns": Row(("helper",), EVERYBODY),
    "POST /tickets/bulk": Row(("helper", "town_office"), EVERYBODY, sent={"act": "dispatch", "ticket": "{ticket}"}),
    "POST /tickets/filters": Row(("helper",), EVERYBODY),
    "GET /tickets/filters/{number}": Row(("helper",), ONESELF, path="/tickets/filters/{filter}"),
    "POST /tickets/filters/{number}/delete": Row(("helper",), ONESELF, path="/tickets/filters/{filter}/delete"),
    "GET /tickets/{number}": Row(SEE, OURS, path="/tickets/{ticket}"),
    "POST /tickets/{number}/progress": Row(("helper",), OURS, path="/tickets/{ticket}/progress"),
    "POST /tickets/{number}/slow": Row(("town_office",), OURS, path="/tickets/{ticket}/slow"),
    "POST /tickets/{number}/comments": Row(SEE, OURS, path="/tickets/{ticket}/comments"),
    "GET /tickets/{number}/people": Row(SEE, OURS, path="/tickets/{ticket}/people?who=h"),
    "POST /tickets/{number}/copies": Row(SEE, OURS, path="/tickets/{ticket}/copies"),
    "POST /tickets/{number}/copies/{which}/withdrawal": Row(
        ("helper",), ONESELF, path="/tickets/{ticket}/copies/{copy}/withdrawal"
    ),
    "POST /tickets/{number}/ending": Row(("town_office",), ITSELF, path="/tickets/{ticket}/ending"),
    "GET /tickets/{number}/due": Row(("county_office",), OURS, path="/tickets/{ticket}/due"),
    "POST /tickets/{number}/due": Row(("county_office",), OURS, path="/tickets/{ticket}/due", sent=SENT),
    "POST /tickets/{number}/suspension": Row(("county_office",), OURS, path="/tickets/{ticket}/suspension", sent=SENT),
    "POST /tickets/{number}/suspension/end": Row(("county_office",), OURS, path="/tickets/{ticket}/suspension/end"),
    "GET /tickets/{number}/reopening": Row(("inspector", "county_office"), OURS, path="/tickets/{ticket}/reopening"),
    "POST /tickets/{number}/reopening": Row(("inspector", "county_office"), OURS, path="/tickets/{ticket}/reopening"),
}  # fmt: skip
