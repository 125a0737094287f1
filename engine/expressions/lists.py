"""Built-in functions on lists. Positions count from 1, and from the end when negative."""

from __future__ import annotations

import datetime as dt
from functools import reduce

from engine.expressions.errors import refused
from engine.expressions.meter import spend
from engine.expressions.moments import as_moment
from engine.expressions.numbers import Number, arithmetic, number, square_root
from engine.expressions.operations import MOST_ITEMS, equal, fold, ordered, too_long, truth
from engine.expressions.value import BuiltIn, FeelFunction, Months, Value

_MOST_DIFFERENT = 500
"""Values other than texts among which each is looked for in turn."""


def _list(value: Value) -> list[Value]:
    """A list; a single value is a list of one, as in FEEL, and null is an empty one."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _items(values: tuple[Value, ...]) -> list[Value]:
    return _list(values[0]) if len(values) == 1 else list(values)


def _numbers(values: tuple[Value, ...]) -> list[Number]:
    return [number(item) for item in _items(values)]


def _bounded(items: list[Value]) -> list[Value]:
    if len(items) > MOST_ITEMS:
        raise too_long()
    return items


def _best(sign: str) -> FeelFunction:
    def work(*values: Value) -> Value:
        items = _items(values)
        return (
            reduce(lambda best, item: item if ordered(sign, item, best) else best, items) if items else None
        )

    return work


def total(*values: Value) -> Value:
    """The sum of numbers or of durations; null of nothing."""
    items = _calculable(values)
    return reduce(lambda left, right: fold("+", left, right), items) if items else None


def _calculable(values: tuple[Value, ...]) -> list[Value]:
    """Numbers or durations; a text in ISO 8601 stands for its duration."""
    items = [as_moment(item) for item in _items(values)]
    return [item if isinstance(item, (dt.timedelta, Months)) else number(item) for item in items]


def product(*values: Value) -> Number | None:
    """All numbers multiplied; null of nothing."""
    items = _numbers(values)
    return reduce(lambda left, right: arithmetic("*", left, right), items) if items else None


def mean(*values: Value) -> Value:
    """The average of numbers or of durations; null of nothing."""
    items = _calculable(values)
    return fold("/", total(items), len(items)) if items else None


def median(*values: Value) -> Value:
    """The middle one in order, or the average of the two in the middle; null of nothing."""
    items = in_order(_calculable(values))
    if not items:
        return None
    middle = len(items) // 2
    return items[middle] if len(items) % 2 else mean(items[middle - 1 : middle + 1])


def deviation(*values: Value) -> Number | None:
    """The standard deviation of a sample; null of less than two."""
    items = _numbers(values)
    if len(items) < 2:
        return None
    middle = number(mean(items))
    squares = [arithmetic("**", arithmetic("-", item, middle), 2) for item in items]
    return square_root(arithmetic("/", number(total(squares)), len(items) - 1))


def every(*values: Value) -> bool | None:
    """Three-valued and over a list."""
    result = [truth(item) for item in _items(values)]
    return False if False in result else None if None in result else True


def some(*values: Value) -> bool | None:
    """Three-valued or over a list."""
    result = [truth(item) for item in _items(values)]
    return True if True in result else None if None in result else False


def contains(items: Value, value: Value) -> bool:
    """Whether a list has a value."""
    return any(equal(item, value) for item in _list(items))


def _place(value: Value, length: int, *, beyond: int = 0) -> int:
    position = number(value)
    if not isinstance(position, int) or position == 0 or not -length <= position <= length + beyond:
        raise refused(f"列表没有第 {position} 项。", f"The list has no item {position}.")
    return position - 1 if position > 0 else length + position


def sublist(items: Value, start: Value, length: Value = None) -> list[Value]:
    """Part of a list."""
    values = _list(items)
    begin = _place(start, len(values), beyond=1)
    return values[begin:] if length is None else values[begin : begin + max(int(number(length)), 0)]


def insert_before(items: Value, position: Value, value: Value) -> list[Value]:
    """A list with a value put in at a position."""
    values = _list(items)
    place = _place(position, len(values), beyond=1)
    return _bounded([*values[:place], value, *values[place:]])


def remove(items: Value, position: Value) -> list[Value]:
    """A list without the item at a position."""
    values = _list(items)
    place = _place(position, len(values))
    return values[:place] + values[place + 1 :]


def index_of(items: Value, value: Value) -> list[int]:
    """The positions at which a value stands."""
    return [place for place, item in enumerate(_list(items), 1) if equal(item, value)]


def distinct(items: Value) -> list[Value]:
    """Every value once, in the order of its first occurrence."""
    result: list[Value] = []
    known: set[Value] = set()
    for item in _list(items):
        if isinstance(item, str):
            if item not in known:
                known.add(item)
                result.append(item)
        elif not contains(result, item):
            if len(result) > _MOST_DIFFERENT:
                raise refused("不同的值过多。", "Too many different values.")
            result.append(item)
    return result


def concatenate(*lists: Value) -> list[Value]:
    """Several lists in one."""
    return _bounded([item for items in lists for item in _list(items)])


def flatten(items: Value) -> list[Value]:
    """A list without lists in it."""
    result: list[Value] = []
    pending = _list(items)[::-1]
    while pending:
        item = pending.pop()
        spend(2)
        if isinstance(item, (list, tuple)):
            pending.extend(reversed(item))
        else:
            result.append(item)
        if len(result) + len(pending) > MOST_ITEMS:
            raise too_long()
    return result


class _InOrder:
    """An item as sorting asks for it: whether it is smaller than another."""

    __slots__ = ("item",)

    def __init__(self, item: Value) -> None:
        self.item = item

    def __lt__(self, other: _InOrder) -> bool:
        return ordered("<", self.item, other.item) is True


def in_order(items: Value) -> list[Value]:
    """The list from its smallest to its largest."""
    return sorted(_list(items), key=_InOrder)


FUNCTIONS: dict[str, BuiltIn] = {
    "count": (lambda items: len(_list(items)), 1, 1),
    "min": (_best("<"), 1, None),
    "max": (_best(">"), 1, None),
    "sum": (total, 1, None),
    "product": (product, 1, None),
    "mean": (mean, 1, None),
    "median": (median, 1, None),
    "stddev": (deviation, 1, None),
    "all": (every, 1, None),
    "any": (some, 1, None),
    "list contains": (contains, 2, 2),
    "sublist": (sublist, 2, 3),
    "append": (lambda items, *more: _bounded([*_list(items), *more]), 2, None),
    "concatenate": (concatenate, 1, None),
    "insert before": (insert_before, 3, 3),
    "remove": (remove, 2, 2),
    "reverse": (lambda items: _list(items)[::-1], 1, 1),
    "index of": (index_of, 2, 2),
    "union": (lambda *lists: distinct(concatenate(*lists)), 1, None),
    "distinct values": (distinct, 1, 1),
    "flatten": (flatten, 1, 1),
    "sort": (in_order, 1, 1),
}
