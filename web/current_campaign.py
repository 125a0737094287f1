"""The campaign at hand: the one whose lists and figures a reader looks at; another is one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from rectification.access.permissions import visible_campaigns
from rectification.campaigns.model import Campaign, NoCampaign
from rectification.core.keys import parse_id
from web.cookies import CAMPAIGN

if TYPE_CHECKING:
    from web.context import RequestContext


def get_current_campaign(session: Session, asked: RequestContext) -> Campaign | None:
    """The campaign that the reader chose on this device, else the one begun last; of those that they have to do with."""
    state = asked.request.state
    if not hasattr(state, "campaign_at_hand"):
        chosen = parse_id(asked.request.cookies.get(CAMPAIGN, ""))
        if chosen is None or not sees_campaign(session, asked, chosen):
            chosen = session.scalar(_seen(session, asked).order_by(Campaign.id.desc()).limit(1))
        state.campaign_at_hand = chosen
    number: int | None = state.campaign_at_hand
    return None if number is None else session.get(Campaign, number)


def sees_campaign(session: Session, asked: RequestContext, number: int) -> bool:
    """Whether the reader has to do with a campaign."""
    return session.scalar(_seen(session, asked).where(Campaign.id == number)) is not None


def _seen(session: Session, asked: RequestContext) -> Select[int]:
    return select(Campaign.id).where(visible_campaigns(session, asked.visitor.person, asked.calendar.today))


def require_current_campaign(session: Session, asked: RequestContext) -> Campaign:
    """The campaign at hand.

    Raises:
        NoCampaign: none has been founded yet.
    """
    found = get_current_campaign(session, asked)
    if found is None:
        raise NoCampaign
    return found


def get_current_campaign_id(session: Session, asked: RequestContext) -> int | None:
    """Its number, to filter by."""
    found = get_current_campaign(session, asked)
    return found.id if found is not None else None


def campaigns(session: Session, asked: RequestContext) -> list[Campaign]:
    """Every campaign that the reader has to do with, the newest first."""
    seen = Campaign.id.in_(_seen(session, asked))
    return list(session.scalars(select(Campaign).where(seen).order_by(Campaign.id.desc())))
