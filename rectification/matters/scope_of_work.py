"""The scope of what a business key and variables name: whose definitions it goes by."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from rectification.campaigns.model import Campaign
from rectification.core.keys import parse_id
from rectification.matters.locations import get_locations
from rectification.matters.work_scope import area_of
from rectification.places.scopes import INSTALLATION


def scope_of(session: Session, key: str, variables: Mapping[str, object]) -> str:
    """The area that variables name, else in which lies what the key names, else that of the campaign."""
    named = area_of(variables)
    if named is not None:
        return named
    locations = get_locations(session, [key])
    if key in locations:
        return locations[key].place.village
    number = parse_id(str(variables.get("campaign") or ""))
    campaign = session.get(Campaign, number) if number is not None else None
    return campaign.area_code if campaign is not None else INSTALLATION
