"""The working calendar: weekends, holidays and make-up days (调休).

It is for reminders and for limits in working days. Milestones are absolute and never ask it. A year
that nobody has announced yet falls back to Monday to Friday.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from rectification.calendar.holidays import EVERYWHERE, Day, Holiday, own_days
from rectification.places.areas import Area

DAY = dt.timedelta(days=1)
LONGEST = 1_000
"""Working days that one step may count."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked. ``kinds`` has the days that differ from their weekday."""

    kinds: Mapping[dt.date, str] = field(default_factory=dict)

    def is_workday(self, day: dt.date) -> bool:
        """Whether a day is worked."""
        kind = self.kinds.get(day)
        return kind == "makeup" if kind else day.weekday() < 5

    def workdays_after(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th workday after a day; 0: the day itself, or the next workday."""
        return self._walk(day, count, DAY)

    def workdays_before(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th workday before a day; 0: the day itself, or the last workday before it."""
        return self._walk(day, count, -DAY)

    def _walk(self, day: dt.date, count: int, step: dt.timedelta) -> dt.date:
        if count < 0 or count > LONGEST:
            raise ValueError(f"between 0 and {LONGEST} workdays can be counted, not {count}")
        if count == 0 and self.is_workday(day):
            return day
        left = max(count, 1)
        while left:
            day += step
            left -= self.is_workday(day)
        return day


def calendar_around(session: Session, day: dt.date, count: int, area: str = EVERYWHERE) -> Calendar:
    """The calendar as far as counting ``count`` workdays from a day can reach."""
    reach = DAY * (abs(count) * 3 + 40)
    return _calendar(session, calendars_above(session, area), Holiday.day.between(day - reach, day + reach))


def calendars_of(session: Session, area: str) -> Sequence[str]:
    """Those of :func:`calendars_above` that say anything at all."""
    known = set(session.scalars(select(Holiday.area).distinct()))
    if known <= {EVERYWHERE}:
        return tuple(known)
    return tuple(calendar for calendar in calendars_above(session, area) if calendar in known)


def calendar_of(session: Session, calendars: Sequence[str]) -> Calendar:
    """Everything that these calendars know together, the wider before the narrower."""
    return _calendar(session, calendars)


def calendars_above(session: Session, area: str) -> Sequence[str]:
    """The calendars that hold in an area, the wider before the narrower, which has the last word."""
    if area == EVERYWHERE:
        return (EVERYWHERE,)
    place = session.get(Area, area)
    return (EVERYWHERE, *(place.path.strip("/").split("/") if place is not None else (area,)))


def _calendar(session: Session, above: Sequence[str], *days: ColumnElement[bool]) -> Calendar:
    query = select(Holiday.day, Holiday.kind, Holiday.area).where(Holiday.area.in_(above), *days)
    rows = sorted(session.execute(query), key=lambda row: above.index(row.area))
    return Calendar({row.day: row.kind for row in rows})


def days_of_year(session: Session, area: str, year: int) -> dict[dt.date, tuple[Day, str]]:
    """The days of a year that are not what their weekday says, each with the area whose calendar says so."""
    return _property_values(
        session, calendars_above(session, area), dt.date(year, 1, 1), dt.date(year, 12, 31)
    )


def days_without(
    session: Session, area: str, first: dt.date, last: dt.date
) -> dict[dt.date, tuple[Day, str]]:
    """The same of a span of days, if the area's own calendar said nothing: each with the calendar above that says so."""
    return _property_values(session, calendars_above(session, area)[:-1], first, last)


def _property_values(
    session: Session, calendars: Sequence[str], first: dt.date, last: dt.date
) -> dict[dt.date, tuple[Day, str]]:
    days: dict[dt.date, tuple[Day, str]] = {}
    for code in calendars:
        days |= {
            day: (calendar_day, code) for day, calendar_day in own_days(session, code, first, last).items()
        }
    return dict(sorted(days.items()))


def at_same_time(at: dt.datetime, day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The local time of an instant on another day."""
    return at.astimezone(zone).replace(year=day.year, month=day.month, day=day.day).astimezone(dt.UTC)


def working_days(calendar: Calendar, start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> float:
    """How much of the time between two instants lies on working days, in days of 24 hours."""
    total, at, last = 0.0, start.astimezone(zone), end.astimezone(zone)
    while at < last:
        midnight = dt.datetime.combine(at.date() + DAY, dt.time(), zone)
        if calendar.is_workday(at.date()):
            total += (min(midnight, last) - at) / DAY
        at = midnight
    return total
