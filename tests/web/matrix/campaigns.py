"""Campaigns, their dates and rules, calendars, criteria and key works."""

from __future__ import annotations

from typing import Final

from tests.web.matrix.rows import CAMPAIGN, EVERYBODY, OURS, POST, Row, Rows, above

SEE: Final = ("team_lead", "town_office", "county_office", "line_dept", "inspector", "process_owner", "admin")
CITY: Final = ("city_office",)
"""Who answers for the campaign of a city."""
KEEPERS: Final = ("town_office", "county_office", "admin")
COUNTY: Final = ("county_office", "admin")
"""Who keeps the calendar of a county."""
OF_THE_COUNTY: Final = OURS
OF_THEIR_OWN: Final = POST
"""The campaign at hand is one of theirs: another city's office takes up works in its own."""

# Whoever has to do with no campaign reads on a page of the campaign at hand that there is none yet, and what to do.
ROWS: Final[Rows] = {
    "GET /campaigns": Row(("helper", "county_office"), EVERYBODY),
    "POST /campaigns/choose": Row(("helper", "county_office"), above(CAMPAIGN), sent={"campaign": "{campaign}"}),
    "GET /campaigns/new": Row(("county_office", "city_office", "admin"), above(POST)),
    "POST /campaigns": Row(("county_office", "city_office", "admin"), above(POST)),
    "GET /campaigns/{number}": Row(SEE, above(CAMPAIGN), path="/campaigns/{campaign}"),
    "POST /campaigns/{number}/begin": Row(CITY, above(OURS), path="/campaigns/{campaign}/begin"),
    "GET /campaigns/{number}/dates": Row(CITY, above(OURS), path="/campaigns/{campaign}/dates"),
    "POST /campaigns/{number}/dates": Row(CITY, above(OURS), path="/campaigns/{campaign}/dates"),
    "POST /campaigns/{number}/extensions": Row(CITY, above(OURS), path="/campaigns/{campaign}/extensions", sent={"decider": "county"}),
    "POST /campaigns/{number}/reminders": Row(CITY, above(OURS), path="/campaigns/{campaign}/reminders"),
    "POST /campaigns/{number}/progress": Row(CITY, above(OURS), path="/campaigns/{campaign}/progress"),
    "POST /campaigns/{number}/zone": Row(CITY, above(OURS), path="/campaigns/{campaign}/zone", sent={"zone": "nowhere"}),
    "POST /campaigns/{number}/suspensions": Row(CITY, above(OURS), path="/campaigns/{campaign}/suspensions", sent={"allowed": "yes"}),
    "POST /campaigns/{number}/photo-places": Row(CITY, above(OURS), path="/campaigns/{campaign}/photo-places"),
    "GET /reschedulings/{number}": Row(CITY, above(OURS), path="/reschedulings/{rescheduling}"),
    "POST /reschedulings/{number}/application": Row(CITY, above(OURS), path="/reschedulings/{rescheduling}/application"),
    "POST /reschedulings/{number}/look": Row(CITY, above(OURS), path="/reschedulings/{rescheduling}/look"),
    "POST /reschedulings/{number}/drop": Row(CITY, above(OURS), path="/reschedulings/{rescheduling}/drop"),
    "GET /calendars": Row(("team_lead", "county_office", "admin"), above(OURS), path="/calendars?area={area}"),
    "POST /calendars/{area}/days": Row(COUNTY, OF_THE_COUNTY, path="/calendars/{area}/days"),
    "POST /calendars/{area}/announced": Row(COUNTY, OF_THE_COUNTY, path="/calendars/{area}/announced"),
    "POST /calendars/{area}/file": Row(COUNTY, OF_THE_COUNTY, path="/calendars/{area}/file"),
    "GET /calendar-changes/{number}": Row(COUNTY, OF_THE_COUNTY, path="/calendar-changes/{calendar_change}"),
    "POST /calendar-changes/{number}/application": Row(
        COUNTY, OF_THE_COUNTY, path="/calendar-changes/{calendar_change}/application"
    ),
    "POST /calendar-changes/{number}/look": Row(COUNTY, OF_THE_COUNTY, path="/calendar-changes/{calendar_change}/look"),
    "POST /calendar-changes/{number}/drop": Row(COUNTY, OF_THE_COUNTY, path="/calendar-changes/{calendar_change}/drop"),
    "GET /criteria": Row(("team_lead", "line_dept"), above(POST)),
    "GET /criteria/{code}": Row(("team_lead", "line_dept"), above(CAMPAIGN), path="/criteria/E4"),
    "POST /criteria/{code}": Row(("line_dept", "county_office"), CAMPAIGN, path="/criteria/E4"),
    "GET /works": Row(("helper", "county_office"), EVERYBODY),
    "POST /works": Row(CITY, above(OF_THEIR_OWN), sent={"code": "recheck"}),
    "GET /works/new": Row(CITY, above(OF_THEIR_OWN)),
    "POST /works/new": Row(CITY, above(OF_THEIR_OWN)),
    "GET /works/{code}": Row(("helper", "county_office"), above(CAMPAIGN._replace(former=True)), path="/works/recheck"),
    "POST /works/{code}/cases": Row(CITY, above(OURS), path="/works/recheck/cases"),
    "GET /cases/{number}": Row(
        ("helper", "team_lead", "town_office", "county_office", "inspector"), OURS, path="/cases/{case}"
    ),
    "GET /results": Row(("helper", "county_office"), EVERYBODY),
    "GET /results/{number}": Row(
        ("helper", "team_lead", "town_office", "county_office", "inspector"), OURS, path="/results/{result}"
    ),
    "POST /results/{number}/correction": Row(("county_office",), OURS, path="/results/{result}/correction"),
    "POST /results/{number}/reopening": Row(("county_office",), OURS, path="/results/{result}/reopening"),
    "POST /results/{number}/keeping": Row(("county_office",), OURS, path="/results/{result}/keeping"),
}  # fmt: skip
