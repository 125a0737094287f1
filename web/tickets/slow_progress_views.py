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
    return [_view(session, one) for one in statements_of(session, ticket_id)]


def _view(session: Session, one: ProgressStatement) -> StatementView:
    state, colour = _state(one)
    return StatementView(
        _why(one), _name(session, one.asked_by_id) or actor_words(CLOCK.name), one.asked_at, one.due_at, one.reason,
        one.plan, one.percent, one.promised_on, _name(session, one.by_id), one.at, state, colour, one.opinion,
        _name(session, one.decided_by_id), one.closed_at,
    )  # fmt: skip


def _why(one: ProgressStatement) -> str:
    if one.cause != "no_update":
        return one.asked
    return ngettext("Nothing noted for %(num)s day.", "Nothing noted for %(num)s days.", int(one.asked)) % {
        "num": one.asked
    }


def _state(one: ProgressStatement) -> tuple[str, str]:
    match one.decision, one.closed_at, one.at:
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
    found = session.get(Person, number) if number is not None else None
    return found.name if found is not None else ""
