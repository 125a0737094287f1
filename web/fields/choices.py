"""Fields that offer something to choose: choices of the form, yes and no, people, units, areas."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import FormData

from engine.forms.fields import Field
from engine.json import Json
from web.fields.surroundings import OfferedOption, Surroundings
from web.i18n import gettext as _

FEW = 5
"""Up to this many options lie open; more go into a list."""


def read_boolean(field: Field, posted: FormData) -> Json:
    """A tick box says yes; a browser says nothing about one without a tick, so a hidden input speaks for it."""
    return "true" in posted.getlist(field.id) if field.id in posted else None


def read_choices(field: Field, posted: FormData) -> Json:
    """Every box that is ticked."""
    chosen = [value for value in posted.getlist(field.id) if isinstance(value, str) and value]
    return chosen or None


def show_choice(field: Field, value: object, around: Surroundings) -> Mapping[str, object]:
    """The form's own options."""
    options = [OfferedOption(option.id, around.said(option.label)) for option in field.options]
    options += around.options(field) if field.options_from is not None else []
    chosen = (
        [str(item) for item in value]
        if isinstance(value, list | tuple)
        else []
        if value is None
        else [str(value)]
    )
    return {"options": options, "chosen": chosen, "open": len(options) <= FEW}


def show_lookup(field: Field, value: object, around: Surroundings) -> Mapping[str, object]:
    """People, units, areas or households that this step may name."""
    return {"options": around.options(field), "chosen": [] if value is None else [str(value)]}


def show_yes_no_na(_field: Field, value: object, _around: Surroundings) -> Mapping[str, object]:
    """是 / 否 / 不涉及"""
    return {"options": yes_no_na(), "chosen": [] if value is None else [str(value)]}


def yes_no_na() -> list[OfferedOption]:
    """The three answers of a check."""
    return [
        OfferedOption("yes", _("Yes")),
        OfferedOption("no", _("No")),
        OfferedOption("na", _("Does not apply")),
    ]
