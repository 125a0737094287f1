"""What the asker may see, as conditions for SQL."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from rectification.access.permissions import (
    visible_households,
    visible_keys,
    visible_tickets,
    visible_villages,
)
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from web.components.subject_cards import places_of
from web.current_campaign import get_current_campaign

if TYPE_CHECKING:
    from web.context import RequestContext


ABOUT_SOMEBODY: Final = ("ticket:", "comments:", "household:", "case:")
"""Business keys of what an administrator of people does not see."""


def visible_places(session: Session, context: RequestContext, keys: Iterable[str]) -> dict[str, str]:
    """What things are called and where they lie, of those that the asker may see."""
    unique_keys = list(dict.fromkeys(keys))
    visible = visible_keys(session, context.user.person, unique_keys, context.calendar.today)
    return places_of(session, [key for key in unique_keys if key in visible])


def hidden_subjects(session: Session, context: RequestContext, keys: Iterable[str]) -> set[str]:
    """Those of these business keys about a ticket, a household or a case that the asker may not see."""
    named = {key: key.replace("comments:", "ticket:") for key in keys if key.startswith(ABOUT_SOMEBODY)}
    visible = visible_keys(session, context.user.person, named.values(), context.calendar.today)
    return {key for key, about in named.items() if about not in visible}


def seen_households(session: Session, context: RequestContext) -> ColumnElement[bool]:
    """Households of the campaign at hand that the asker may see."""
    condition = visible_households(session, context.user.person, context.calendar.today)
    current_campaign = get_current_campaign(session, context)
    return (
        condition if current_campaign is None else condition & (Household.campaign_id == current_campaign.id)
    )


def seen_tickets(session: Session, context: RequestContext) -> ColumnElement[bool]:
    """Tickets of the campaign at hand that the asker may see."""
    condition = visible_tickets(session, context.user.person, context.calendar.today)
    current_campaign = get_current_campaign(session, context)
    return condition if current_campaign is None else condition & (Ticket.campaign_id == current_campaign.id)


def seen_villages(session: Session, context: RequestContext) -> ColumnElement[bool]:
    """Villages that the asker may look into."""
    return visible_villages(session, context.user.person, context.calendar.today)
