"""Built-in functions on dates, times and durations. What time it is now, only the engine says."""

from __future__ import annotations

import datetime as dt

from engine.expressions.errors import ExpressionError, refused
from engine.expressions.moments import as_moment, read_duration, read_moment
from engine.expressions.numbers import number, said
from engine.expressions.value import BuiltIn, Moment, Months, Span, Value

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _wrong(value: Value, zh: str, en: str) -> ExpressionError:
    return refused(f"{said(value)} 不是{zh}。", f"{said(value)} is not {en}.")


def _whole(value: Value) -> int:
    whole = number(value)
    if not isinstance(whole, int) or abs(whole) > 10_000_000:
        raise _wrong(value, "整数", "a whole number")
    return whole


def date(value: Value, month: Value = None, day: Value = None) -> dt.date | None:
    """A date from a text, an instant, or year, month and day."""
    if value is None:
        return None
    if month is not None and day is not None:
        try:
            return dt.date(_whole(value), _whole(month), _whole(day))
        except ValueError:
            raise refused(
                f"没有 {value}-{month}-{day} 这一天。", f"There is no day {value}-{month}-{day}."
            ) from None
    read = as_moment(value)
    if isinstance(read, dt.datetime):
        return read.date()
    if isinstance(read, dt.date):
        return read
    raise _wrong(value, "日期，请写成 2019-09-24", "a date; write 2019-09-24")


def date_and_time(value: Value, clock: Value = None) -> dt.datetime | None:
    """An instant from a text, or from a date and a time of day."""
    if value is None:
        return None
    if clock is not None:
        day, at = date(value), time(clock)
        assert day is not None
        return None if at is None else dt.datetime.combine(day, at)
    read = as_moment(value)
    if isinstance(read, dt.datetime):
        return read
    if isinstance(read, dt.date):
        return dt.datetime.combine(read, dt.time())
    raise _wrong(
        value, "日期和时间，请写成 2019-09-24T18:00:00", "a date and time; write 2019-09-24T18:00:00"
    )


def time(value: Value, minute: Value = None, second: Value = 0) -> dt.time | None:
    """A time of day from a text, an instant, or hour, minute and second."""
    if value is None:
        return None
    if minute is not None:
        try:
            return dt.time(_whole(value), _whole(minute), _whole(second))
        except ValueError:
            raise refused(
                f"没有 {value}:{minute} 这个时刻。", f"There is no time {value}:{minute}."
            ) from None
    read = as_moment(value)
    if isinstance(read, dt.datetime):
        return read.timetz()
    if isinstance(read, dt.time):
        return read
    raise _wrong(value, "时刻，请写成 18:00:00", "a time of day; write 18:00:00")


def duration(value: Value) -> Span | None:
    """A duration from a text."""
    if value is None or isinstance(value, (dt.timedelta, Months)):
        return value
    try:
        read = read_duration(value.strip()) if isinstance(value, str) else None
    except (OverflowError, ValueError):
        read = None
    if read is None:
        raise _wrong(value, "时长，请写成 P3D、PT24H 或 P1M", "a duration; write P3D, PT24H or P1M")
    return read


def months_between(start: Value, end: Value) -> Months | None:
    """The whole months from one date to another."""
    first, last = date(start), date(end)
    if first is None or last is None:
        return None
    if last < first:
        back = months_between(last, first)
        return None if back is None else Months(-back.count)
    return Months((last.year - first.year) * 12 + last.month - first.month - (last.day < first.day))


def moment(text: str) -> Moment | Span:
    """What ``@"…"`` stands for."""
    read = read_moment(text)
    if read is None:
        raise _wrong(text, "日期、时间或时长", "a date, time or duration")
    return read


def _day(value: Value) -> dt.date:
    day = date(value)
    if day is None:
        raise _wrong(value, "日期", "a date")
    return day


FUNCTIONS: dict[str, BuiltIn] = {
    "date": (date, 1, 3),
    "date and time": (date_and_time, 1, 2),
    "time": (time, 1, 3),
    "duration": (duration, 1, 1),
    "years and months duration": (months_between, 2, 2),
    "@": (moment, 1, 1),
    "day of week": (lambda value: _DAYS[_day(value).weekday()], 1, 1),
    "day of year": (lambda value: _day(value).timetuple().tm_yday, 1, 1),
    "week of year": (lambda value: _day(value).isocalendar().week, 1, 1),
    "month of year": (lambda value: _MONTHS[_day(value).month - 1], 1, 1),
}
