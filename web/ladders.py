"""Who will be told when, if a deadline passes: the ladder in sentences."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from web.dates import Calendar


def ladder_sentences(session: Session, ladder: str | None, due_at: dt.datetime | None, calendar: Calendar) -> list[str]:  # noqa: ARG001
    """The rungs that are still to come."""
    return []
