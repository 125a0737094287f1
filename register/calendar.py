"""The working calendar: weekends, holidays and make-up days (调休).

It is for reminders and for limits in working days. Milestones are absolute and never ask it. A year
that nobody has announced yet falls back to Monday to Friday.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.orm import Session

from register.holidays import EVERYWHERE, Holiday

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
    return _calendar(session, area, Holiday.day.between(day - reach, day + reach))


def whole_calendar(session: Session, area: str = EVERYWHERE) -> Calendar:
    """Everything that an area's calendar knows."""
    return _calendar(session, area)


def _calendar(session: Session, area: str, *days: ColumnElement[bool]) -> Calendar:
    wanted = select(Holiday.day, Holiday.kind, Holiday.area).where(
        Holiday.area.in_((EVERYWHERE, area)), *days
    )
    kinds: dict[dt.date, str] = {}
    for found, kind, of in session.execute(wanted):
        if of != EVERYWHERE or found not in kinds:
            kinds[found] = kind
    return Calendar(kinds)


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


def shipped_holidays() -> list[dict[str, object]]:
    """The national holidays and make-up days that come with the product."""
    text = resources.files("register").joinpath("data/holidays_cn.csv").read_text(encoding="utf-8")
    lines = csv.DictReader(text.splitlines())
    return [{**line, "day": dt.date.fromisoformat(line["day"]), "area": EVERYWHERE} for line in lines]


def add_shipped_holidays(session: Session) -> None:
    """Fill an empty calendar."""
    session.execute(insert(Holiday), shipped_holidays())
