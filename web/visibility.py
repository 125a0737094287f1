"""What the asker may see, as conditions for SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from rectification.access.permissions import may_see, visible_households, visible_tickets, visible_villages
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from web.components.subject_cards import places_of
from web.current_campaign import get_current_campaign

if TYPE_CHECKING:
    from web.context import RequestContext


ABOUT_SOMEBODY: Final = ("ticket:", "comments:", "household:", "case:")
"""Business keys of what an administrator of people does not see."""


def seen_places(session: Session, asked: RequestContext, keys: Iterable[str]) -> dict[str, str]:
    """What things are called and where they lie, of those that the asker may see."""
    who, today = asked.visitor.person, asked.calendar.today
    return places_of(session, [key for key in dict.fromkeys(keys) if may_see(session, who, key, today)])


def unseen_subjects(session: Session, asked: RequestContext, keys: Iterable[str]) -> set[str]:
    """Those of these business keys about a ticket, a household or a case that the asker may not see."""
    who, today = asked.visitor.person, asked.calendar.today
    named = {key for key in keys if key.startswith(ABOUT_SOMEBODY)}
    return {key for key in named if not may_see(session, who, key, today)}


def seen_households(session: Session, asked: RequestContext) -> ColumnElement[bool]:
    """Households of the campaign at hand that the asker may see."""
    seen = visible_households(session, asked.visitor.person, asked.calendar.today)
    one = get_current_campaign(session, asked)
    return seen if one is None else seen & (Household.campaign_id == one.id)


def seen_tickets(session: Session, asked: RequestContext) -> ColumnElement[bool]:
    """Tickets of the campaign at hand that the asker may see."""
    seen = visible_tickets(session, asked.visitor.person, asked.calendar.today)
    one = get_current_campaign(session, asked)
    return seen if one is None else seen & (Ticket.campaign_id == one.id)


def seen_villages(session: Session, asked: RequestContext) -> ColumnElement[bool]:
    """Villages that the asker may look into."""
    return visible_villages(session, asked.visitor.person, asked.calendar.today)
