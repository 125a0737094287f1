"""Read receipts: whoever opens a ticket that they were sent a copy of has read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from register.copies import is_unread, note_read

if TYPE_CHECKING:
    from web.asked import Asked


def give_receipt(asked: Asked, number: int) -> None:
    """Keep that the asker reads a ticket now, if a copy of it waits for that."""
    with asked.house.database.reading() as session:
        waits = is_unread(session, asked.visitor.person, number)
    if waits:
        with asked.house.database.writing() as session:
            note_read(session, asked.visitor.actor, asked.house.clock.now(), number)
