"""Who will be told when, if a deadline passes: the ladder in sentences."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from sqlalchemy.orm import Session

from register.rungs import WHO, Rung, rungs
from web.dates import Calendar
from web.language import gettext as _
from web.language import said

MOST = 4


def ladder_sentences(
    session: Session, ladder: str | None, due_at: dt.datetime | None, calendar: Calendar
) -> list[str]:
    """The rungs that are still to come, one sentence for each day."""
    if ladder is None or due_at is None:
        return []
    ahead = [one for one in rungs(session, ladder) if due_at + one.offset > calendar.now]
    days = [(offset, list(those)) for offset, those in groupby(ahead, key=lambda one: one.offset)]
    return [_sentence(due_at + offset, offset, those, calendar) for offset, those in days[:MOST]]


def _sentence(at: dt.datetime, offset: dt.timedelta, those: list[Rung], calendar: Calendar) -> str:
    names = dict.fromkeys(said(WHO[one.who]) if one.who in WHO else one.who for one in those)
    words = (
        _("%(day)s: a reminder for %(who)s.")
        if offset < dt.timedelta()
        else _("Still open on %(day)s: %(who)s will be told.")
    )
    return words % {"day": calendar.day(at), "who": _(" and ").join(names)}
