"""The values that an expression reads, calculates with and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias, final

from engine.json import Json

_MOST_MONTHS = 12_000_000


@final
@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A duration in calendar months; longer than any calendar is an OverflowError."""

    count: int

    def __post_init__(self) -> None:
        if abs(self.count) > _MOST_MONTHS:
            raise OverflowError

    def __str__(self) -> str:
        years, months = divmod(abs(self.count), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months or not years else "")
        return f"{'-' if self.count < 0 else ''}P{text}"


@final
@dataclass(frozen=True, slots=True)
class Interval:
    """All values between two ends; ``with_low`` and ``with_high`` say whether an end belongs to it."""

    low: Value
    high: Value
    with_low: bool
    with_high: bool


Span: TypeAlias = dt.timedelta | Months
"""A duration: of days and smaller, or of months."""

Moment: TypeAlias = dt.date | dt.time
"""A date, a date and time, or a time of day."""

Value: TypeAlias = "bool | int | float | Decimal | str | Moment | Span | Interval | Sequence[Value] | Mapping[str, Value] | None"
"""Anything an expression can name: JSON, exact numbers, dates, durations and intervals."""

Scope: TypeAlias = Mapping[str, Value]
"""The names that an expression can read."""

FeelFunction: TypeAlias = Callable[..., Value]
"""What an expression can call."""

Functions: TypeAlias = Mapping[str, FeelFunction]
"""The functions that an expression can call, by name."""

BuiltIn: TypeAlias = tuple[FeelFunction, int, int | None]
"""A built-in function with the least and the most arguments it takes; None: as many as one likes."""


def as_json(value: Value) -> Json:
    """A value as plain JSON: dates, times and durations as text, an exact number as the number that JSON has."""
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (dt.timedelta, Months, Interval)):
        return str(value)
    if isinstance(value, Mapping):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    assert value is None or isinstance(value, (bool, int, float, str))
    return value
