"""What stands around every page: the ways through the installation, the bell, and a demo's clock."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.worklist.queries import desk_counts
from web.access import opens_to
from web.application import Application
from web.current_user import CurrentUser
from web.notices import unread


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """One entry of the navigation; ``words`` is translated where it is shown."""

    path: str
    icon: str
    words: str
    on_phone: bool = True
    office: bool = False
    """Whether it is the work of keeping a campaign rather than of the field."""


def _(words: str) -> str:
    """Marks a sentence for the catalogue."""
    return words


WAYS = (
    NavigationEntry("/", "inbox", _("My desk")),
    NavigationEntry("/tickets", "list-details", _("Tickets")),
    NavigationEntry("/villages", "map-pin", _("Villages")),
    NavigationEntry("/works", "checklist", _("Key works"), on_phone=False),
    NavigationEntry("/households", "home-2", _("Households")),
    NavigationEntry("/board", "chart-bar", _("Board"), on_phone=False),
    NavigationEntry("/criteria", "ruler-2", _("Criteria"), on_phone=False, office=True),
    NavigationEntry("/campaigns", "flag", _("Campaigns"), on_phone=False, office=True),
    NavigationEntry("/calendars", "calendar-event", _("Working calendar"), on_phone=False, office=True),
    NavigationEntry("/imports", "upload", _("Import"), on_phone=False, office=True),
    NavigationEntry("/exports", "file-spreadsheet", _("Export"), on_phone=False, office=True),
    NavigationEntry("/papers", "file-text", _("Papers"), on_phone=False, office=True),
    NavigationEntry("/jobs", "download", _("My files"), on_phone=False, office=True),
    NavigationEntry("/people", "users", _("People"), on_phone=False, office=True),
    NavigationEntry("/accounts", "key", _("Accounts and posts"), on_phone=False, office=True),
    NavigationEntry("/deliveries", "send", _("Delivery log"), on_phone=False, office=True),
    NavigationEntry("/incidents", "alert-triangle", _("Incidents"), on_phone=False, office=True),
    NavigationEntry("/definitions", "sitemap", _("Processes"), on_phone=False, office=True),
    NavigationEntry("/workshop", "tools", _("Workshop"), on_phone=False, office=True),
)


def get_navigation(user: CurrentUser) -> list[NavigationEntry]:
    """Only what the user's posts open."""
    return [way for way in WAYS if opens_to(f"GET {way.path}", user.roles)]


def get_layout(
    application: Application, user: CurrentUser | None, session: Session | None
) -> dict[str, object]:
    """The frame's part of a page's context."""
    result: dict[str, object] = {"ways": [], "overdue": 0, "bell": 0, "demo": None}
    if user is not None:
        result["ways"] = get_navigation(user)
        if session is not None:
            result["overdue"] = desk_counts(session, user.owners, application.clock.now())["overdue"]
            result["bell"] = unread(session, user.person)
    if application.demo_clock is not None:
        result["demo"] = application.demo_clock.now()
    return result
