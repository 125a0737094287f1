"""The API: every operation."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.campaigns import CITY, COUNTY
from tests.web.matrix.rows import EVERYBODY, ITSELF, NOBODY, ONESELF, OURS, POST, Row, Rows, above
from tests.web.matrix.tickets import SEE

ITEM, TICKET, CHANGE, DATES = (
    "/api/v1/work-items/{item}", "/api/v1/tickets/{ticket}", "/api/v1/calendar-changes/{calendar_change}",
    "/api/v1/reschedulings/{rescheduling}",
)  # fmt: skip
DAY: Final = {"day": "2019-09-10", "kind": "holiday", "name": ""}

ROWS: Final[Rows] = {
    "GET /api/v1/openapi.json": Row(("helper",), EVERYBODY),
    "GET /api/v1/me": Row(("helper",), EVERYBODY),
    "GET /api/v1/work-items": Row(("helper",), EVERYBODY),
    "GET /api/v1/work-items/{number}": Row(("helper", "team_lead", "town_office", "county_office"), OURS, path=ITEM),
    "POST /api/v1/work-items/{number}/completion": Row(
        ("helper",), OURS, path=f"{ITEM}/completion", sent={"values": {"outcome": "?"}}
    ),
    "POST /api/v1/work-items/{number}/claim": Row(("helper",), ITSELF, path=f"{ITEM}/claim"),
    "DELETE /api/v1/work-items/{number}/claim": Row(("helper",), OURS, path=f"{ITEM}/claim"),
    "POST /api/v1/work-items/{number}/taking-back": Row(
        ("helper",), OURS, path=f"{ITEM}/taking-back", sent={"reason": "x"}
    ),
    "POST /api/v1/work-items/{number}/consultations": Row(
        ("helper",), OURS, path=f"{ITEM}/consultations", sent={"kind": "opinion", "people": [999999], "question": "x"}
    ),
    "DELETE /api/v1/work-items/{number}/consultations/{which}": Row(
        ("helper",), OURS, path=f"{ITEM}/consultations/{{question}}"
    ),
    "GET /api/v1/tickets": Row(("helper", "town_office", "admin"), EVERYBODY),
    "GET /api/v1/tickets/{number}": Row(SEE, OURS, path=TICKET),
    "POST /api/v1/tickets/{number}/progress": Row(
        ("helper",), OURS, path=f"{TICKET}/progress", sent={"text": "x", "percent": 1}
    ),
    "POST /api/v1/tickets/{number}/slow": Row(
        ("town_office",), OURS, path=f"{TICKET}/slow", sent={"slow": True, "reason": ""}
    ),
    "GET /api/v1/acknowledgements": Row(("unit_leader",), EVERYBODY),
    "POST /api/v1/acknowledgements/{number}": Row(("unit_leader",), OURS, path="/api/v1/acknowledgements/{awaited}"),
    "POST /api/v1/tickets/{number}/comments": Row(SEE, OURS, path=f"{TICKET}/comments", sent={"text": "x", "files": [999]}),
    "POST /api/v1/tickets/{number}/copies": Row(SEE, OURS, path=f"{TICKET}/copies", sent={"people": [999_999]}),
    "DELETE /api/v1/tickets/{number}/copies/{which}": Row(("helper",), ONESELF, path=f"{TICKET}/copies/{{copy}}"),
    "POST /api/v1/tickets/{number}/ending": Row(("town_office",), ITSELF, path=f"{TICKET}/ending", sent={"reason": " "}),
    "POST /api/v1/tickets/{number}/due": Row(
        ("county_office",), OURS, path=f"{TICKET}/due", sent={"due": "2019-09-22", "reason": "", "preview": True}
    ),
    "POST /api/v1/tickets/{number}/suspension": Row(
        ("county_office",), OURS, path=f"{TICKET}/suspension", sent={"until": "2019-09-25", "reason": ""}
    ),
    "DELETE /api/v1/tickets/{number}/suspension": Row(("county_office",), OURS, path=f"{TICKET}/suspension?reason="),
    "POST /api/v1/evidence": Row(("helper", "town_office"), OURS, sent={"about": "ticket:{ticket}"}),
    "POST /api/v1/processes/{process}/instances": Row(
        ("helper", "town_office", "county_office", "process_owner", "admin"), NOBODY,
        path="/api/v1/processes/ticket_ending/instances", sent={"key": "ticket:{ticket}", "variables": {"ending": 1}},
    ),
    "POST /api/v1/messages": Row(
        ("helper", "town_office", "county_office", "process_owner", "admin"), NOBODY,
        sent={"name": "issue_withdrawn", "key": "ticket:{ticket}"},
    ),
    "GET /api/v1/timers": Row(("county_office", "process_owner", "admin"), above(POST)),
    "GET /api/v1/calendars/{area}/{year}": Row(
        ("helper", "county_office"), above(OURS), path="/api/v1/calendars/{area}/2019"
    ),
    "POST /api/v1/calendars/{area}/changes": Row(
        COUNTY, OURS, path="/api/v1/calendars/{area}/changes", sent={"days": [DAY], "reason": ""}
    ),
    "GET /api/v1/calendar-changes/{number}": Row(COUNTY, OURS, path=CHANGE),
    "DELETE /api/v1/calendar-changes/{number}": Row(COUNTY, OURS, path=CHANGE),
    "POST /api/v1/calendar-changes/{number}/application": Row(COUNTY, OURS, path=f"{CHANGE}/application"),
    "POST /api/v1/calendar-changes/{number}/look": Row(COUNTY, OURS, path=f"{CHANGE}/look"),
    "GET /api/v1/campaigns/{number}/milestones": Row(CITY, above(OURS), path="/api/v1/campaigns/{campaign}/milestones"),
    "POST /api/v1/campaigns/{number}/reschedulings": Row(
        CITY, above(OURS), path="/api/v1/campaigns/{campaign}/reschedulings", sent={"milestones": {}, "reason": ""}
    ),
    "GET /api/v1/reschedulings/{number}": Row(CITY, above(OURS), path=DATES),
    "DELETE /api/v1/reschedulings/{number}": Row(CITY, above(OURS), path=DATES),
    "POST /api/v1/reschedulings/{number}/application": Row(CITY, above(OURS), path=f"{DATES}/application"),
    "POST /api/v1/reschedulings/{number}/look": Row(CITY, above(OURS), path=f"{DATES}/look"),
}  # fmt: skip
