"""Fields that an office added to the forms in the modeller: they become columns of the ledger without any code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from engine.definitions.versions import Version
from engine.forms.fields import Field
from engine.text import LocalizedText
from engine.worklist.selectables import definitions, instances, processes
from rectification.matters.ticket import Ticket
from rectification.places.scopes import INSTALLATION

PROCESSES: Final = ("rectification", "written_explanation")
_NO_COLUMN: Final = frozenset({"photo", "file", "checklist", "json"})
_MOST_VERSIONS: Final = 30


@dataclass(frozen=True, slots=True)
class AddedField:
    """One field that the shipped diagrams do not have."""

    id: str
    label: LocalizedText
    field: Field


def added_fields(session: Session, condition: ColumnElement[bool]) -> list[AddedField]:
    """The added fields of every version in the scopes to which some tickets belong, under the label published last."""
    scopes = (
        select(definitions.c.scope)
        .join(instances, instances.c.definition_id == definitions.c.id)
        .join(Ticket, Ticket.instance_id == instances.c.id)
        .where(condition)
    )
    query = (
        select(definitions.c.id, definitions.c.files)
        .where(
            definitions.c.id.in_(select(processes.c.definition_id).where(processes.c.process.in_(PROCESSES))),
            definitions.c.scope.in_({INSTALLATION, *session.scalars(scopes.distinct())}),
        )
        .order_by(definitions.c.id.desc())
        .limit(_MOST_VERSIONS)
    )
    result: dict[str, AddedField] = {}
    for number, files in session.execute(query).all():
        if _ids(files) <= _shipped():
            continue
        for (process, _element), element in Version(number, files).elements.items():
            particulars = getattr(element, "particulars", None)
            if process in PROCESSES and particulars is not None:
                for field in particulars.form.fields:
                    if field.id not in _shipped() and field.type not in _NO_COLUMN:
                        result.setdefault(field.id, AddedField(field.id, field.label, field))
    return list(result.values())


def as_text(field: AddedField, value: object, language: str) -> str:
    """A value as a cell shows it: options by their labels, ticks as yes and no."""
    if isinstance(value, bool):
        return {("zh", True): "是", ("zh", False): "否", ("en", True): "yes", ("en", False): "no"}[
            (language, value)
        ]
    if isinstance(value, list):
        return ("、" if language == "zh" else ", ").join(as_text(field, item, language) for item in value)
    labels = {
        str(option.id): option.label.zh if language == "zh" else option.label.en
        for option in field.field.options
    }
    return labels.get(str(value), "" if value is None else str(value))


def _ids(files: dict[str, str]) -> set[str]:
    """The ids of the fields in the diagrams of tickets, without reading the diagrams whole."""
    drawn = [
        text
        for name, text in files.items()
        if name.endswith(".bpmn") and any(f'id="{process}"' in text for process in PROCESSES)
    ]
    return {name for text in drawn for name in re.findall(r'formField\s[^>]*?\bid="([^"]+)"', text)}


@cache
def _shipped() -> frozenset[str]:
    folder = resources.files("bpmn")
    return frozenset(
        _ids(
            {
                f"{process}.bpmn": folder.joinpath(f"{process}.bpmn").read_text("utf-8")
                for process in PROCESSES
            }
        )
    )
