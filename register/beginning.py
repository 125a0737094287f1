"""Beginning: the campaign's processes start in a village and at each household that has none yet."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Engine
from register.areas import Area, area
from register.campaigns import Campaign
from register.catalogue import check_items
from register.households import Household
from register.issue_lists import IssueList, issue_list


def villages_to_begin(session: Session, one: Campaign) -> list[str]:
    """The villages of a campaign with households whose visit has not begun; each is one transaction's work."""
    wanted = select(Household.village).where(Household.campaign_id == one.id, Household.status.is_(None))
    return list(session.scalars(wanted.distinct().order_by(Household.village)))


def begin_village(session: Session, engine: Engine, one: Campaign, code: str) -> int:
    """Start the village's process, whose list is begun with it, and a visit for each new household; returns how many visits."""
    village = area(session, code)
    place = _place(one, village)
    if issue_list(session, one.id, code) is None:
        session.add(IssueList(campaign_id=one.id, village=code, kind="main"))
        engine.start(session, "village_lookback", f"village:{code}", place)
        if check_items(session, one.id, "V"):
            engine.start(session, "village_check", f"village:{code}", place)
    homes = select(Household.id, Household.helper_id).where(
        Household.campaign_id == one.id, Household.village == code, Household.status.is_(None)
    )
    rows = session.execute(homes.order_by(Household.id)).all()
    for number, helper in rows:
        values = {**place, "household": number, "helper": helper}
        engine.start(session, "household_visit", f"household:{number}", values)
    return len(rows)


def _place(one: Campaign, village: Area) -> dict[str, object]:
    return {
        "campaign": one.id,
        "village": village.code,
        "town": village.above("town"),
        "county": village.above("county"),
    }
