"""Conditions of fields as the server answers them; frontend/tests asks the browser's reader the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from engine.expressions import compile_expression
from engine.forms.fields import Field, Option
from engine.forms.form import Form
from engine.text import LocalizedText

CASES: Final = json.loads((Path(__file__).parents[1] / "cases/conditions.json").read_text(encoding="utf-8"))


def field(name: str, kind: str, condition: str | None = None) -> Field:
    shown_if = compile_expression(condition) if condition is not None else None
    options = (Option("home", LocalizedText("在家", "At home")),) if kind == "choice" else ()
    return Field(name, kind, LocalizedText(name, name), shown_if=shown_if, options=options)


@pytest.mark.parametrize(("condition", "values", "shown"), CASES["conditions"])
def test_a_field_is_shown(condition: str, values: dict[str, Any], shown: bool | None) -> None:
    """``shown`` null: the browser does not read this condition and leaves the field in sight."""
    if shown is None:
        return
    given = [field(name, "string" if isinstance(value, str) else "json") for name, value in values.items()]
    form = Form((*given, field("asked", "string", condition)))
    reading = form.read({**values, "asked": "x"})
    assert ("asked" in reading.problems or reading.values["asked"] == "x") is shown


@pytest.mark.parametrize(("kind", "typed", "value"), CASES["typed"])
def test_what_was_typed_is_read(kind: str, typed: str, value: Any) -> None:
    reading = Form((field("one", kind),)).read({"one": typed or None})
    assert reading.values.get("one") == value
    assert type(reading.values.get("one")) is type(value) or isinstance(value, float)
