"""Changes of dates as pages and programs say them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.json import JsonObject, as_object
from rectification.calendar.deadlines import instant_on
from rectification.campaigns.model import MILESTONES, get_campaign
from rectification.people.model import names_of
from rectification.rescheduling.model import CAUSES, Rescheduling, job_of, outdated
from rectification.rescheduling.report import ReschedulingReport, read_report
from web.i18n import translate


@dataclass(frozen=True, slots=True)
class MovedMilestone:
    """One milestone that moves."""

    name: str
    before: dt.datetime
    after: dt.datetime


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change of dates: its head, without what hangs on it."""

    id: int
    cause: str
    milestones: Sequence[MovedMilestone]
    reason: str
    author: str
    at: dt.datetime
    state: str
    calendar_change: int | None
    outdated: bool


def change_view(session: Session, row: Rescheduling, now: dt.datetime) -> ChangeView:
    """The head of a change; by whom and when it was applied, or asked for as long as it is not."""
    return change_views(session, [row], now)[0]


def change_views(session: Session, rows: Sequence[Rescheduling], now: dt.datetime) -> list[ChangeView]:
    """The same of several changes."""
    names = names_of(session, (row.applied_by_id or row.asked_by_id for row in rows))
    old = outdated(session, rows, now)
    return [_view(session, row, names, is_outdated=row.id in old) for row in rows]


def _view(session: Session, row: Rescheduling, names: Mapping[int, str], *, is_outdated: bool) -> ChangeView:
    zone = get_campaign(session, row.campaign_id).zone

    def at(to: JsonObject) -> dt.datetime:
        cutoff = dt.time.fromisoformat(str(to["cutoff"])) if to["cutoff"] else None
        return instant_on(dt.date.fromisoformat(str(to["day"])), cutoff, zone)

    return ChangeView(
        row.id,
        translate(CAUSES[row.cause].name),
        [
            MovedMilestone(
                translate(words), at(as_object(row.before[name])), at(as_object(row.proposal[name]))
            )
            for name, words in MILESTONES.items()
            if name in row.proposal
        ],
        row.reason,
        names[row.applied_by_id or row.asked_by_id],
        row.applied_at or row.asked_at,
        row.state,
        row.calendar_change_id,
        is_outdated,
    )


def report_view(row: Rescheduling) -> ReschedulingReport | None:
    """What it would move, or what it has moved; None while that is being worked out."""
    return None if row.state in ("looking", "moving") else read_report(row.report)


@dataclass(frozen=True, slots=True)
class Under:
    """How far the work in the background is; ``failure`` says why it ended without an end."""

    done: int
    total: int
    busy: bool
    failure: str


def under_way(session: Session, row: Rescheduling) -> Under:
    """How far it is."""
    job = job_of(session, row)
    if job is None:
        return Under(0, 0, False, "")
    failure = translate(job.failure) if job.failure is not None else ""
    return Under(job.done, job.total, job.state in ("queued", "running"), failure)
