"""The forms of a rehearsal: every field of every task that can be typed; what is attached comes by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from engine.definitions.versions import Version
from engine.diagrams.elements import UserTask
from engine.forms.fields import Field
from engine.forms.form import Form

_ATTACHED: Final = ("photo", "file", "checklist")


def only_shown(shown: Form, values: Mapping[str, object]) -> dict[str, object]:
    """The values of an answer that the form shows."""
    names = {field.id for field in shown.fields}
    return {name: value for name, value in values.items() if name in names}


def bring_along(fields: Sequence[Field], before: Mapping[str, object]) -> dict[str, object]:
    """What the page cannot take: as in the test that is played, else something wherever it is required."""
    result = {field.id: before[field.id] for field in fields if before.get(field.id)}
    for field in fields:
        if field.id not in result and (field.required or field.required_if is not None):
            files = list(range(1, 1 + (field.min_length or 1)))
            result[field.id] = {"1": {"answer": "yes"}} if field.type == "checklist" else files
    return result


def tasks_of(version: Version, process: str) -> list[tuple[str, Form, list[Field]]]:
    """The user tasks of a process and of those that it calls: a form that shows every field, and the fields that
    no form of a rehearsal takes."""
    result = {
        process,
        *(name for (name, _), _one in version.elements.items() if _calls(version, process, name)),
    }
    tasks = []
    for (name, _), element in version.elements.items():
        if name in result and isinstance(element, UserTask):
            fields = element.particulars.form.fields
            shown = tuple(
                replace(field, shown_if=None, required=False, required_if=None, default=None)
                for field in fields
                if field.type not in _ATTACHED
            )
            tasks.append(
                (element.bpmn_id, Form(shown), [field for field in fields if field.type in _ATTACHED])
            )
    return tasks


def _calls(version: Version, process: str, other: str) -> bool:
    return any(
        getattr(element, "inside", None) == other
        for (name, _), element in version.elements.items()
        if name == process
    )
