"""Fields of forms as columns of the ledger: whoever adds one in the modeller finds it here, without code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.forms.fields import Field
from engine.worklist.selectables import history, processes
from rectification.core.keys import ticket_key
from rectification.places.scopes import Owner
from web.history.formatter import HistoryFormatter, named_by

PROCESS: Final = "rectification"
MARK: Final = "form."
"""Before the name of a field, so that it never is taken for a column of the ticket."""
_TOLD: Final = frozenset(
    {"description", "measure", "rect_type", "resp_unit", "resp_person", "due_date", "review_date"}
    | {"record_channel", "external_number", "external_date"}
)
"""Fields that the ticket itself keeps, under a column of its own."""


def fields_of(engine: Engine, session: Session, reader: Owner) -> dict[str, Field]:
    """Every field that a form of the tickets' diagrams asks now where the reader's areas are concerned, by its id."""
    current = select(processes.c.scope, processes.c.definition_id).where(
        processes.c.process == PROCESS, processes.c.current
    )
    return {
        field.id: field
        for scope, number in session.execute(current.order_by(processes.c.definition_id))
        if not scope or reader.goes_by(scope)
        for element in engine.definitions.version(session, number).elements.values()
        for field in element.particulars.form.fields
    }


def more_columns(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Those that no column of the ticket tells, by the name of their column."""
    return {f"{MARK}{name}": field for name, field in fields.items() if name not in _TOLD}


def latest_values(
    session: Session, numbers: Sequence[int], columns: Mapping[str, Field], recorded: HistoryFormatter
) -> dict[tuple[int, str], str]:
    """What was last filled in, in words, for the tickets of one page."""
    if not columns or not numbers:
        return {}
    rows = select(history.c.key, history.c.detail).where(
        history.c.key.in_([ticket_key(number) for number in numbers]), history.c.action == "completed"
    )
    result: dict[tuple[int, str], Any] = {}
    for key, detail in session.execute(rows.order_by(history.c.id)):
        values = orjson.loads(detail).get("values") or {}
        number = int(key.partition(":")[2])
        result.update(
            {(number, name): values[field.id] for name, field in columns.items() if field.id in values}
        )
    recorded.learn(named for place, value in result.items() for named in named_by(columns[place[1]], value))
    return {
        place: recorded.value(columns[place[1]], value)
        for place, value in result.items()
        if value not in (None, "")
    }
