"""The zone in which the days of what a business key names are meant."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from engine.database import rows_of
from rectification.campaigns.model import Campaign
from rectification.core.keys import parse_id, split_key
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.ticket import Ticket

_OF_HOUSEHOLD: Final = select(Campaign.zone_name).join(Household, Household.campaign_id == Campaign.id)
_KINDS: Final = {
    "ticket": select(Campaign.zone_name)
    .join(Ticket, Ticket.campaign_id == Campaign.id)
    .where(Ticket.id == bindparam("number")),
    "household": _OF_HOUSEHOLD.where(Household.id == bindparam("number")),
    "case": _OF_HOUSEHOLD.join(Case, Case.household_id == Household.id).where(Case.id == bindparam("number")),
}


def zone_of_key(session: Session, key: str) -> ZoneInfo | None:
    """That of its campaign; None where a key names none: a village and a unit are in several."""
    kind, name = split_key(key)
    number = parse_id(name)
    if kind == "comments":
        kind = "ticket"
    if kind not in _KINDS or number is None:
        return None
    rows = rows_of(session, _KINDS[kind], {"number": number})
    return ZoneInfo(rows[0][0]) if rows else None
