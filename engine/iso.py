"""Dates, durations and cycles as ISO 8601 writes them and BPMN timers mean them.

What ISO 8601 allows in a duration is read by aniso8601; a cycle is taken apart here, because that library leaves the
number of rounds unread and gives dates as pieces. Libraries that add durations take P1D for PT24H, which differ here.

A bare date means the end of that day in the campaign's zone; a time without an offset is local
time in that zone. Months and years are calendar months, so P1M from 31 January is 28 February; a rhythm of
months counts from its first date.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from aniso8601.builders import TupleBuilder
from aniso8601.duration import parse_duration

from engine.text import LocalizedText

UTC = dt.UTC
_LARGEST = 100 * 366
"""No deadline lies more than a century away (days)."""


class BadTime(ValueError):
    """A text that is not a date, duration or cycle; ``words`` says what it should look like."""

    def __init__(self, text: object, want: LocalizedText) -> None:
        super().__init__(f"{text!r}: {want.en}")
        self.words = LocalizedText(
            f"“{text}”不是有效的时间：{want.zh}", f"“{text}” is not a valid time: {want.en}"
        )


_DURATION_WORDS = LocalizedText(
    "请写成 P3D（3 天）、PT24H（24 小时）、P1M（1 个月）这样的时长。",
    "write a duration such as P3D, PT24H or P1M.",
)
_DATE_WORDS = LocalizedText(
    "请写成 2019-09-24 或 2019-09-24T18:00:00+08:00。",
    "write a date such as 2019-09-24 or 2019-09-24T18:00:00+08:00.",
)
_OUTSIDE = LocalizedText("它在日历范围之外。", "it lies outside the calendar.")
_CYCLE_WORDS = LocalizedText(
    "请写成 R3/PT24H（3 次）或 R/P1D（不限次数）。",
    "write a cycle such as R3/PT24H (three times) or R/P1D (without end).",
)


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of calendar months, calendar days and exact seconds: P1D is a day, PT24H are 24 hours."""

    months: int
    days: int
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Whether it is as long whenever it begins."""
        return not self.months and not self.days

    def after(self, start: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        """The instant one duration after ``start``; days and months follow the zone's calendar.

        Raises:
            BadTime: it lies outside the calendar.
        """
        try:
            return self._after(start, zone)
        except OverflowError:
            raise BadTime(f"P{self.months}M{self.days}D", _OUTSIDE) from None

    def _after(self, start: dt.datetime, zone: ZoneInfo) -> dt.datetime:
        local = start.astimezone(zone)
        if self.months:
            index = local.year * 12 + local.month - 1 + self.months
            year, month = divmod(index, 12)
            if year > 9998:
                raise OverflowError
            last = calendar.monthrange(year, month + 1)[1]
            local = local.replace(year=year, month=month + 1, day=min(local.day, last))
        if self.days:
            local = local + dt.timedelta(days=self.days)  # a day over a clock change stays a day
        return (local.astimezone(UTC) + dt.timedelta(seconds=self.seconds)).astimezone(UTC)


def duration(text: object) -> Duration:
    """Read an ISO 8601 duration; never negative."""
    if isinstance(text, dt.timedelta):
        return Duration(0, 0, text.total_seconds())
    try:
        years, months, weeks, days, hours, minutes, seconds = _components(str(text).strip())
    except ValueError:
        raise BadTime(text, _DURATION_WORDS) from None
    if years * 366 + months * 31 + weeks * 7 + days > _LARGEST or hours > _LARGEST * 24:
        raise BadTime(text, LocalizedText("时长超过一百年。", "longer than a century."))
    part, whole = math.modf(weeks * 7 + days)
    exact = part * 86400 + hours * 3600 + minutes * 60 + seconds
    if exact > _LARGEST * 86400:
        raise BadTime(text, LocalizedText("时长超过一百年。", "longer than a century."))
    return Duration(int(years * 12 + months), int(whole), exact)


def _components(text: str) -> list[float]:
    """Years, months, weeks, days, hours, minutes and seconds of a duration.

    Raises:
        ValueError: it is none, is written as a date (P0001-01-01T00:00:00), or divides a year, a month or a week.
    """
    if not text.endswith(("Y", "M", "W", "D", "H", "S")):
        raise ValueError
    read = parse_duration(text, builder=TupleBuilder)
    if "." in f"{read.PnY}{read.PnM}{read.PnW}":
        raise ValueError
    return [float(number or 0) for number in read]


def instant(value: object, zone: ZoneInfo) -> dt.datetime:
    """Read a date or a date and time as an instant in UTC."""
    try:
        return _instant(value, zone)
    except OverflowError:
        raise BadTime(value, _OUTSIDE) from None


def _instant(value: object, zone: ZoneInfo) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(value, dt.date):
        return end_of_day(value, zone)
    text = str(value).strip()
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return end_of_day(dt.date.fromisoformat(text), zone)
        if not re.match(r"\d{4}-\d{2}-\d{2}T", text):
            raise ValueError
        read = dt.datetime.fromisoformat(text)
    except ValueError:
        raise BadTime(value, _DATE_WORDS) from None
    return (read if read.tzinfo else read.replace(tzinfo=zone)).astimezone(UTC)


def end_of_day(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The last microsecond before 24:00 of a day in the zone: what comes at 23:59:59.4 is in time.

    Where the clocks go back at midnight, the hour before it comes twice; the day ends with the second.
    """
    return dt.datetime.combine(day, dt.time.max.replace(fold=1), zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repetition: how many times (None: without end), first start (None: one span from now), span, last."""

    times: int | None
    start: dt.datetime | None
    span: Duration
    until: dt.datetime | None = None

    def ahead(self, due: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime, int]:
        """The first moment of the rhythm of ``due`` that lies after ``now``, and how many were missed.

        Months count from the start, not from what a short month made of it: R/2019-01-31/P1M is 28 February,
        then 31 March. ``due`` may be a day or more before its place in that rhythm, as adding a month to
        28 February makes it.

        Raises:
            BadTime: it lies outside the calendar.
        """
        try:
            return self._ahead(due, now, zone)
        except OverflowError:
            raise BadTime(f"{due:%Y-%m-%d}", _OUTSIDE) from None

    def _ahead(self, due: dt.datetime, now: dt.datetime, zone: ZoneInfo) -> tuple[dt.datetime, int]:
        if self.start is not None and self.span.months and not (self.span.days or self.span.seconds):
            first = self._first_after(due - dt.timedelta(days=1), zone)
            ahead = max(first, self._first_after(now, zone))
            return self._occurrence(ahead, zone), ahead - first
        missed = 0
        if self.span.is_exact and due <= now:
            span = dt.timedelta(seconds=self.span.seconds)
            missed = (now - due) // span + 1
            return due + missed * span, missed
        if not self.span.months and due <= now:  # most of the way at once, the rest day by day
            missed = max((now - due) // dt.timedelta(self.span.days, self.span.seconds) - 2, 0)
            due = Duration(0, self.span.days * missed, self.span.seconds * missed).after(due, zone)
        while due <= now:
            due, missed = self.span.after(due, zone), missed + 1
        return due, missed

    def _occurrence(self, number: int, zone: ZoneInfo) -> dt.datetime:
        """The start is number 0."""
        assert self.start is not None
        return Duration(number * self.span.months, 0, 0).after(self.start, zone)

    def _first_after(self, instant: dt.datetime, zone: ZoneInfo) -> int:
        assert self.start is not None
        begin, local = self.start.astimezone(zone), instant.astimezone(zone)
        months = (local.year - begin.year) * 12 + local.month - begin.month
        number = max(months // self.span.months - 1, 0)
        while self._occurrence(number, zone) <= instant:
            number += 1
        return number


def from_first(text: str, first: dt.datetime) -> str:
    """A cycle without a start, such as R/P1M, written so that it counts from its first moment; others stay."""
    head, _, span = text.strip().partition("/")
    return f"{head}/{first.astimezone(UTC).isoformat()}/{span}" if "/" not in span else text


def cycle(text: object, zone: ZoneInfo) -> Cycle:
    """Read an ISO 8601 repeating interval: R3/PT24H, R/P1D, R2/2019-09-01T08:00/P1D, R/P1D/2019-09-24."""
    parts = str(text).strip().split("/")
    head = re.fullmatch(r"R(\d{0,9})", parts[0])
    if head is None or len(parts) not in (2, 3):
        raise BadTime(text, _CYCLE_WORDS)
    times = int(head.group(1)) if head.group(1) else None
    try:
        if len(parts) == 2:
            result = Cycle(times, None, duration(parts[1]))
        elif parts[1].startswith("P"):
            result = Cycle(times, None, duration(parts[1]), instant(parts[2], zone))
        else:
            result = Cycle(times, instant(parts[1], zone), duration(parts[2]))
    except BadTime:
        raise BadTime(text, _CYCLE_WORDS) from None
    if result.span.is_exact and dt.timedelta(seconds=result.span.seconds) <= dt.timedelta():
        raise BadTime(text, LocalizedText("周期必须大于零。", "a cycle must be longer than nothing."))
    return result
