"""Who will be told when, if a deadline passes: the ladder in sentences."""

from __future__ import annotations

import datetime as dt
from itertools import groupby

from sqlalchemy.orm import Session

from register.rungs import WHO, Rung, rungs
from web.dates import Calendar
from web.language import gettext as _
from web.language import said

MOST = 3


def ladder_sentences(
    session: Session, ladder: str | None, due_at: dt.datetime | None, calendar: Calendar
) -> list[str]:
    """The rungs that are still to come, one sentence for each day."""
    if ladder is None or due_at is None:
        return []
    ahead = [one for one in rungs(session, ladder) if due_at + one.offset > calendar.now]
    before = [one for one in ahead if one.offset < dt.timedelta()]
    after = [one for one in ahead if one.offset >= dt.timedelta()]
    days = [(offset, list(those)) for offset, those in groupby(after, key=lambda one: one.offset)]
    told = [
        _("Still open on %(day)s: %(who)s will be told.")
        % {"day": calendar.day(due_at + offset), "who": _names(those)}
        for offset, those in days[:MOST]
    ]
    return [*_reminders(due_at, before, calendar), *told]


def _reminders(due_at: dt.datetime, before: list[Rung], calendar: Calendar) -> list[str]:
    days = dict.fromkeys(calendar.day(due_at + one.offset) for one in before)
    words = _("Reminders for %(who)s: %(days)s.")
    return [words % {"who": _names(before), "days": _(", ").join(days)}] if days else []


def _names(those: list[Rung]) -> str:
    return _(" and ").join(dict.fromkeys(said(WHO[one.who]) if one.who in WHO else one.who for one in those))
