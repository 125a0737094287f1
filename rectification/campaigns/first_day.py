"""The first day of a campaign: nothing that belongs to it lies before."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.schema import history
from rectification.campaigns.model import Campaign


def first_day(session: Session, one: Campaign) -> dt.date:
    """The first day of the campaign's year, or when it was founded, whichever is earlier.

    An office that had begun on paper takes up the visits of the weeks before it founded the campaign here.
    """
    wanted = select(func.min(history.c.at)).where(
        history.c.key == f"campaign:{one.id}", history.c.action == "founded"
    )
    founded: dt.datetime | None = session.execute(wanted).scalar()
    year = dt.date(one.year, 1, 1)
    return year if founded is None else min(year, founded.astimezone(one.zone).date())
