"""The named functions as a rehearsal answers them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from engine.errors import DomainError
from engine.expressions import FeelFunction, Value
from engine.expressions.operations import in_writing
from engine.iso import duration, end_of_day, instant
from engine.owners import person_owner, post_owner


def or_as_written(name: str, work: FeelFunction) -> FeelFunction:
    """What the installation cannot answer without its rows (whose ticket is it?) stands as it is written."""

    def answered(*values: Value) -> Value:
        try:
            return work(*values)
        except (DomainError, LookupError, TypeError, ValueError):
            return f"{name}({' '.join(map(in_writing, values))})"

    return answered


class RehearsedFunctions(dict[str, FeelFunction]):
    """Dates are real, people and places are names."""

    def __init__(self, now: dt.datetime, zone: ZoneInfo) -> None:
        local = now.astimezone(zone)
        super().__init__(
            now=lambda: local,
            today=local.date,
            milestone=lambda _name: end_of_day(local.date() + dt.timedelta(days=30), zone),
            post=lambda role, scope="": post_owner(role, scope),
            person=lambda number: person_owner(number),
            end_of_day=lambda day: end_of_day(instant(day, zone).astimezone(zone).date(), zone),
            days_before=lambda at, days: instant(at, zone) - dt.timedelta(days=float(days)),
            days_after=lambda at, days: instant(at, zone) + dt.timedelta(days=float(days)),
            workdays_before=lambda at, days: _workdays(instant(at, zone), -int(days)),
            workdays_after=lambda at, days: _workdays(instant(at, zone), int(days)),
            after=lambda text: duration(text).after(now, zone),
        )

    def __missing__(self, name: str) -> FeelFunction:
        """What the rehearsal does not know stands as it is written, such as ``verifier(17)``."""
        return lambda *values: f"{name}({', '.join(map(in_writing, values))})"


def _workdays(at: dt.datetime, days: int) -> dt.datetime:
    step = dt.timedelta(days=1 if days > 0 else -1)
    while days:
        at += step
        if at.weekday() < 5:
            days -= 1 if days > 0 else -1
    return at
