"""The fields of a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.expressions import Expression
from engine.json import Json
from engine.text import LocalizedText

TYPES = {
    "string": "string",
    "text": "string",
    "long_text": "long_text",
    "textarea": "long_text",
    "long": "number",
    "int": "number",
    "integer": "number",
    "number": "number",
    "decimal": "number",
    "double": "number",
    "float": "number",
    "money": "money",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
    "yes_no_na": "yes_no_na",
    "enum": "choice",
    "choice": "choice",
    "choices": "choices",
    "person": "person",
    "unit": "unit",
    "area": "area",
    "household": "household",
    "photo": "photo",
    "file": "file",
    "table": "table",
    "checklist": "checklist",
    "json": "json",
}
"""What an owner may write as a field's type, and the type that it is."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of the values to choose from."""

    id: str
    label: LocalizedText


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Minimum and maximum are a number for numbers and money, and an ISO date for dates. Limits,
    options and defaults that the diagram works out stand in the ``…_from`` expressions.
    """

    id: str
    type: str
    label: LocalizedText
    help: LocalizedText | None = None
    required: bool = False
    minimum: Json = None
    maximum: Json = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    options: tuple[Option, ...] = ()
    default: Json = None
    shown_if: Expression | None = None
    readonly: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    required_if: Expression | None = None
    minimum_from: Expression | None = None
    maximum_from: Expression | None = None
    options_from: Expression | None = None
    default_from: Expression | None = None
