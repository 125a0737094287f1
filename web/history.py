"""The history of a thing as a page tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.errors import NotFound
from engine.forms import Field, Form
from engine.schema import history, instances
from web.language import gettext as _
from web.language import said
from web.names import step_name
from web.sayings import action_words, actor_words

MOST = 200
QUIET = frozenset({"fired", "received", "sent", "started", "message_expired", "status"})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened; ``quiet`` when no person did it."""

    at: dt.datetime
    who: str
    said: str
    text: str
    facts: Sequence[tuple[str, str]]
    quiet: bool


def rows_of(session: Session, key: str) -> list[Row[Any]]:
    """The rows about a business key, the newest first."""
    version = select(instances.c.definition_id, instances.c.process, instances.c.id).subquery()
    wanted = select(history, version.c.definition_id, version.c.process).join(
        version, version.c.id == history.c.instance_id, isouter=True
    )
    return list(
        session.execute(wanted.where(history.c.key == key).order_by(history.c.id.desc()).limit(MOST)).all()
    )


def story_of(engine: Engine, session: Session, key: str) -> list[Line]:
    """The lines of a thing's history, the newest first."""
    return [_line(engine, session, row) for row in rows_of(session, key)]


def _line(engine: Engine, session: Session, row: Row[Any]) -> Line:
    detail = orjson.loads(row.detail or "{}")
    detail = detail if isinstance(detail, dict) else {}
    name, form = _step(engine, session, row)
    words = action_words(row.action)
    told = f"{name} · {words}" if name else words
    text = next((str(detail[one]) for one in ("text", "reason", "note") if detail.get(one)), "")
    return Line(
        row.at,
        actor_words(row.actor),
        told,
        text,
        facts_of(form, detail.get("values") or {}),
        row.person is None or row.action in QUIET,
    )


def _step(engine: Engine, session: Session, row: Row[Any]) -> tuple[str, Form | None]:
    if row.element is None or row.definition_id is None:
        return "", None
    try:
        elements = engine.definitions.version(session, row.definition_id).elements
    except NotFound:
        return row.element, None
    found = elements.get((row.process, row.element)) or next(
        (e for (_p, one), e in elements.items() if one == row.element), None
    )
    if found is None:
        return row.element, None
    process = next(p for (p, one), e in elements.items() if e is found)
    written = str(found.bpmn_name or row.element)
    return step_name(
        engine, session, row.definition_id, process, row.element, written
    ), found.particulars.form


def facts_of(form: Form | None, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The values of a form with their labels."""
    fields = {one.id: one for one in form.fields} if form is not None else {}
    return [
        (said(fields[name].label) if name in fields else name, value_words(fields.get(name), value))
        for name, value in values.items()
    ]


def value_words(field: Field | None, value: Any) -> str:
    """One value in words: options by their labels, lists with commas, ticks as yes and no."""
    if value is True or value is False:
        return _("Yes") if value else _("No")
    if value is None:
        return "—"
    if isinstance(value, dict):
        return _("%(num)s items") % {"num": len(value)}
    if isinstance(value, list):
        if field is not None and field.type in ("photo", "file"):
            return _("%(num)s files") % {"num": len(value)}
        return ", ".join(value_words(field, one) for one in value)
    for option in field.options if field is not None else ():
        if str(option.id) == str(value):
            return said(option.label)
    return str(value)
