"""The campaign at hand: the one whose lists and figures a reader looks at; another is one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from register.campaigns import Campaign, NoCampaign, current_campaign

if TYPE_CHECKING:
    from web.asked import Asked

COOKIE = "campaign"


def campaign_at_hand(session: Session, asked: Asked) -> Campaign | None:
    """The campaign that the reader chose on this device, else the one begun last."""
    chosen = asked.request.cookies.get(COOKIE, "")
    if chosen.isdecimal() and len(chosen) < 18:
        found = session.get(Campaign, int(chosen))
        if found is not None:
            return found
    return current_campaign(session)


def the_campaign(session: Session, asked: Asked) -> Campaign:
    """The campaign at hand.

    Raises:
        NoCampaign: none has been founded yet.
    """
    found = campaign_at_hand(session, asked)
    if found is None:
        raise NoCampaign
    return found


def number_at_hand(session: Session, asked: Asked) -> int | None:
    """Its number, to filter by."""
    found = campaign_at_hand(session, asked)
    return found.id if found is not None else None


def campaigns(session: Session) -> list[Campaign]:
    """Every campaign, the newest first."""
    return list(session.scalars(select(Campaign).order_by(Campaign.id.desc())))
