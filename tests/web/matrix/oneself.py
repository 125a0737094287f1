"""What is about the asker alone: account, tokens, deputies, and the work on their desk."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import EVERYBODY, ITSELF, ONESELF, OURS, POST, Row, Rows, above

ON_THE_DESK: Final = OURS
"""Work is done by whoever it stands in front of, or who stands in for them."""

ROWS: Final[Rows] = {
    "GET /me": Row(("helper", "admin"), EVERYBODY),
    "GET /me/calendar": Row(("helper",), EVERYBODY),
    "POST /me/calendar": Row(("helper",), EVERYBODY),
    "POST /me/calendar/forget": Row(("helper",), EVERYBODY),
    "GET /me/telling": Row(("helper",), EVERYBODY),
    "POST /me/telling": Row(("helper",), EVERYBODY),
    "POST /me/devices": Row(("helper",), EVERYBODY, sent={"endpoint": "x"}),
    "POST /me/tokens": Row(("helper",), EVERYBODY, sent={"name": "x"}),
    "POST /me/tokens/{number}/revoke": Row(("helper",), EVERYBODY, path="/me/tokens/999/revoke"),
    "POST /me/password": Row(("helper",), EVERYBODY),
    "GET /deputies": Row(("helper",), EVERYBODY),
    "POST /deputies": Row(("helper",), EVERYBODY),
    "POST /deputies/{number}/end": Row(("helper", "village_office"), ONESELF, path="/deputies/{deputy}/end"),
    "GET /people": Row(("town_office", "county_office", "unit_leader", "admin"), above(POST)),
    "GET /people/choices": Row(("helper",), EVERYBODY, path="/people/choices?who=h"),
    "GET /people/{number}/handing-over": Row(
        ("unit_leader", "town_office", "county_office", "admin"),
        above(ITSELF),
        path="/people/{helper}/handing-over",
    ),
    "POST /people/{number}/handing-over": Row(
        ("unit_leader", "town_office", "county_office", "admin"),
        above(ITSELF),
        path="/people/{helper}/handing-over",
    ),
    "GET /acknowledgements": Row(("unit_leader",), EVERYBODY),
    "POST /acknowledgements": Row(("unit_leader",), OURS, sent={"number": "{awaited}", "awaited": "{awaited}"}),
    "GET /unseen": Row(("helper", "town_office"), EVERYBODY),
    "GET /done": Row(("helper", "town_office"), EVERYBODY),
    "GET /work-items/{number}": Row(
        ("helper", "team_lead", "village_office", "town_office", "county_office", "inspector", "unit_leader", "process_owner"),
        OURS,
        path="/work-items/{item}",
    ),
    "POST /work-items/{number}": Row(("helper",), ON_THE_DESK, path="/work-items/{item}"),
    "POST /work-items/{number}/claim": Row(("helper",), ITSELF, path="/work-items/{item}/claim"),
    "POST /work-items/{number}/release": Row(("helper",), ON_THE_DESK, path="/work-items/{item}/release"),
    "POST /work-items/{number}/taking-back": Row(("helper",), OURS, path="/work-items/{item}/taking-back"),
    "POST /work-items/{number}/consultations": Row(("helper",), OURS, path="/work-items/{item}/consultations"),
    "POST /work-items/{number}/consultations/{which}/end": Row(
        ("helper",), OURS, path="/work-items/{item}/consultations/{question}/end"
    ),
}  # fmt: skip
