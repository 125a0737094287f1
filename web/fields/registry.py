"""The types of fields that forms may use."""

from __future__ import annotations

from typing import Final

from engine.forms.fields import Field
from web.fields.checklist import read_checklist, show_checklist
from web.fields.choices import read_boolean, read_choices, show_choice, show_lookup, show_yes_no_na
from web.fields.dates import show_date, show_datetime
from web.fields.evidence import read_evidence, show_evidence
from web.fields.kinds import FieldType
from web.fields.table import read_table, show_table

_lookup = FieldType("fields/lookup.html", show=show_lookup)

KINDS: Final[dict[str, FieldType]] = {
    "string": FieldType("fields/string.html"),
    "long_text": FieldType("fields/long_text.html"),
    "json": FieldType("fields/long_text.html"),
    "number": FieldType("fields/number.html"),
    "money": FieldType("fields/money.html"),
    "date": FieldType("fields/date.html", show=show_date),
    "datetime": FieldType("fields/datetime.html", show=show_datetime),
    "boolean": FieldType("fields/boolean.html", read=read_boolean, grouped=True),
    "yes_no_na": FieldType("fields/segments.html", show=show_yes_no_na, grouped=True),
    "choice": FieldType("fields/choice.html", show=show_choice, grouped=True),
    "choices": FieldType("fields/choices.html", read=read_choices, show=show_choice, grouped=True),
    "person": _lookup,
    "unit": _lookup,
    "area": _lookup,
    "household": _lookup,
    "photo": FieldType("fields/photo.html", read=read_evidence, show=show_evidence, grouped=True),
    "file": FieldType("fields/file.html", read=read_evidence, show=show_evidence, grouped=True),
    "table": FieldType("fields/table.html", read=read_table, show=show_table, grouped=True),
    "checklist": FieldType("fields/checklist.html", read=read_checklist, show=show_checklist, grouped=True),
}


def kind_of(field: Field) -> FieldType:
    """The kind of a field; a type that no template knows is shown as text."""
    return KINDS.get(field.type, KINDS["string"])
