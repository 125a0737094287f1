"""The first day of a campaign: nothing that belongs to it lies before."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.worklist.selectables import history
from rectification.campaigns.model import Campaign
from rectification.core.keys import campaign_key


def first_day(session: Session, campaign: Campaign) -> dt.date:
    """The first day of the campaign's year, or when it was founded, whichever is earlier.

    An office that had begun on paper takes up the visits of the weeks before it founded the campaign here.
    """
    query = select(func.min(history.c.at)).where(
        history.c.key == campaign_key(campaign.id), history.c.action == "founded"
    )
    founded: dt.datetime | None = session.execute(query).scalar()
    year = dt.date(campaign.year, 1, 1)
    return year if founded is None else min(year, founded.astimezone(campaign.zone).date())
