"""Which route is for whom. A route that is not in this table answers nobody, and a test names it.

What a person may do with one object (this ticket, this work item) is another question; that one
``rectification.access.permissions`` answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rectification.people.roles import Role


@dataclass(frozen=True, slots=True)
class AccessRule:
    """Who may use a route: everybody, everybody who is signed in, or the holders of certain posts."""

    public: bool = False
    roles: frozenset[str] | None = None


PUBLIC: Final = AccessRule(public=True)
SIGNED_IN: Final = AccessRule()
OFFICES: Final = AccessRule(
    roles=frozenset(
        {Role.VILLAGE_OFFICE, Role.TEAM_LEAD, Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE}
    )
    | {Role.LINE_DEPT, Role.UNIT_LEADER, Role.INSPECTOR, Role.PROCESS_OWNER, Role.ADMIN}
)
KEEPERS: Final = AccessRule(roles=frozenset({Role.ADMIN, Role.PROCESS_OWNER, Role.COUNTY_OFFICE}))
FOUNDERS: Final = AccessRule(roles=frozenset({Role.ADMIN, Role.CITY_OFFICE, Role.COUNTY_OFFICE}))
"""Those who set up campaigns and what they ask."""
IMPORTERS: Final = AccessRule(
    roles=frozenset({Role.ADMIN, Role.CITY_OFFICE, Role.COUNTY_OFFICE, Role.TOWN_OFFICE})
)
CALENDARS: Final = IMPORTERS
"""Those who keep the working calendar of their area."""
REOPENERS: Final = AccessRule(roles=frozenset({Role.INSPECTOR, Role.COUNTY_OFFICE, Role.CITY_OFFICE}))
"""Those who look again at what was closed."""
AREA_OFFICES: Final = AccessRule(roles=frozenset({Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE}))
"""Those who may set another due date for a ticket or correct a result, each within limits."""
CRITERIA: Final = AccessRule(roles=frozenset({Role.LINE_DEPT, Role.COUNTY_OFFICE, Role.CITY_OFFICE}))
"""Those who say what counts as in order."""
LEADERS: Final = AccessRule(
    roles=frozenset({Role.ADMIN, Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE, Role.UNIT_LEADER})
)
"""Those who answer for other people's work."""
OWNERS: Final = AccessRule(roles=frozenset({Role.PROCESS_OWNER, Role.COUNTY_OFFICE, Role.CITY_OFFICE}))
"""Those who change how work goes."""

READERS: Final = AccessRule(roles=(KEEPERS.roles or frozenset()) | (OWNERS.roles or frozenset()))
"""Those who read how work goes, and keep the templates of their area."""
ADMINISTRATORS: Final = AccessRule(roles=frozenset({Role.ADMIN}))
"""Those who name people: of the installation everywhere, of an area there and below."""

ACCESS: Final[dict[str, AccessRule]] = {
    # signing in and out
    "GET /sign-in": PUBLIC,
    "POST /sign-in": PUBLIC,
    "GET /sign-in/demo/{token}": PUBLIC,
    "GET /sign-in/link/{token}": PUBLIC,
    "POST /sign-in/link/{token}": PUBLIC,
    "POST /sign-out": SIGNED_IN,
    "POST /language": PUBLIC,
    "GET /static/{name}": PUBLIC,
    "GET /service-worker.js": PUBLIC,
    "GET /healthz": PUBLIC,
    # my own
    "GET /": SIGNED_IN,
    "GET /notices": SIGNED_IN,
    "GET /notices/count": SIGNED_IN,
    "GET /events": SIGNED_IN,
    "POST /notices/read": SIGNED_IN,
    "GET /me": SIGNED_IN,
    "GET /calendar/{secret}.ics": PUBLIC,
    "GET /me/calendar": SIGNED_IN,
    "POST /me/calendar": SIGNED_IN,
    "POST /me/calendar/forget": SIGNED_IN,
    "GET /me/telling": SIGNED_IN,
    "POST /me/telling": SIGNED_IN,
    "POST /me/devices": SIGNED_IN,
    "POST /devices/renewal": PUBLIC,
    "POST /me/devices/{number}/remove": SIGNED_IN,
    "POST /me/tokens": SIGNED_IN,
    "POST /me/tokens/{number}/revoke": SIGNED_IN,
    "POST /me/password": SIGNED_IN,
    "GET /deputies": SIGNED_IN,
    "POST /deputies": SIGNED_IN,
    "POST /deputies/{number}/end": SIGNED_IN,
    "GET /accounts": ADMINISTRATORS,
    "POST /accounts": ADMINISTRATORS,
    "POST /accounts/first-sign-ins": ADMINISTRATORS,
    "GET /accounts/{number}": ADMINISTRATORS,
    "POST /accounts/{number}/posts": ADMINISTRATORS,
    "POST /accounts/{number}/posts/{which}/end": ADMINISTRATORS,
    "POST /accounts/{number}/link": ADMINISTRATORS,
    "POST /accounts/{number}/opening": ADMINISTRATORS,
    "GET /people": LEADERS,
    "GET /people/choices": SIGNED_IN,
    "GET /people/{number}/handing-over": SIGNED_IN,
    "POST /people/{number}/handing-over": SIGNED_IN,
    # work
    "GET /acknowledgements": SIGNED_IN,
    "GET /unseen": SIGNED_IN,
    "POST /acknowledgements": SIGNED_IN,
    "GET /done": SIGNED_IN,
    "GET /work-items/{number}": SIGNED_IN,
    "POST /work-items/{number}": SIGNED_IN,
    "POST /work-items/{number}/claim": SIGNED_IN,
    "POST /work-items/{number}/release": SIGNED_IN,
    "POST /work-items/{number}/taking-back": SIGNED_IN,
    "POST /work-items/{number}/consultations": SIGNED_IN,
    "POST /work-items/{number}/consultations/{which}/end": SIGNED_IN,
    "PUT /evidence/{sha256}": SIGNED_IN,
    "GET /evidence/{number}": SIGNED_IN,
    "GET /evidence/{number}/thumbnail": SIGNED_IN,
    # facts
    "GET /households": SIGNED_IN,
    "GET /households/{number}": SIGNED_IN,
    "POST /households/{number}/reveal": SIGNED_IN,
    "GET /villages": SIGNED_IN,
    "GET /villages/{code}": SIGNED_IN,
    "GET /visits/{number}": SIGNED_IN,
    "GET /calendars": OFFICES,
    "POST /calendars/{area}/days": CALENDARS,
    "POST /calendars/{area}/announced": CALENDARS,
    "POST /calendars/{area}/file": CALENDARS,
    "GET /calendar-changes/{number}": CALENDARS,
    "POST /calendar-changes/{number}/application": CALENDARS,
    "POST /calendar-changes/{number}/drop": CALENDARS,
    "POST /calendar-changes/{number}/look": CALENDARS,
    "GET /campaigns": SIGNED_IN,
    "POST /campaigns": FOUNDERS,
    "POST /campaigns/choose": SIGNED_IN,
    "GET /campaigns/new": FOUNDERS,
    "GET /campaigns/{number}": OFFICES,
    "POST /campaigns/{number}/begin": FOUNDERS,
    "GET /campaigns/{number}/dates": FOUNDERS,
    "POST /campaigns/{number}/dates": FOUNDERS,
    "GET /reschedulings/{number}": CALENDARS,
    "POST /reschedulings/{number}/application": FOUNDERS,
    "POST /reschedulings/{number}/drop": FOUNDERS,
    "POST /reschedulings/{number}/look": FOUNDERS,
    "POST /campaigns/{number}/extensions": FOUNDERS,
    "POST /campaigns/{number}/reminders": FOUNDERS,
    "POST /campaigns/{number}/progress": FOUNDERS,
    "POST /campaigns/{number}/zone": FOUNDERS,
    "GET /criteria": OFFICES,
    "GET /criteria/{code}": OFFICES,
    "POST /criteria/{code}": CRITERIA,
    "GET /works": SIGNED_IN,
    "POST /works": FOUNDERS,
    "GET /works/new": FOUNDERS,
    "POST /works/new": FOUNDERS,
    "GET /works/{code}": SIGNED_IN,
    "POST /works/{code}/cases": FOUNDERS,
    "GET /cases/{number}": SIGNED_IN,
    "GET /results": SIGNED_IN,
    "GET /results/{number}": SIGNED_IN,
    "POST /results/{number}/correction": AREA_OFFICES,
    "POST /results/{number}/reopening": AREA_OFFICES,
    "POST /results/{number}/keeping": AREA_OFFICES,
    "GET /tickets": SIGNED_IN,
    "POST /tickets/columns": SIGNED_IN,
    "POST /tickets/bulk": SIGNED_IN,
    "POST /tickets/filters": SIGNED_IN,
    "GET /tickets/filters/{number}": SIGNED_IN,
    "POST /tickets/filters/{number}/delete": SIGNED_IN,
    "GET /tickets/{number}": SIGNED_IN,
    "POST /tickets/{number}/progress": SIGNED_IN,
    "POST /tickets/{number}/slow": SIGNED_IN,
    "POST /tickets/{number}/comments": SIGNED_IN,
    "GET /tickets/{number}/people": SIGNED_IN,
    "POST /tickets/{number}/copies": SIGNED_IN,
    "POST /tickets/{number}/copies/{which}/withdrawal": SIGNED_IN,
    "POST /tickets/{number}/ending": SIGNED_IN,
    "GET /tickets/{number}/due": AREA_OFFICES,
    "POST /tickets/{number}/due": AREA_OFFICES,
    "POST /api/v1/tickets/{number}/due": AREA_OFFICES,
    "POST /tickets/{number}/suspension": AREA_OFFICES,
    "POST /tickets/{number}/suspension/end": AREA_OFFICES,
    "POST /api/v1/tickets/{number}/suspension": AREA_OFFICES,
    "DELETE /api/v1/tickets/{number}/suspension": AREA_OFFICES,
    "POST /campaigns/{number}/suspensions": FOUNDERS,
    "POST /campaigns/{number}/photo-places": FOUNDERS,
    "GET /tickets/{number}/reopening": REOPENERS,
    "POST /tickets/{number}/reopening": REOPENERS,
    "GET /instances/{number}/diagram": SIGNED_IN,
    "GET /board": OFFICES,
    # spreadsheets in and out
    "GET /imports": IMPORTERS,
    "POST /imports": IMPORTERS,
    "GET /imports/templates/{kind}": IMPORTERS,
    "GET /imports/{number}": IMPORTERS,
    "POST /imports/{number}/mapping": IMPORTERS,
    "POST /imports/{number}/entry": IMPORTERS,
    "GET /imports/{number}/bad-rows": IMPORTERS,
    "GET /exports": SIGNED_IN,
    "POST /exports": SIGNED_IN,
    # long work
    "GET /jobs": SIGNED_IN,
    "GET /jobs/{number}/result": SIGNED_IN,
    # papers
    "GET /papers": OFFICES,
    "GET /papers/{kind}": OFFICES,
    "GET /papers/{kind}/template": OFFICES,
    "POST /papers/{kind}/template": READERS,
    "POST /papers/{kind}/template/shipped": READERS,
    "GET /papers/{kind}/print/{name}": SIGNED_IN,
    "GET /papers/ticket_dossier/package/{name}": SIGNED_IN,
    "POST /papers/batch": SIGNED_IN,
    # telling people
    "GET /deliveries": FOUNDERS,
    "POST /deliveries/resend": FOUNDERS,
    "POST /deliveries/{number}/resend": FOUNDERS,
    "GET /endpoints": IMPORTERS,
    "POST /endpoints": IMPORTERS,
    "POST /endpoints/{number}/remove": IMPORTERS,
    "POST /endpoints/{number}/test": IMPORTERS,
    "GET /messages": FOUNDERS,
    "POST /messages": FOUNDERS,
    "POST /messages/floor": FOUNDERS,
    # keeping the installation
    "GET /incidents": KEEPERS,
    "POST /incidents/{number}/retry": KEEPERS,
    "POST /incidents/{number}/skip": OWNERS,
    "POST /incidents/{number}/correction": OWNERS,
    "GET /definitions": READERS,
    "GET /definitions/{number}/{process}": READERS,
    "GET /definitions/{number}/{process}/live": READERS,
    "GET /definitions/{number}/compared-with/{other}": READERS,
    "POST /definitions/{number}/rollback": OWNERS,
    "POST /definitions/{number}/following": OWNERS,
    "GET /definitions/{number}/{process}/migration": OWNERS,
    "POST /definitions/{number}/{process}/migration": OWNERS,
    "GET /migrations/{number}": OWNERS,
    "POST /migrations/{number}/{act}": OWNERS,
    "GET /instances/{number}/move": OWNERS,
    "POST /instances/{number}/move": OWNERS,
    # the process owner's workshop
    "GET /workshop": OWNERS,
    "POST /workshop/drafts": OWNERS,
    "POST /workshop/form-preview": OWNERS,
    "GET /workshop/drafts/{number}": OWNERS,
    "GET /workshop/drafts/{number}/changes": OWNERS,
    "GET /workshop/drafts/{number}/rehearsal": OWNERS,
    "POST /workshop/drafts/{number}/rehearsal": OWNERS,
    "GET /workshop/drafts/{number}/what-if": OWNERS,
    "POST /workshop/drafts/{number}/what-if": OWNERS,
    "GET /workshop/drafts/{number}/tests": OWNERS,
    "POST /workshop/drafts/{number}/tests/{name}": OWNERS,
    "GET /workshop/drafts/{number}/processes/{process}": OWNERS,
    "POST /workshop/drafts/{number}/files": OWNERS,
    "GET /workshop/drafts/{number}/files/{name}": OWNERS,
    "GET /workshop/drafts/{number}/files/{name}/source": OWNERS,
    "PUT /workshop/drafts/{number}/files/{name}/source": OWNERS,
    "POST /workshop/drafts/{number}/files/{name}/removal": OWNERS,
    "POST /workshop/drafts/{number}/warnings": OWNERS,
    "POST /workshop/drafts/{number}/{act}": OWNERS,
    # the demo's clock: these routes do not exist on a real database
    "POST /demo/next-deadline": SIGNED_IN,
    "POST /demo/one-day-on": SIGNED_IN,
    # the API
    "GET /api/v1/openapi.json": SIGNED_IN,
    "GET /api/v1/me": SIGNED_IN,
    "GET /api/v1/work-items": SIGNED_IN,
    "GET /api/v1/work-items/{number}": SIGNED_IN,
    "POST /api/v1/work-items/{number}/completion": SIGNED_IN,
    "POST /api/v1/work-items/{number}/claim": SIGNED_IN,
    "DELETE /api/v1/work-items/{number}/claim": SIGNED_IN,
    "POST /api/v1/work-items/{number}/taking-back": SIGNED_IN,
    "POST /api/v1/work-items/{number}/consultations": SIGNED_IN,
    "DELETE /api/v1/work-items/{number}/consultations/{which}": SIGNED_IN,
    "GET /api/v1/tickets": SIGNED_IN,
    "GET /api/v1/tickets/{number}": SIGNED_IN,
    "POST /api/v1/tickets/{number}/progress": SIGNED_IN,
    "POST /api/v1/tickets/{number}/slow": SIGNED_IN,
    "GET /api/v1/acknowledgements": SIGNED_IN,
    "POST /api/v1/acknowledgements/{number}": SIGNED_IN,
    "POST /api/v1/tickets/{number}/comments": SIGNED_IN,
    "POST /api/v1/tickets/{number}/copies": SIGNED_IN,
    "DELETE /api/v1/tickets/{number}/copies/{which}": SIGNED_IN,
    "POST /api/v1/tickets/{number}/ending": SIGNED_IN,
    "POST /api/v1/evidence": SIGNED_IN,
    "POST /api/v1/processes/{process}/instances": SIGNED_IN,
    "POST /api/v1/messages": SIGNED_IN,
    "GET /api/v1/timers": KEEPERS,
    "GET /api/v1/calendars/{area}/{year}": SIGNED_IN,
    "POST /api/v1/calendars/{area}/changes": CALENDARS,
    "GET /api/v1/calendar-changes/{number}": CALENDARS,
    "DELETE /api/v1/calendar-changes/{number}": CALENDARS,
    "POST /api/v1/calendar-changes/{number}/application": CALENDARS,
    "POST /api/v1/calendar-changes/{number}/look": CALENDARS,
    "GET /api/v1/campaigns/{number}/milestones": FOUNDERS,
    "POST /api/v1/campaigns/{number}/reschedulings": FOUNDERS,
    "GET /api/v1/reschedulings/{number}": CALENDARS,
    "DELETE /api/v1/reschedulings/{number}": FOUNDERS,
    "POST /api/v1/reschedulings/{number}/application": FOUNDERS,
    "POST /api/v1/reschedulings/{number}/look": FOUNDERS,
}


_PAGES: Final = [
    re.compile(re.sub(r"\{\w+\}", "[^/]+", path))
    for method, path in (route.split(" ", 1) for route in ACCESS)
    if method == "GET" and not path.startswith(("/api/", "/static/", "/sign-in"))
]


def is_page(path: str) -> bool:
    """Whether there is a page at this path, for somebody at least."""
    return any(page.fullmatch(path) for page in _PAGES)


def opens_to(route: str, roles: frozenset[str]) -> bool:
    """Whether somebody with these roles may use a route."""
    rule = ACCESS[route]
    return rule.roles is None or bool(rule.roles & roles)
