"""Read receipts: whoever opens a page has read the copy, and the notices, that led there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rectification.tickets.carbon_copies import is_unread, note_read
from web.bell import any_new, mark_read

if TYPE_CHECKING:
    from web.context import RequestContext


def give_receipt(asked: RequestContext, number: int) -> None:
    """Keep that the asker reads a ticket now, if a copy of it waits for that."""
    with asked.house.database.reading() as session:
        waits = is_unread(session, asked.visitor.person, number)
    if waits:
        with asked.house.database.writing() as session:
            note_read(session, asked.visitor.actor, asked.house.clock.now(), number)


def mark_seen(asked: RequestContext, keys: Sequence[str]) -> None:
    """Keep that the asker sees now what they were told about these business keys, if any of it is new."""
    person = asked.visitor.person
    with asked.house.database.reading() as session:
        waits = any_new(session, person, keys)
    if waits:
        with asked.house.database.writing() as session:
            mark_read(session, person, asked.house.clock.now(), keys)
