"""Every type of field: its template, how its value is read from a posted form, what its template needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from engine.forms.fields import Field
from web.fields.surroundings import Surroundings

Read = Callable[[Field, FormData], Any]
Show = Callable[[Field, Any, Surroundings], Mapping[str, Any]]


def one_text(field: Field, posted: FormData) -> Any:
    """The text of a single input; an empty one says nothing."""
    value = posted.get(field.id)
    return value if isinstance(value, str) and value != "" else None


def nothing_more(_field: Field, _value: Any, _around: Surroundings) -> Mapping[str, Any]:
    """The template needs only the field and its value."""
    return {}


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type of field. ``grouped``: several inputs under one legend."""

    template: str
    read: Read = one_text
    show: Show = nothing_more
    grouped: bool = False
