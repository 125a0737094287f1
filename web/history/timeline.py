"""The history of a thing as a page tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.database import read_once
from engine.engine import Engine, WorkItem
from engine.errors import NotFound
from engine.forms.form import Form
from engine.worklist.selectables import history, instances
from rectification.evidence.model import KEPT
from rectification.people.model import names_of
from rectification.tickets.recall import RESTORED
from web.history.formatter import LABELS, NOTHING, HistoryFormatter, named_in
from web.i18n import gettext as _
from web.i18n import translate
from web.labels import action_words, actor_words, process_words, tells_itself
from web.names import step_name

if TYPE_CHECKING:
    from web.context import RequestContext

MOST = 200
LADDER = "escalated"
HIDDEN = (KEPT, RESTORED)
"""What the page shows in another place: the files themselves, and the taking back."""
QUIET = frozenset({"fired", "received", "sent", "started", "message_expired", "status"})


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened; ``quiet`` when no person did it, ``before`` what merely came before and is folded away."""

    at: dt.datetime
    actor: str
    sentence: str
    text: str
    facts: Sequence[tuple[str, str]]
    quiet: bool
    action: str
    before: Sequence[HistoryEntry] = ()


def rows_of(session: Session, key: str) -> list[Row[Any]]:
    """The rows about a business key, the newest first."""
    return read_once(session, ("history", key), lambda: _rows_of(session, key))


def _rows_of(session: Session, key: str) -> list[Row[Any]]:
    query = select(history, instances.c.definition_id, instances.c.process).join(
        instances, instances.c.id == history.c.instance_id, isouter=True
    )
    query = query.where(history.c.action.not_in(HIDDEN))
    return list(
        session.execute(query.where(history.c.key == key).order_by(history.c.id.desc()).limit(MOST)).all()
    )


def story_of(context: RequestContext, session: Session, key: str) -> list[HistoryEntry]:
    """The lines of a thing's history, the newest first."""
    return _lines(context, session, rows_of(session, key))


def came_before(context: RequestContext, session: Session, item: WorkItem) -> list[HistoryEntry]:
    """What others wrote on the way to a piece of work, the newest first: the step before it, and that which it judges."""
    judges = item.properties.get("separate_from")
    done = [row for row in rows_of(session, item.key) if row.at <= item.created_at and _leads_to(row, item)]
    judged = next((row for row in done if row.element == judges), None)
    result = [row for row in done if row in (done[0], judged) and row.person != context.user.person]
    lines = _lines(context, session, result)
    return [replace(line, facts=_told(line.facts)) for line in lines if line.facts or line.text]


def _told(facts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Without what was left empty, and without the change of status, which the head of the page says."""
    status = translate(LABELS["status"])
    return [(name, value) for name, value in facts if value != NOTHING and name != status]


def _leads_to(row: Row[Any], item: WorkItem) -> bool:
    asked_for = row.action == "statement_asked" and item.process == "progress_statement"
    return asked_for or (row.action == "completed" and row.instance_id == item.instance)


def folded(story: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """A month of telling an escalation is one line, so that what people did stays in sight."""
    entries: list[HistoryEntry] = []
    for action, lines in groupby(story, key=lambda line: line.action):
        if action == LADDER:
            first, *before = lines
            entries.append(replace(first, before=before))
        else:
            entries += lines
    return entries


@dataclass(frozen=True, slots=True)
class _Step:
    """What a row of the history is about: the step by name, the form that it had, and what was written down."""

    row: Row[Any]
    name: str
    form: Form | None
    detail: Mapping[str, Any]


def _lines(context: RequestContext, session: Session, rows: Sequence[Row[Any]]) -> list[HistoryEntry]:
    """Everything that they name is read together."""
    recorded = HistoryFormatter(session, context.calendar)
    steps = [_read(context.application.engine, session, row) for row in rows]
    recorded.learn(named for step in steps for named in named_in(step.form, step.detail))
    others = names_of(session, (row.on_behalf_of for row in rows if row.on_behalf_of))
    return [_line(recorded, step, others) for step in steps]


def _read(engine: Engine, session: Session, row: Row[Any]) -> _Step:
    detail = orjson.loads(row.detail or "{}")
    return _Step(row, *_step(engine, session, row), detail if isinstance(detail, dict) else {})


def _line(recorded: HistoryFormatter, step: _Step, others: Mapping[int, str]) -> HistoryEntry:
    row, name, form, detail = step.row, step.name, step.form, step.detail
    words = action_words(row.action)
    if row.action in ("started", "terminated") and row.process:
        name = process_words(row.process)
    sentence = f"{name} · {words}" if name and not tells_itself(row.action) else words
    values = recorded.values(form, detail.get("values") or {}) if form is not None else []
    return HistoryEntry(
        row.at,
        name_with_principal(actor_words(row.actor), others.get(row.on_behalf_of or 0)),
        sentence,
        recorded.text(detail),
        [*values, *recorded.details(detail)] if row.action not in QUIET else values,
        row.person is None or row.action in QUIET,
        row.action,
    )


def name_with_principal(actor: str, other: str | None) -> str:
    """Who did something, and for whom where they stood in."""
    return _("%(who)s on behalf of %(other)s") % {"who": actor, "other": other} if other else actor


def _step(engine: Engine, session: Session, row: Row[Any]) -> tuple[str, Form | None]:
    if row.element is None or row.definition_id is None:
        return "", None
    try:
        elements = engine.definitions.version(session, row.definition_id).elements
    except NotFound:
        return row.element, None
    element = elements.get((row.process, row.element)) or next(
        (e for (_p, name), e in elements.items() if name == row.element), None
    )
    if element is None:
        return row.element, None
    process = next(p for (p, name), e in elements.items() if e is element)
    written = str(element.bpmn_name or row.element)
    return step_name(
        engine, session, row.definition_id, process, row.element, written
    ), element.particulars.form
