"""Where photos were taken: kept as data where a campaign wants it and whoever sends the photo consents, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.worklist.selectables import open_work
from rectification.campaigns.model import Campaign, campaign_rows, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.matters import work_scope

WANTED: Final = "photo_places"


def wants_places(campaign: Campaign) -> bool:
    """Whether a campaign asks for them; none does unless it says so."""
    return bool(campaign.settings.get(WANTED))


def want_places(context: ActionContext, number: int, yes: bool) -> None:
    """Say so for a campaign; what was kept stays.

    Raises:
        NotFound: there is no such campaign.
    """
    campaign = get_campaign(context.session, number)
    before = wants_places(campaign)
    campaign.settings = {**campaign.settings, WANTED: yes}
    changes = {"before": {WANTED: before}, "after": {WANTED: yes}}
    record_event(context, "changed", campaign_key(campaign.id), **changes)


def photo_places_about(session: Session, key: str) -> bool:
    """Whether the campaign of the open work about a business key asks where photos were taken."""
    row = session.execute(select(open_work.c.work_scope).where(open_work.c.key == key).limit(1)).first()
    if row is None:
        return False
    return photo_places_of(session, work_scope.read(row.work_scope)[0])


def photo_places_of(session: Session, number: int | None) -> bool:
    """Whether a campaign asks where photos were taken; the one begun last where no number is given."""
    settings = (row.settings for row in campaign_rows(session) if number is None or row.number == number)
    return bool(next(settings, {}).get(WANTED))


def place_of(place: Mapping[str, object] | None) -> str:
    """A place as it is read: degrees north and east, and the time of the photo."""
    if not place:
        return ""
    at = str(place.get("at") or "").replace("T", " ")
    return f"{place['latitude']:.5f}, {place['longitude']:.5f} {at}".strip()
