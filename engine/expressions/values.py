"""Built-in functions on numbers, truth values and contexts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
)

from engine.expressions.errors import refused
from engine.expressions.meter import spend
from engine.expressions.moments import as_moment
from engine.expressions.numbers import (
    Number,
    arithmetic,
    is_number,
    number,
    rounded,
    said,
    square_root,
    whole,
)
from engine.expressions.operations import truth
from engine.expressions.value import BuiltIn, FeelFunction, Months, Value


def to_number(value: Value, grouping: str | None = None, point: str | None = None) -> Number | None:
    """A number, or the number that a text spells."""
    if value is None or is_number(value):
        return None if value is None else number(value)
    if not isinstance(value, str):
        raise refused(f"{said(value)} 不是数字。", f"{said(value)} is not a number.")
    if not all(separator is None or isinstance(separator, str) for separator in (grouping, point)):
        raise refused("number() 的分隔符应为文字。", "The separators of number() are texts.")
    text = value.strip().replace(grouping, "") if grouping else value.strip()
    try:
        return whole(Decimal(text.replace(point, ".") if point else text))
    except DecimalException:
        raise refused(f"{said(value)} 不是数字。", f"{said(value)} is not a number.") from None


def to_boolean(value: Value) -> bool | None:
    """A truth value, or what the texts "true" and "false" spell."""
    known = {"true": True, "false": False}
    if isinstance(value, str) and value.strip().lower() in known:
        return known[value.strip().lower()]
    return truth(value)


def opposite(value: Value) -> bool | None:
    """Three-valued not."""
    value_of_truth = truth(value)
    return None if value_of_truth is None else not value_of_truth


def _rounding(how: str) -> FeelFunction:
    def work(value: Value, places: Value = 0) -> Number | None:
        return None if value is None else rounded(number(value), places, how)

    return work


def absolute(value: Value) -> Value:
    """The size of a number or duration."""
    span = as_moment(value)
    if isinstance(span, dt.timedelta):
        return abs(span)
    if isinstance(span, Months):
        return Months(abs(span.count))
    exact = number(value)
    return -exact if exact < 0 else exact


def modulo(value: Value, by: Value) -> Number:
    """What is left of a division; it has the sign of the divisor."""
    left, right = number(value), number(by)
    if right == 0:
        raise refused("除数是零。", "Division by zero.")
    times = rounded(arithmetic("/", left, right), 0, ROUND_FLOOR)
    return arithmetic("-", left, arithmetic("*", right, times))


def is_odd(value: Value) -> bool:
    """Whether a whole number is odd."""
    return modulo(value, 2) == 1


def is_even(value: Value) -> bool:
    """Whether a whole number is even."""
    return modulo(value, 2) == 0


def get_value(context: Value, key: Value) -> Value:
    """The entry of a context with this name; null when there is none."""
    if isinstance(key, (list, tuple)):
        spend(len(key))
        for part in key:
            context = get_value(context, part)
        return context
    return context.get(key) if isinstance(context, Mapping) and isinstance(key, str) else None


def get_entries(context: Value) -> list[Value] | None:
    """The entries of a context as a list of key and value."""
    return (
        [{"key": key, "value": item} for key, item in context.items()]
        if isinstance(context, Mapping)
        else None
    )


def make_context(entries: Value) -> dict[str, Value]:
    """A context of a list of key and value."""
    rows = entries if isinstance(entries, (list, tuple)) else [entries]
    result: dict[str, Value] = {}
    for row in rows:
        key = row.get("key") if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(key, str):
            raise refused("context() 需要 key 和 value 的列表。", "context() wants a list of key and value.")
        result[key] = row.get("value")
    return result


def put(context: Value, key: Value, value: Value) -> dict[str, Value]:
    """A context with one entry more."""
    if not isinstance(context, Mapping) or not isinstance(key, str):
        raise refused(
            "context put() 需要一个 context 和一个名称。", "context put() wants a context and a name."
        )
    return {**context, key: value}


def merge(*contexts: Value) -> dict[str, Value]:
    """One context of several; a later entry wins."""
    rows = contexts[0] if len(contexts) == 1 and isinstance(contexts[0], (list, tuple)) else contexts
    result: dict[str, Value] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            raise refused(
                "context merge() 需要 context 的列表。", "context merge() wants a list of contexts."
            )
        result.update(row)
    return result


FUNCTIONS: dict[str, BuiltIn] = {
    "number": (to_number, 1, 3),
    "boolean": (to_boolean, 1, 1),
    "not": (opposite, 1, 1),
    "decimal": (_rounding(ROUND_HALF_EVEN), 2, 2),
    "floor": (_rounding(ROUND_FLOOR), 1, 2),
    "ceiling": (_rounding(ROUND_CEILING), 1, 2),
    "round half up": (_rounding(ROUND_HALF_UP), 1, 2),
    "round half down": (_rounding(ROUND_HALF_DOWN), 1, 2),
    "round up": (_rounding(ROUND_UP), 1, 2),
    "round down": (_rounding(ROUND_DOWN), 1, 2),
    "abs": (absolute, 1, 1),
    "modulo": (modulo, 2, 2),
    "sqrt": (lambda value: square_root(number(value)), 1, 1),
    "odd": (is_odd, 1, 1),
    "even": (is_even, 1, 1),
    "get or else": (lambda value, otherwise: otherwise if value is None else value, 2, 2),
    "get value": (get_value, 2, 2),
    "get entries": (get_entries, 1, 1),
    "context": (make_context, 1, 1),
    "context put": (put, 3, 3),
    "context merge": (merge, 1, None),
}
