"""Plain JSON: what variables, form values and JSON columns hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
    """One JSON value; lists and objects are taken as read-only, so that narrower ones fit."""
else:
    Json = object  # whoever reads annotations at run time (SQLAlchemy, Pydantic) takes anything for JSON

JsonObject: TypeAlias = Mapping[str, Json]
"""An object that is only read."""

Values: TypeAlias = dict[str, Json]
"""Variables of an instance or values of a form."""


def as_int(value: object) -> int:
    """A whole number, or the one that a text spells.

    Raises:
        TypeError, ValueError: it is none.
    """
    if isinstance(value, (int, float, str)):
        return int(value)
    raise TypeError(f"{type(value).__name__} is not a number")


def as_float(value: object) -> float:
    """A number, or the one that a text spells.

    Raises:
        TypeError, ValueError: it is none.
    """
    if isinstance(value, (int, float, str)):
        return float(value)
    raise TypeError(f"{type(value).__name__} is not a number")


def as_text(value: object) -> str:
    """A value as text; nothing is the empty one."""
    return "" if value is None else str(value)


def as_list(value: object) -> Sequence[Json]:
    """The items of a list; nothing is the empty one.

    Raises:
        TypeError: it is no list.
    """
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return value
    raise TypeError(f"{type(value).__name__} is not a list")


def as_object(value: object) -> JsonObject:
    """The entries of an object; nothing is the empty one.

    Raises:
        TypeError: it is no object.
    """
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return value
    raise TypeError(f"{type(value).__name__} is not an object")
