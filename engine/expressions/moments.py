"""Dates, times and durations in expressions (DMN 1.3, 10.3.2.3.4 to 10.3.2.3.9).

Dates and times are Python's; a duration of days is a timedelta, one of months a
:class:`Months`.
A text in ISO 8601 stands for its date wherever a date is wanted beside it, because variables are JSON.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from fractions import Fraction
from typing import TypeGuard
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.expressions.errors import ExpressionError, refused
from engine.expressions.numbers import Number, arithmetic, is_number, number, said
from engine.expressions.value import Moment, Months, Span, Value

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?)(?:@([A-Za-z_/+-]{1,40}))?"
)
_TIME = re.compile(r"\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})?")
_MONTHS = re.compile(r"(-?)P(?=\d)(?:(\d{1,6})Y)?(?:(\d{1,6})M)?")
_DAYS = re.compile(
    r"(-?)P(?=\d|T\d)(?:(\d{1,7})W)?(?:(\d{1,7})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10}(?:\.\d{1,6})?)S)?)?"
)


_MICROSECOND = dt.timedelta(microseconds=1)


def read_moment(text: str) -> Moment | Span | None:
    """A date, date and time, time or duration as ISO 8601 writes it; None when the text is none of them."""
    text = text.strip()
    try:
        if _DATE.fullmatch(text):
            return dt.date.fromisoformat(text)
        match = _DATE_TIME.fullmatch(text)
        if match:
            read = dt.datetime.fromisoformat(match.group(1))
            return read.replace(tzinfo=ZoneInfo(match.group(2))) if match.group(2) else read
        if _TIME.fullmatch(text):
            return dt.time.fromisoformat(text)
        return read_duration(text)
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        return None


def read_duration(text: str) -> Months | dt.timedelta | None:
    """A duration of months, or of days and smaller; None when the text is neither."""
    match = _MONTHS.fullmatch(text)
    if match:
        sign, years, months = match.groups()
        return Months((-1 if sign else 1) * (int(years or 0) * 12 + int(months or 0)))
    match = _DAYS.fullmatch(text)
    if not match:
        return None
    weeks, days, hours, minutes = (int(part or 0) for part in match.groups()[1:5])
    span = dt.timedelta(
        weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=float(match.group(6) or 0)
    )
    return -span if match.group(1) else span


def written(span: dt.timedelta) -> str:
    """A duration of days as ISO 8601 writes it."""
    sign, span = ("-", -span) if span < dt.timedelta() else ("", span)
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{span.microseconds:06d}".rstrip("0") if span.microseconds else ""
    clock = (
        (f"{hours}H" if hours else "")
        + (f"{minutes}M" if minutes else "")
        + (f"{seconds}{fraction}S" if seconds or fraction else "")
    )
    days = f"{span.days}D" if span.days or not clock else ""
    return f"{sign}P{days}" + (f"T{clock}" if clock else "")


def is_moment(value: Value) -> TypeGuard[Moment]:
    """A date, a date and time, or a time of day."""
    return isinstance(value, (dt.date, dt.time))


def as_moment(value: Value) -> Value:
    """A text in ISO 8601 as what it stands for; anything else as it is."""
    if not isinstance(value, str):
        return value
    moment = read_moment(value)
    return value if moment is None else moment


def alike(left: Value, right: Value) -> tuple[Value, Value]:
    """Two dates or times made comparable: a bare date against an instant compares days."""
    left, right = as_moment(left), as_moment(right)
    if isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
        if left.tzinfo is None:
            left = left.replace(tzinfo=right.tzinfo)
        elif right.tzinfo is None:
            right = right.replace(tzinfo=left.tzinfo)
    elif isinstance(left, dt.datetime) and isinstance(right, dt.date):
        left = left.date()
    elif isinstance(right, dt.datetime) and isinstance(left, dt.date):
        right = right.date()
    elif (
        isinstance(left, dt.time)
        and isinstance(right, dt.time)
        and (left.tzinfo is None) != (right.tzinfo is None)
    ):
        left, right = left.replace(tzinfo=None), right.replace(tzinfo=None)
    return left, right


def calculate(sign: str, left: Value, right: Value) -> Value:
    """Arithmetic in which at least one side is a date, a time or a duration.

    Raises:
        ExpressionError: when the two do not go together, or the result lies outside the calendar.
    """
    left, right = as_moment(left), as_moment(right)
    try:
        result = _calculated(sign, left, right)
    except (OverflowError, ValueError) as fault:
        if isinstance(fault, ExpressionError):
            raise
        raise refused("结果超出日历范围。", "The result lies outside the calendar.") from None
    if result is None:
        raise mismatch(sign, left, right)
    return result


def _calculated(sign: str, left: Value, right: Value) -> Value:
    if is_moment(left) and is_moment(right):
        return _difference(left, right) if sign == "-" else None
    if sign == "+" and is_moment(right):
        left, right = right, left
    if is_moment(left):
        return _shifted(left, right if sign == "+" else _negative(right)) if sign in "+-" else None
    if is_number(left) and sign == "*":
        left, right = right, left
    if isinstance(left, (Months, dt.timedelta)):
        return _scaled(sign, left, right)
    return None


def _negative(span: Value) -> Span | None:
    return (
        Months(-span.count) if isinstance(span, Months) else -span if isinstance(span, dt.timedelta) else None
    )


def _difference(left: Value, right: Value) -> dt.timedelta | None:
    left, right = alike(left, right)
    if isinstance(left, dt.date) and isinstance(right, dt.date):
        return left - right
    if isinstance(left, dt.time) and isinstance(right, dt.time):
        day = dt.date(2000, 1, 1)
        return dt.datetime.combine(day, left) - dt.datetime.combine(day, right)
    return None


def _shifted(moment: Moment, span: Value) -> Moment | None:
    if isinstance(span, Months) and isinstance(moment, dt.date):
        year, month = divmod(moment.year * 12 + moment.month - 1 + span.count, 12)
        if not 1 <= year <= 9999:
            raise OverflowError
        return moment.replace(
            year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1])
        )
    if not isinstance(span, dt.timedelta):
        return None
    if isinstance(moment, dt.datetime):
        return moment + span
    if isinstance(moment, dt.time):
        return (dt.datetime.combine(dt.date(2000, 1, 2), moment) + span).timetz()
    if span % dt.timedelta(days=1):
        return dt.datetime.combine(moment, dt.time()) + span
    return moment + span


def _scaled(sign: str, span: Span, by: Value) -> Span | Number | None:
    if isinstance(span, Months) and isinstance(by, Months) and sign in "+-":
        return Months(span.count + by.count if sign == "+" else span.count - by.count)
    if isinstance(span, dt.timedelta) and isinstance(by, dt.timedelta) and sign in "+-":
        return span + by if sign == "+" else span - by
    if sign == "/" and isinstance(by, (Months, dt.timedelta)) and type(span) is type(by):
        return arithmetic("/", _length(span), _length(by))
    if sign in "*/" and is_number(by):
        length = Fraction(_length(span))
        length = length * Fraction(number(by)) if sign == "*" else length / _divisor(number(by))
        return Months(int(length)) if isinstance(span, Months) else round(length) * _MICROSECOND
    return None


def _length(span: Months | dt.timedelta) -> int:
    """Months, or microseconds."""
    return span.count if isinstance(span, Months) else span // _MICROSECOND


def _divisor(by: Number) -> Fraction:
    if by == 0:
        raise refused("除数是零。", "Division by zero.")
    return Fraction(by)


def component(moment: Value, name: str) -> int | None:
    """A part of a date, time or duration by its FEEL name; None when it has no such part."""
    if isinstance(moment, Months):
        sign = -1 if moment.count < 0 else 1
        return {"years": sign * (abs(moment.count) // 12), "months": sign * (abs(moment.count) % 12)}.get(
            name
        )
    if isinstance(moment, dt.timedelta):
        sign, span = (-1, -moment) if moment < dt.timedelta() else (1, moment)
        parts = {
            "days": span.days,
            "hours": span.seconds // 3600,
            "minutes": span.seconds // 60 % 60,
            "seconds": span.seconds % 60,
        }
        return sign * parts[name] if name in parts else None
    if isinstance(moment, dt.date):
        if name == "weekday":
            return moment.isoweekday()
        if name in ("year", "month", "day"):
            return {"year": moment.year, "month": moment.month, "day": moment.day}[name]
    if isinstance(moment, (dt.datetime, dt.time)) and name in ("hour", "minute", "second"):
        return {"hour": moment.hour, "minute": moment.minute, "second": moment.second}[name]
    return None


def mismatch(sign: str, left: Value, right: Value) -> ExpressionError:
    """The error for two values that an operator cannot bring together."""
    return refused(
        f"{said(left)} 和 {said(right)} 不能用“{sign}”运算。",
        f"“{sign}” cannot be applied to {said(left)} and {said(right)}.",
    )
