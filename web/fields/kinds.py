"""Every type of field: its template, how its value is read from a posted form, what its template needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from engine.forms.fields import Field
from engine.json import Json
from web.fields.surroundings import Surroundings

Read = Callable[[Field, FormData], Json]
Show = Callable[[Field, object, Surroundings], Mapping[str, object]]


def one_text(field: Field, posted: FormData) -> Json:
    """The text of a single input; an empty one says nothing."""
    value = posted.get(field.id)
    return value if isinstance(value, str) and value != "" else None


def nothing_more(_field: Field, _value: object, _around: Surroundings) -> Mapping[str, object]:
    """The template needs only the field and its value."""
    return {}


@dataclass(frozen=True, slots=True)
class FieldType:
    """One type of field. ``grouped``: several inputs under one legend."""

    template: str
    read: Read = one_text
    show: Show = nothing_more
    grouped: bool = False
