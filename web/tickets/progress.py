"""Noting the progress of a ticket: whoever answers for it says how far it has come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine.errors import NotAllowed, WrongValues
from engine.host import Actor
from engine.owners import person_owner, unit_owner
from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import ticket_key
from rectification.matters.status import is_open
from rectification.matters.ticket import ProgressNote, Ticket, get_ticket
from rectification.people.roles import Role
from web.guards import require_visible

if TYPE_CHECKING:
    from web.context import RequestContext

LONGEST: Final = 2000
NO_TEXT: Final = LocalizedText("请写明做了什么、还差什么。", "Say what was done and what is missing.")
TOO_LONG: Final = LocalizedText(f"不能超过 {LONGEST} 字。", f"At most {LONGEST} characters.")
NO_NUMBER: Final = LocalizedText("请填写 0 到 100 之间的整数。", "A whole number from 0 to 100.")
NOT_YOURS: Final = LocalizedText(
    "只有责任人或其单位负责人可以记录进展。",
    "Only the responsible person or the leader of the unit notes progress.",
)


def may_note(context: RequestContext, issue: Ticket) -> bool:
    """The responsible person and the leader of the unit, while the ticket is open."""
    user = context.user
    leads = unit_owner(Role.UNIT_LEADER, issue.resp_unit_id) in user.owners
    return is_open(issue.status) and (person_owner(issue.resp_person_id) in user.owners or leads)


def note_progress(context: RequestContext, number: int, text: str, percent: str) -> None:
    """Write down one note, with its row in the history.

    Raises:
        WrongValues: a sentence for each field that cannot be taken.
    """
    percentage = _checked(text, percent)
    with context.application.database.writing() as session:
        require_visible(session, context, ticket_key(number))
        issue = get_ticket(session, number)
        if not may_note(context, issue):
            raise NotAllowed(NOT_YOURS)
        acting = context.acting(session).acting_as(_as_whom(context, issue))
        _write(acting, issue, text, percentage)
        record_event(
            acting,
            "progress",
            issue.key,
            instance=issue.instance_id,
            text=text,
            percent=percentage,
        )


def _as_whom(context: RequestContext, issue: Ticket) -> Actor:
    """A deputy notes it on behalf of the responsible person."""
    actor, other = context.user.actor, issue.resp_person_id
    return replace(actor, on_behalf_of=other) if person_owner(other) in context.user.stands_in else actor


def _write(context: ActionContext, issue: Ticket, text: str, percent: int) -> None:
    assert context.actor.person is not None
    row = ProgressNote(ticket_id=issue.id, percent=percent, text=text)
    row.by_id, row.at = context.actor.person, context.now
    context.session.add(row)


def _checked(text: str, percent: str) -> int:
    problems: dict[str, LocalizedText] = {}
    if not text or len(text) > LONGEST:
        problems["text"] = TOO_LONG if text else NO_TEXT
    if not (percent.isascii() and percent.isdigit() and int(percent) <= 100):
        problems["percent"] = NO_NUMBER
    if problems:
        raise WrongValues(problems)
    return int(percent)
