"""The statements on slow progress, as a ticket's page tells them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine.host import CLOCK
from rectification.people.model import Person
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
    return [_view(session, statement) for statement in statements_of(session, ticket_id)]


def _view(session: Session, progress_statement: ProgressStatement) -> StatementView:
    state, colour = _state(progress_statement)
    return StatementView(
        _why(progress_statement), _name(session, progress_statement.asked_by_id) or actor_words(CLOCK.name), progress_statement.asked_at, progress_statement.due_at, progress_statement.reason,
        progress_statement.plan, progress_statement.percent, progress_statement.promised_on, _name(session, progress_statement.by_id), progress_statement.at, state, colour, progress_statement.opinion,
        _name(session, progress_statement.decided_by_id), progress_statement.closed_at,
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


def _name(session: Session, number: int | None) -> str:
    person = session.get(Person, number) if number is not None else None
    return person.name if person is not None else ""
