"""What the asker may see, as conditions for SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from register.permissions import visible_households, visible_tickets, visible_villages

if TYPE_CHECKING:
    from web.asked import Asked


def seen_households(session: Session, asked: Asked) -> ColumnElement[bool]:
    """Households that the asker may see."""
    return visible_households(session, asked.visitor.person, asked.calendar.today)


def seen_tickets(session: Session, asked: Asked) -> ColumnElement[bool]:
    """Tickets that the asker may see."""
    return visible_tickets(session, asked.visitor.person, asked.calendar.today)


def seen_villages(session: Session, asked: Asked) -> ColumnElement[bool]:
    """Villages that the asker may look into."""
    return visible_villages(session, asked.visitor.person, asked.calendar.today)
