"""The statements on slow progress, as a ticket's page tells them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.host import CLOCK
from rectification.people.model import names_of
from rectification.tickets.progress_statements import ProgressStatement, statements_of
from web.i18n import gettext as _
from web.i18n import ngettext
from web.labels import actor_words


@dataclass(frozen=True, slots=True)
class StatementView:
    """One asked statement: why and by when, what was written, and what became of it."""

    why: str
    asked_by: str
    asked_at: dt.datetime
    due_at: dt.datetime
    reason: str
    plan: str
    percent: int | None
    promised_on: dt.date | None
    by: str
    at: dt.datetime | None
    state: str
    colour: str
    opinion: str
    decided_by: str
    closed_at: dt.datetime | None


def statements(session: Session, ticket_id: int) -> list[StatementView]:
    """Every statement that a ticket was asked for, the oldest first."""
    rows = statements_of(session, ticket_id)
    people = {
        person_id
        for row in rows
        for person_id in (row.asked_by_id, row.by_id, row.decided_by_id)
        if person_id
    }
    names = names_of(session, people)
    return [_view(statement, names) for statement in rows]


def _view(progress_statement: ProgressStatement, names: Mapping[int, str]) -> StatementView:
    state, colour = _state(progress_statement)
    return StatementView(
        _why(progress_statement), names.get(progress_statement.asked_by_id or 0, "") or actor_words(CLOCK.name), progress_statement.asked_at, progress_statement.due_at, progress_statement.reason,
        progress_statement.plan, progress_statement.percent, progress_statement.promised_on, names.get(progress_statement.by_id or 0, ""), progress_statement.at, state, colour, progress_statement.opinion,
        names.get(progress_statement.decided_by_id or 0, ""), progress_statement.closed_at,
    )  # fmt: skip


def _why(progress_statement: ProgressStatement) -> str:
    if progress_statement.cause != "no_update":
        return progress_statement.asked
    return ngettext(
        "Nothing noted for %(num)s day.", "Nothing noted for %(num)s days.", int(progress_statement.asked)
    ) % {"num": progress_statement.asked}


def _state(progress_statement: ProgressStatement) -> tuple[str, str]:
    match progress_statement.decision, progress_statement.closed_at, progress_statement.at:
        case "clear", _closed, _at:
            return _("mark taken away"), "green"
        case "keep", _closed, _at:
            return _("mark kept"), "amber"
        case _none, None, None:
            return _("not written yet"), "amber"
        case _none, None, _at:
            return _("waits to be judged"), "blue"
    return _("called off: no longer being fixed"), ""
