"""What somebody answers for: campaigns in an area for which they may found one, calendars of their office."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotAllowed
from engine.words import Words
from register.areas import Area
from register.calendar_changes import calendars_of, change
from register.campaigns import Campaign, campaign
from register.posts import posts_of
from register.reschedulings import Rescheduling
from web.access import ACCESS
from web.asked import Asked

HIGHEST = ("city", "county", "town")
"""Levels for which a campaign is founded."""


def founding_areas(asked: Asked, session: Session) -> Sequence[Area]:
    """The areas for which this person may found a campaign: their own and what lies below, down to towns.

    An administrator of the installation founds campaigns for all of them.
    """
    roles = ACCESS["POST /campaigns"].roles or frozenset()
    posts = posts_of(session, asked.visitor.person, asked.calendar.today)
    if any(post.is_installation_wide for post in posts):
        return session.scalars(select(Area).where(Area.level.in_(HIGHEST)).order_by(Area.path)).all()
    own = [post.area_code for post in posts if post.role in roles and post.area_code]
    tops = session.scalars(select(Area.path).where(Area.code.in_(own))).all()
    wanted = select(Area).where(Area.level.in_(HIGHEST)).order_by(Area.path)
    return [one for one in session.scalars(wanted) if any(one.path.startswith(top) for top in tops)]


def answers_for(asked: Asked, session: Session, one: Campaign) -> bool:
    """Whether the campaign lies in an area for which the visitor may found one."""
    return one.area_code in {area.code for area in founding_areas(asked, session)}


def must_answer_for(asked: Asked, session: Session, one: Campaign) -> None:
    """Raise unless the visitor answers for the campaign."""
    if not answers_for(asked, session, one):
        raise NotAllowed(Words("这个专项行动由上级负责。", "An office above answers for this campaign."))


def must_keep(asked: Asked, session: Session, area: str) -> None:
    """Raise unless the visitor keeps the working calendar of an area."""
    if area not in calendars_of(session, asked.visitor.person, asked.calendar.today):
        raise NotAllowed(Words("这份日历由别的单位维护。", "Another office keeps this calendar."))


def must_see_change(asked: Asked, session: Session, row: Rescheduling) -> None:
    """Raise unless the visitor answers for the campaign whose dates move, or keeps the calendar that moves them."""
    if row.calendar_change_id is None:
        must_answer_for(asked, session, campaign(session, row.campaign_id))
        return
    try:
        must_keep(asked, session, change(session, row.calendar_change_id).area)
    except NotAllowed:
        must_answer_for(asked, session, campaign(session, row.campaign_id))
