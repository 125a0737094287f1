"""Beginning: the campaign's processes start in a village and at each household that has none yet."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.host import Values
from rectification.campaigns.catalogue import get_check_items
from rectification.campaigns.model import Campaign
from rectification.core.keys import household_key, village_key
from rectification.households.model import Household
from rectification.matters.issue_list import IssueList, get_issue_list
from rectification.places.areas import Area, get_area


def villages_to_begin(session: Session, campaign: Campaign) -> list[str]:
    """The villages of a campaign with households whose visit has not begun; each is one transaction's work."""
    query = select(Household.village).where(Household.campaign_id == campaign.id, Household.status.is_(None))
    return list(session.scalars(query.distinct().order_by(Household.village)))


def begin_village(session: Session, engine: Engine, campaign: Campaign, code: str) -> int:
    """Start the village's process, whose list is begun with it, and a visit for each new household; returns how many visits."""
    begin_list(session, engine, campaign, code)
    numbers = homes_to_begin(session, campaign, code)
    for number in numbers:
        begin_visit(session, engine, campaign, number)
    return len(numbers)


def begin_list(session: Session, engine: Engine, campaign: Campaign, code: str) -> None:
    """Start the village's process, whose list is begun with it, unless it has one."""
    if get_issue_list(session, campaign.id, code) is not None:
        return
    place = _place(campaign, get_area(session, code))
    session.add(IssueList(campaign_id=campaign.id, village=code, kind="main"))
    engine.start(session, "village_lookback", village_key(code), place)
    if get_check_items(session, campaign.id, "V"):
        engine.start(session, "village_check", village_key(code), place)


def homes_to_begin(session: Session, campaign: Campaign, code: str) -> list[int]:
    """The households of a village whose visit has not begun."""
    homes = select(Household.id).where(
        Household.campaign_id == campaign.id, Household.village == code, Household.status.is_(None)
    )
    return list(session.scalars(homes.order_by(Household.id)))


def begin_visit(session: Session, engine: Engine, campaign: Campaign, number: int) -> None:
    """Start a household's visit, unless it has begun meanwhile."""
    query = select(Household.village, Household.helper_id).where(
        Household.id == number, Household.status.is_(None)
    )
    home = session.execute(query).first()
    if home is not None:
        values: Values = {
            **_place(campaign, get_area(session, home.village)),
            "household": number,
            "helper": home.helper_id,
        }
        engine.start(session, "household_visit", household_key(number), values)


def _place(campaign: Campaign, village: Area) -> Values:
    return {
        "campaign": campaign.id,
        "village": village.code,
        "town": village.above("town"),
        "county": village.above("county"),
    }
