"""What the operators do with values: equality, order, arithmetic, membership, paths.

Values of different types are never equal; to order them, or to calculate with them, is an error in
words. Null spreads through comparisons, as in FEEL; calculating with it is an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from engine.expressions.errors import ExpressionError, refused
from engine.expressions.meter import spend
from engine.expressions.moments import (
    alike,
    as_moment,
    calculate,
    component,
    is_moment,
    mismatch,
    read_moment,
    written,
)
from engine.expressions.numbers import arithmetic, is_number, number, said
from engine.expressions.value import Interval, Months, Value

MOST_LETTERS = 100_000
"""Characters in one text."""
MOST_ITEMS = 10_000
"""Items in one list."""
Ordered = TypeVar("Ordered", str, dt.date, dt.time, dt.timedelta, Months)
_PLAIN = (bool, int, str, type(None))
_PLACE = 4
"""What an item of a list costs that is gone through, in grains."""


def lies_in(interval: Interval, value: Value) -> bool | None:
    """Whether a value lies inside; null when value or end is null."""
    above = ordered(">=" if interval.with_low else ">", value, interval.low)
    below = ordered("<=" if interval.with_high else "<", value, interval.high)
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def _whole_numbers(interval: Interval) -> Iterator[int]:
    """The whole numbers of an interval, upwards or downwards."""
    low, high = number(interval.low), number(interval.high)
    if not isinstance(low, int) or not isinstance(high, int):
        raise refused("只能在整数区间上循环。", "Only an interval of whole numbers can be walked through.")
    step = 1 if low <= high else -1
    first = low + (0 if interval.with_low else step)
    last = high - (0 if interval.with_high else step)
    if abs(last - first) >= MOST_ITEMS:
        raise too_long()
    return iter(range(first, last + step, step))


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same; different types never are, except a date and its ISO text."""
    kind = type(left)
    if kind is type(right) and kind in _PLAIN:
        return bool(left == right)
    spend(1)
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if is_number(left):
        return is_number(right) and number(left) == number(right)
    if isinstance(left, (list, tuple)):
        spend(_PLACE)
        return isinstance(right, (list, tuple)) and len(left) == len(right) and all(map(equal, left, right))
    if isinstance(left, Mapping):
        return (
            isinstance(right, Mapping)
            and left.keys() == right.keys()
            and all(equal(left[key], right[key]) for key in left)
        )
    if not isinstance(left, str) or not isinstance(right, str):
        left, right = alike(left, right)
    return type(left) is type(right) and bool(left == right)


def ordered(sign: str, left: Value, right: Value) -> bool | None:
    """``left sign right`` for <, <=, > and >=; null when one side is null.

    Raises:
        ExpressionError: when the two cannot be ordered.
    """
    if left is None or right is None:
        return None
    if type(left) is int and type(right) is int:
        side = (left > right) - (left < right)
    else:
        spend(1)
        side = _side(sign, left, right)
    if sign == "<":
        return side < 0
    if sign == "<=":
        return side <= 0
    return side > 0 if sign == ">" else side >= 0


def _side(sign: str, left: Value, right: Value) -> int:
    """Below zero when the left one is smaller, above when it is larger, zero when they are equal."""
    if is_number(left) and is_number(right):
        left_number, right_number = number(left), number(right)
        return (left_number > right_number) - (left_number < right_number)
    first, other = alike(left, right)
    if type(first) is type(other):
        if isinstance(first, dt.date) and isinstance(other, dt.date):
            return _side_of(first, other)
        if isinstance(first, dt.time) and isinstance(other, dt.time):
            return _side_of(first, other)
        if isinstance(first, dt.timedelta) and isinstance(other, dt.timedelta):
            return _side_of(first, other)
        if isinstance(first, Months) and isinstance(other, Months):
            return _side_of(first, other)
    if isinstance(left, str) and isinstance(right, str):
        return _side_of(left, right)
    raise refused(
        f"{said(left)} 和 {said(right)} 不能比较大小（{sign}）。",
        f"{said(left)} and {said(right)} cannot be compared with “{sign}”.",
    )


def _side_of(left: Ordered, right: Ordered) -> int:
    return (left > right) - (left < right)


def compare(sign: str, left: Value, right: Value) -> bool | None:
    """Each of the six comparisons."""
    if sign == "=":
        return equal(left, right)
    if sign == "!=":
        return not equal(left, right)
    return ordered(sign, left, right)


def fold(sign: str, left: Value, right: Value) -> Value:
    """Arithmetic of numbers, dates and durations; ``+`` joins two texts."""
    if is_number(left) and is_number(right):
        return arithmetic(sign, number(left), number(right))
    if left is None or right is None:
        raise refused(f"不能用空值（null）做“{sign}”运算。", f"“{sign}” cannot be applied to null.")
    if isinstance(left, str) and isinstance(right, str):
        return _of_texts(sign, left, right)
    if isinstance(left, (bool, list, tuple, Mapping)) or isinstance(right, (bool, list, tuple, Mapping)):
        raise mismatch(sign, left, right)
    if any(
        is_moment(as_moment(side)) or isinstance(as_moment(side), (dt.timedelta, Months))
        for side in (left, right)
    ):
        return calculate(sign, left, right)
    raise mismatch(sign, left, right)


def _of_texts(sign: str, left: str, right: str) -> Value:
    if sign == "+":
        keep_length(len(left) + len(right))
        return left + right
    if sign == "-" and is_moment(read_moment(left)):
        return calculate(sign, left, right)
    raise mismatch(sign, left, right)


def holds_one(value: Value, test: Value) -> bool | None:
    """Whether a value passes one test of ``in``: an interval, a list of alternatives, or a value."""
    if isinstance(test, Interval):
        return lies_in(test, value)
    if isinstance(test, (list, tuple)) and not isinstance(value, (list, tuple)):
        spend(_PLACE * len(test))
        return any(holds_one(value, part) is True for part in test)
    if isinstance(test, (list, tuple)):
        return equal(value, test) or any(equal(value, part) for part in test)
    return equal(value, test)


def step_into(value: Value, name: str) -> Value:
    """``value.name``: an entry of a context, a part of a date, or of every item of a list; else null."""
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, (list, tuple)):
        spend(_PLACE * len(value))
        return [step_into(item, name) for item in value]
    return component(as_moment(value), name)


def item_at(items: Sequence[Value], position: Value) -> Value:
    """The item at a position: 1 is the first, -1 the last; null where there is none."""
    place = number(position)
    if not isinstance(place, int) or place == 0:
        return None
    place = place - 1 if place > 0 else len(items) + place
    return items[place] if 0 <= place < len(items) else None


def walked_through(value: Value) -> list[Value]:
    """What a loop walks through: the items of a list, whole numbers of an interval, any other value alone.

    Raises:
        ExpressionError: they are too many.
    """
    if isinstance(value, Interval):
        return list(_whole_numbers(value))
    if value is None:
        return []
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    if len(items) > MOST_ITEMS:
        raise too_long()
    return items


def truth(value: Value) -> bool | None:
    """A condition's value.

    Raises:
        ExpressionError: when it is neither true, false nor null.
    """
    if value is None or isinstance(value, bool):
        return value
    raise refused(
        f"{said(value)} 不是“是”或“否”（true/false）。", f"{said(value)} is neither true nor false."
    )


def bounded_text(text: str) -> str:
    """A text that is not too long."""
    keep_length(len(text))
    return text


def keep_length(letters: int) -> None:
    """See that a text that is about to be built would not be too long."""
    if letters > MOST_LETTERS:
        raise _too_many_letters()


def _too_many_letters() -> ExpressionError:
    return refused(f"文字超过 {MOST_LETTERS} 个字符。", f"The text is longer than {MOST_LETTERS} characters.")


def too_long() -> ExpressionError:
    """The error for a list that is too long."""
    return refused(f"列表超过 {MOST_ITEMS} 项。", f"The list has more than {MOST_ITEMS} items.")


def in_writing(value: Value) -> str:
    """A value as text: numbers plainly, dates and durations as ISO 8601 writes them.

    Raises:
        ExpressionError: the text would be too long; it is not built.
    """
    parts: list[str] = []
    room = MOST_LETTERS
    for part in _pieces(result(value)):
        parts.append(part)
        room -= len(part)
        if room < 0:
            raise _too_many_letters()
    return "".join(parts)


def _pieces(value: Value) -> Iterator[str]:
    if isinstance(value, list):
        yield "["
        for place, item in enumerate(value):
            yield ", " if place else ""
            yield from _pieces(item)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for place, (key, item) in enumerate(value.items()):
            yield f"{', ' if place else ''}{key}: "
            yield from _pieces(item)
        yield "}"
    else:
        yield _one_in_writing(value)


def _one_in_writing(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)


def result(value: Value) -> Value:
    """A value as it leaves the language: plain JSON and dates.

    A number is an int when whole and else a float; durations and times of day become ISO texts;
    dates and instants stay what they are. A list that stands in several places comes out in each of them,
    so every item is paid for.
    """
    if type(value) is str:
        spend(len(value) // 8)
        return value
    if type(value) in _PLAIN:
        return value
    if type(value) is Decimal or type(value) is float:
        return _plain_number(value)
    if isinstance(value, (list, tuple)):
        spend(_PLACE * (1 + len(value)))
        return [result(item) for item in value]
    if isinstance(value, Mapping):
        spend(_PLACE * (1 + len(value)))
        return {key: result(element) for key, element in value.items()}
    if isinstance(value, dt.timedelta):
        return written(value)
    if isinstance(value, Months):
        return str(value)
    if isinstance(value, dt.time):
        return value.isoformat()
    if isinstance(value, Interval):
        raise refused("区间不能作为结果。", "An interval cannot be a result.")
    return value


def _plain_number(value: Decimal | float) -> int | float:
    exact = number(value)
    if isinstance(exact, int):
        return exact
    plain = float(exact)
    return int(plain) if plain.is_integer() else plain
