"""Every room's tables: whoever needs the whole schema imports this module."""

from __future__ import annotations

from importlib import import_module

from engine.database import metadata

_ROOMS_WITH_TABLES = (
    "engine.schema",
    "engine.seals",
    "huitoukan.demo_clock",
    *(f"notifications.{name}" for name in ("devices", "notices", "outlets", "preferences", "vapid", "wording")),
    *(f"register.{name}" for name in (
        "acknowledging",
        "areas",
        "baseline",
        "calendar_changes",
        "campaigns",
        "cases",
        "catalogue",
        "closures",
        "comments",
        "consultations",
        "copies",
        "criteria",
        "deputies",
        "dispatches",
        "due_changes",
        "endings",
        "evidence",
        "explanations",
        "extensions",
        "handed_over",
        "hangs",
        "holidays",
        "household_measures",
        "households",
        "imports.ledger",
        "imports.uploads",
        "issue_lists",
        "jobs",
        "ladders",
        "moved_dates",
        "offers",
        "outcomes",
        "owed_levels",
        "papers.templates",
        "people",
        "posts",
        "progress_statements",
        "remarks",
        "reopenings",
        "reschedulings",
        "reverifications",
        "saved_filters",
        "suspensions",
        "tickets",
        "transfers",
        "units",
        "villages",
        "visits",
        "works",
    )),
    "web.security.tables",
)  # fmt: skip

for _name in _ROOMS_WITH_TABLES:
    import_module(_name)

__all__ = ["metadata"]
