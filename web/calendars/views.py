"""A year of a working calendar as a page shows it."""

from __future__ import annotations

import calendar as months_of
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rectification.calendar.calendar import Calendar, days_of_year, days_without
from rectification.calendar.holidays import EVERYWHERE, FEASTS, KINDS, Day, announced, read_days
from rectification.places.areas import Area
from rectification.rescheduling.calendar import CalendarChange
from web.i18n import gettext as _
from web.i18n import spoken, translate

_EN = {words.zh: words.en for words in FEASTS.values()}


@dataclass(frozen=True, slots=True)
class DayView:
    """One square: ``kind`` is workday, weekend, holiday or makeup; ``name`` says why it is not what its weekday says."""

    day: dt.date
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class MonthView:
    """One month in weeks from Monday; days of other months are None."""

    first: dt.date
    weeks: Sequence[Sequence[DayView | None]]


@dataclass(frozen=True, slots=True)
class Spell:
    """Days in a row that are off, or worked, for the same reason; ``area`` has them in its calendar."""

    first: dt.date
    last: dt.date
    kind: str
    name: str
    area: str


@dataclass(frozen=True, slots=True)
class YearView:
    """A whole year; ``unknown`` when nothing was entered for it, so that Monday to Friday are worked."""

    year: int
    months: Sequence[MonthView]
    spells: Sequence[Spell]
    unknown: bool
    can_take_over: bool
    """Whether the announced days of the year are known and the national calendar does not say so."""


def year_view(session: Session, area: str, year: int) -> YearView:
    """What holds in an area in a year."""
    holds = days_of_year(session, area, year)
    names = area_names(session, {code for _one, code in holds.values()})
    working = Calendar({day: element.kind or "" for day, (element, _code) in holds.items()})
    known = {calendar_day.day: calendar_day for calendar_day in announced(year)}
    return YearView(
        year,
        [_month(year, month, working, holds) for month in range(1, 13)],
        _spells(holds, names),
        not holds,
        area == EVERYWHERE
        and any(holds.get(day, (None, ""))[0] != element for day, element in known.items()),
    )


def _month(year: int, month: int, working: Calendar, holds: Mapping[dt.date, tuple[Day, str]]) -> MonthView:
    def square(number: int) -> DayView | None:
        if not number:
            return None
        day = dt.date(year, month, number)
        if day in holds:
            calendar_day, _code = holds[day]
            return DayView(day, str(calendar_day.kind), spoken_name(calendar_day.name))
        return DayView(day, "workday" if working.is_workday(day) else "weekend", "")

    weeks = months_of.Calendar().monthdayscalendar(year, month)
    return MonthView(dt.date(year, month, 1), [[square(number) for number in week] for week in weeks])


def _spells(holds: Mapping[dt.date, tuple[Day, str]], names: Mapping[str, str]) -> list[Spell]:
    result: list[Spell] = []
    for day, (calendar_day, code) in holds.items():
        before = result[-1] if result else None
        new = Spell(day, day, str(calendar_day.kind), spoken_name(calendar_day.name), names[code])
        if before is not None and _goes_on(before, new):
            result[-1] = Spell(before.first, day, new.kind, new.name, new.area)
        else:
            result.append(new)
    return result


def _goes_on(before: Spell, new: Spell) -> bool:
    alike = (before.kind, before.name, before.area) == (new.kind, new.name, new.area)
    return alike and new.first - before.last == dt.timedelta(days=1)


def spoken_name(name: str) -> str:
    """A national feast in the reader's language; any other name as somebody wrote it."""
    return _EN.get(name, name) if spoken() == "en" else name


def area_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """What calendars are called; the whole country first."""
    rows = session.execute(select(Area.code, Area.name).where(Area.code.in_(codes)).order_by(Area.path))
    return {EVERYWHERE: _("The whole country"), **{row.code: row.name for row in rows}}


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day that a change is about: what holds without the change, and with it."""

    day: dt.date
    was: str
    new: str


def changed_days(session: Session, change: CalendarChange) -> list[ChangedDay]:
    """The days of a change. Where the calendar itself says nothing, those above as they stand now, or the weekday."""
    before, after = read_days(change.before), read_days(change.days)
    above = days_without(session, change.area, after[0].day, after[-1].day)
    names = area_names(session, {code for _one, code in above.values()})
    return [
        ChangedDay(new.day, _holds(was, above, names), _holds(new, above, names))
        for was, new in zip(before, after, strict=True)
    ]


def _holds(day: Day, above: Mapping[dt.date, tuple[Day, str]], names: Mapping[str, str]) -> str:
    """What holds on a day, and by what."""
    if day.kind:
        return _("%(kind)s (%(name)s)") % {"kind": translate(KINDS[day.kind]), "name": spoken_name(day.name)}
    if day.day in above:
        other, code = above[day.day]
        blanks = {"kind": translate(KINDS[str(other.kind)]), "name": spoken_name(other.name)}
        if code == EVERYWHERE:
            return _("%(kind)s (%(name)s, national calendar)") % blanks
        return _("%(kind)s (%(name)s, calendar of %(area)s)") % {**blanks, "area": names[code]}
    return _("Working day by its weekday") if day.day.weekday() < 5 else _("Day off by its weekday")
