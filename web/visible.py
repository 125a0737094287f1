"""What the asker may see, as conditions for SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from register.households import Household
from register.permissions import visible_households, visible_tickets, visible_villages
from register.tickets import Ticket
from web.at_hand import campaign_at_hand

if TYPE_CHECKING:
    from web.asked import Asked


def seen_households(session: Session, asked: Asked) -> ColumnElement[bool]:
    """Households of the campaign at hand that the asker may see."""
    seen = visible_households(session, asked.visitor.person, asked.calendar.today)
    one = campaign_at_hand(session, asked)
    return seen if one is None else seen & (Household.campaign_id == one.id)


def seen_tickets(session: Session, asked: Asked) -> ColumnElement[bool]:
    """Tickets of the campaign at hand that the asker may see."""
    seen = visible_tickets(session, asked.visitor.person, asked.calendar.today)
    one = campaign_at_hand(session, asked)
    return seen if one is None else seen & (Ticket.campaign_id == one.id)


def seen_villages(session: Session, asked: Asked) -> ColumnElement[bool]:
    """Villages that the asker may look into."""
    return visible_villages(session, asked.visitor.person, asked.calendar.today)
