"""Calendars are changed in the browser, and begin with what was announced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant
from rectification.calendar.holidays import EVERYWHERE, announced, announced_years

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_HOLIDAYS = sa.table(
    "holidays", sa.column("area"), sa.column("day", sa.Date()), sa.column("kind"), sa.column("name")
)


def upgrade() -> None:
    op.create_table(
        "calendar_changes",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("area", sa.String(20), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False, comment="day, kind and name, as they are to be"),
        sa.Column("before", sa.JSON(), nullable=False, comment="the same days as they were"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", BigId, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("state", sa.String(10), nullable=False, comment="open, applied or dropped"),
        sa.Column("applied_by_id", BigId, sa.ForeignKey("people.id")),
        sa.Column("applied_at", Instant),
    )
    op.create_index("ix_calendar_changes_area", "calendar_changes", ["area", "id"])
    change = sa.Column("calendar_change_id", BigId, comment="of the calendar that it follows")
    op.add_column("reschedulings", change)
    op.create_index("ix_reschedulings_calendar_change_id", "reschedulings", ["calendar_change_id"])
    _begin_with_what_was_announced()


def _begin_with_what_was_announced() -> None:
    """A year of which the national calendar says something already stays as somebody made it."""
    days = op.get_bind().execute(sa.select(_HOLIDAYS.c.day).where(_HOLIDAYS.c.area == EVERYWHERE))
    known = {day.year for (day,) in days}
    rows = [
        {"area": EVERYWHERE, "day": one.day, "kind": one.kind, "name": one.name}
        for year in announced_years()
        if year not in known
        for one in announced(year)
    ]
    op.bulk_insert(_HOLIDAYS, rows)
