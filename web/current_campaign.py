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


def get_current_campaign(session: Session, context: RequestContext) -> Campaign | None:
    """The campaign that the reader chose on this device, else the one begun last; of those that they have to do with."""
    state = context.request.state
    if not hasattr(state, "campaign_at_hand"):
        chosen = parse_id(context.request.cookies.get(CAMPAIGN, ""))
        if chosen is None or not sees_campaign(session, context, chosen):
            chosen = session.scalar(_seen(session, context).order_by(Campaign.id.desc()).limit(1))
        state.campaign_at_hand = chosen
    number: int | None = state.campaign_at_hand
    return None if number is None else session.get(Campaign, number)


def sees_campaign(session: Session, context: RequestContext, number: int) -> bool:
    """Whether the reader has to do with a campaign."""
    return session.scalar(_seen(session, context).where(Campaign.id == number)) is not None


def _seen(session: Session, context: RequestContext) -> Select[int]:
    return select(Campaign.id).where(visible_campaigns(session, context.user.person, context.calendar.today))


def require_current_campaign(session: Session, context: RequestContext) -> Campaign:
    """The campaign at hand.

    Raises:
        NoCampaign: none has been founded yet.
    """
    current_campaign = get_current_campaign(session, context)
    if current_campaign is None:
        raise NoCampaign
    return current_campaign


def get_current_campaign_id(session: Session, context: RequestContext) -> int | None:
    """Its number, to filter by."""
    current_campaign = get_current_campaign(session, context)
    return current_campaign.id if current_campaign is not None else None


def campaigns(session: Session, context: RequestContext) -> list[Campaign]:
    """Every campaign that the reader has to do with, the newest first."""
    condition = Campaign.id.in_(_seen(session, context))
    return list(session.scalars(select(Campaign).where(condition).order_by(Campaign.id.desc())))
