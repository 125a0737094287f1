"""Read command_receipts: whoever opens a page has read the copy, and the notices, that led there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from rectification.tickets.carbon_copies import is_unread, note_read
from web.notices import any_new, mark_read

if TYPE_CHECKING:
    from web.context import RequestContext


def is_news(
    context: RequestContext, session: Session, keys: Sequence[str], ticket: int | None = None
) -> bool:
    """Whether the asker has not seen yet what they were told about these business keys, or a copy of this ticket."""
    person = context.user.person
    return any_new(session, person, keys) or (ticket is not None and is_unread(session, person, ticket))


def give_receipt(context: RequestContext, number: int) -> None:
    """Keep that the asker reads a ticket now, if a copy of it waits for that."""
    with context.application.database.reading() as session:
        waits = is_unread(session, context.user.person, number)
    if waits:
        with context.application.database.writing() as session:
            note_read(context.acting(session), number)


def mark_notices_read(context: RequestContext, keys: Sequence[str]) -> None:
    """Keep that the asker sees now what they were told about these business keys, if any of it is new."""
    person = context.user.person
    with context.application.database.reading() as session:
        waits = any_new(session, person, keys)
    if waits:
        with context.application.database.writing() as session:
            mark_read(session, person, context.application.clock.now(), keys)
