"""Deadlines: one arithmetic for milestones, due dates, desks, escalations and papers.

A day ends at its last second in the campaign's zone (:func:`engine.iso.end_of_day`) unless a cut-off
says otherwise; something is overdue when that instant lies before now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine.iso import end_of_day, instant
from rectification.calendar.calendar import at_same_time, calendar_around
from rectification.campaigns.model import Campaign


def milestone_at(campaign: Campaign, name: str) -> dt.datetime:
    """The instant at which a milestone falls due."""
    milestone = campaign.milestone(name)
    return instant_on(milestone.day, milestone.cutoff, campaign.zone)


def instant_on(day: dt.date, cutoff: dt.time | None, zone: ZoneInfo) -> dt.datetime:
    """The end of a day, or its cut-off."""
    return (
        end_of_day(day, zone) if cutoff is None else dt.datetime.combine(day, cutoff, zone).astimezone(dt.UTC)
    )


def explanation_due(
    campaign: Campaign, due_at: dt.datetime, milestone: str = "explanation"
) -> dict[str, str]:
    """Until when a ticket that is due then must be explained, as its variables keep it: not before a milestone."""
    at = max(milestone_at(campaign, milestone), due_at).astimezone(campaign.zone)
    return {"explain_by": at.isoformat(), "explain_milestone": milestone}


def explanation_follows(
    campaign: Campaign, values: Mapping[str, object], old: Mapping[str, dt.datetime]
) -> dict[str, str]:
    """The same again after milestones moved, of whose instants ``old`` has those of before."""
    milestone = explanation_milestone(campaign, values, old)
    return explanation_due(campaign, instant(values["due_at"], campaign.zone), milestone) if milestone else {}


def explanation_milestone(
    campaign: Campaign, values: Mapping[str, object], old: Mapping[str, dt.datetime]
) -> str | None:
    """The milestone that stands behind the date of an explanation; None where it was given to somebody in days.

    Variables that do not name it tell it by the date itself.
    """
    if not values.get("explain_by") or not values.get("due_at"):
        return None
    due_at, now = instant(values["due_at"], campaign.zone), instant(values["explain_by"], campaign.zone)
    own = "explanation" if due_at == now else None
    guess = next((name for name, at in old.items() if at == now), own)
    text = values.get("explain_milestone", guess)
    return None if text is None else str(text)


def latest_due_day(campaign: Campaign) -> dt.date:
    """The last day on which a ticket may fall due: so many days before re-verification."""
    return campaign.milestone("reverify").day - dt.timedelta(days=campaign.buffer_days)


def is_overdue(due_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether a due date has passed; never stored."""
    return due_at is not None and due_at < now


def local_day(at: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The day it is in a zone."""
    return at.astimezone(zone).date()


def as_day(value: object, zone: ZoneInfo) -> dt.date:
    """A day out of a day, an instant, or the text of either."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and len(value) == 10:
        return dt.date.fromisoformat(value)
    return local_day(instant(value, zone), zone)


def shifted(value: object, days: int, zone: ZoneInfo) -> Any:
    """A day or an instant moved by calendar days; an instant keeps its local time."""
    if _is_day(value):
        return as_day(value, zone) + dt.timedelta(days=days)
    at = instant(value, zone)
    return at_same_time(at, local_day(at, zone) + dt.timedelta(days=days), zone)


def hours_after(value: object, hours: int, zone: ZoneInfo) -> dt.datetime:
    """So many hours on, as clocks run: over a change of the clock too. A day counts from its end."""
    return instant(value, zone) + dt.timedelta(hours=hours)


def workdays_after(session: Session, value: object, count: int, zone: ZoneInfo, area: str) -> Any:
    """A day or an instant, so many working days of an area on; an instant keeps its local time."""
    day = as_day(value, zone)
    workday = calendar_around(session, day, count, area).workdays_after(day, count)
    return workday if _is_day(value) else at_same_time(instant(value, zone), workday, zone)


def workdays_before(session: Session, value: object, count: int, zone: ZoneInfo, area: str) -> Any:
    """A day or an instant, so many working days of an area back; an instant keeps its local time."""
    day = as_day(value, zone)
    workday = calendar_around(session, day, count, area).workdays_before(day, count)
    return workday if _is_day(value) else at_same_time(instant(value, zone), workday, zone)


def _is_day(value: object) -> bool:
    if isinstance(value, str):
        return len(value) == 10
    return isinstance(value, dt.date) and not isinstance(value, dt.datetime)
