"""The zone in which the days of what a business key names are meant."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from rectification.core.keys import parse_id, split_key
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import Zones


def zone_of_key(session: Session, key: str) -> ZoneInfo | None:
    """That of its campaign; None where a key names none: a village and a unit are in several."""
    kind, name = split_key(key)
    number = parse_id(name)
    if kind == "comments":
        kind = "ticket"
    campaign = _campaign(session, kind, number) if number is not None else None
    return Zones(session).of_campaign(campaign) if campaign is not None else None


def _campaign(session: Session, kind: str, number: int) -> int | None:
    if kind == "case":
        case = session.get(Case, number)
        return _campaign(session, "household", case.household_id) if case is not None else None
    about: Ticket | Household | HouseholdResult | None = None
    if kind == "ticket":
        about = session.get(Ticket, number)
    elif kind == "household":
        about = session.get(Household, number)
    elif kind == "result":
        about = session.get(HouseholdResult, number)
    return about.campaign_id if about is not None else None
