"""A table field: rows of named columns, sent as ``field.row.column``."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import FormData

from engine.forms.fields import Field
from engine.json import Json
from web.fields.surroundings import OfferedOption, Surroundings

MOST_ROWS = 500


def columns_of(field: Field, around: Surroundings | None = None) -> list[OfferedOption]:
    """The columns: the form's options, else the property ``columns`` (``id:title, id:title``)."""
    if field.options:
        return [
            OfferedOption(str(option.id), around.said(option.label) if around else str(option.id))
            for option in field.options
        ]
    pairs = (
        part.strip().partition(":") for part in field.properties.get("columns", "").split(",") if part.strip()
    )
    return [OfferedOption(name.strip(), title.strip() or name.strip()) for name, _, title in pairs]


def read_table(field: Field, posted: FormData) -> Json:
    """The rows that have something in them, in the order of the page."""
    columns = columns_of(field)
    names = [
        name.split(".")[1] for name in posted if name.startswith(f"{field.id}.") and name.count(".") == 2
    ]
    rows = []
    for row in list(dict.fromkeys(names))[:MOST_ROWS]:
        cells = {column.id: _cell(posted.get(f"{field.id}.{row}.{column.id}")) for column in columns}
        if any(cells.values()):
            rows.append(cells)
    return rows or None


def _cell(value: object) -> str:
    return value if isinstance(value, str) else ""


def show_table(field: Field, value: object, around: Surroundings) -> Mapping[str, object]:
    """Columns and rows; an empty table starts with one row to write in."""
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return {"columns": columns_of(field, around), "rows": rows or [{}]}
