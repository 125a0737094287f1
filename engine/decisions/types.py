"""Declared types: what a column, a variable or a parameter says of its values, and values made to fit.

A value is converted where nothing is lost (a text that spells a number, a date or a duration; a single item
of a list; anything plain to a text). Whatever else is not of the declared type is an error, never a guess.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from engine.expressions import ExpressionError
from engine.expressions.moments import as_moment
from engine.expressions.numbers import Number, is_number, number
from engine.expressions.operations import in_writing
from engine.expressions.value import Months, Value
from engine.expressions.values import to_boolean, to_number


class Misfit(Exception):
    """A value that is not of the declared type."""


@dataclass(frozen=True, slots=True)
class Type:
    """A declared type: a basic one by name, a list of it, or a context with typed entries."""

    name: str = ""
    basic: str = ""
    is_list: bool = False
    entries: Mapping[str, Type] = field(default_factory=dict)

    def fit(self, value: Value) -> Value:
        """The value as this type wants it; null belongs to every type.

        Raises:
            Misfit: it is of another type.
        """
        if value is None:
            return None
        if self.is_list:
            return [self._one(item) for item in (value if isinstance(value, (list, tuple)) else [value])]
        if isinstance(value, (list, tuple)) and self.is_known:
            if len(value) != 1:
                raise Misfit
            value = value[0]
        return self._one(value)

    def fit_each(self, value: Value) -> Value:
        """The same for every item of a list: what a table that collects gives."""
        return [self.fit(item) for item in value] if isinstance(value, list) else self.fit(value)

    @property
    def is_known(self) -> bool:
        """Whether anything is said of the values."""
        return bool(self.entries or self.basic in _FITS)

    def _one(self, value: Value) -> Value:
        if value is None or not self.is_known:
            return value
        if not self.entries:
            return _FITS[self.basic](value)
        if not isinstance(value, Mapping):
            raise Misfit
        return {**value, **{name: type.fit(value.get(name)) for name, type in self.entries.items()}}


ANY: Final = Type()


def basic(reference: str) -> str:
    """The name of a type without the prefix of its namespace, such as ``feel:``."""
    return reference.rpartition(":")[2].strip()


def read_types(root: etree._Element, namespace: str | None) -> dict[str, Type]:
    """The types that a file defines itself, by name."""
    nodes = {item.get("name", ""): item for item in root.findall(f"{{{namespace}}}itemDefinition")}
    result: dict[str, Type] = {}

    def read(node: etree._Element, above: tuple[str, ...]) -> Type:
        name = node.get("name", "")
        reference = node.find(f"{{{namespace}}}typeRef")
        base = basic((reference.text or "") if reference is not None else node.get("typeRef", ""))
        parts = node.findall(f"{{{namespace}}}itemComponent")
        entries = {part.get("name", ""): read(part, above) for part in parts} if len(above) < _DEEPEST else {}
        if base in nodes and base not in above and len(above) < _DEEPEST:
            inner = read(nodes[base], (*above, base))
            base, entries = inner.basic, dict(inner.entries)
            if inner.is_list:
                return Type(name, base, True, entries)
        return Type(name, base, node.get("isCollection") == "true", entries)

    for name, node in nodes.items():
        result[name] = read(node, (name,))
    return result


_DEEPEST: Final = 8
"""Types within types."""


def _number(value: Value) -> Number | None:
    if is_number(value):
        return number(value)
    if isinstance(value, str):
        try:
            return to_number(value)
        except ExpressionError:
            raise Misfit from None
    raise Misfit


def _whole(value: Value) -> int:
    whole = _number(value)
    if not isinstance(whole, int):
        raise Misfit
    return whole


def _boolean(value: Value) -> bool | None:
    if isinstance(value, (bool, str)):
        try:
            return to_boolean(value)
        except ExpressionError:
            raise Misfit from None
    raise Misfit


def _text(value: Value) -> str:
    if isinstance(value, (list, tuple, Mapping)) or callable(value):
        raise Misfit
    return value if isinstance(value, str) else in_writing(value)


def _date(value: Value) -> dt.date:
    read = as_moment(value)
    if isinstance(read, dt.datetime):
        return read.date()
    if not isinstance(read, dt.date):
        raise Misfit
    return read


def _date_time(value: Value) -> dt.datetime:
    read = as_moment(value)
    if isinstance(read, dt.date) and not isinstance(read, dt.datetime):
        return dt.datetime.combine(read, dt.time())
    if not isinstance(read, dt.datetime):
        raise Misfit
    return read


def _of(*kinds: type) -> Callable[[Value], Value]:
    def fit(value: Value) -> Value:
        read = as_moment(value)
        if not isinstance(read, kinds):
            raise Misfit
        return read

    return fit


_FITS: Final[Mapping[str, Callable[[Value], Value]]] = {
    "number": _number,
    "double": _number,
    "integer": _whole,
    "long": _whole,
    "boolean": _boolean,
    "string": _text,
    "date": _date,
    "time": _of(dt.time),
    **dict.fromkeys(("dateTime", "dateAndTime", "date and time"), _date_time),
    **dict.fromkeys(("dayTimeDuration", "days and time duration"), _of(dt.timedelta)),
    **dict.fromkeys(("yearMonthDuration", "years and months duration"), _of(Months)),
    "duration": _of(dt.timedelta, Months),
    "context": _of(Mapping),
}
