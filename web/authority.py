"""What somebody answers for: campaigns in an area for which they may found one, calendars of their office."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.authoring import drafts
from engine.authoring.drafts import Draft
from engine.definitions.versions import Version
from engine.errors import NotAllowed, NotFound
from engine.text import LocalizedText
from rectification.access.jurisdiction import areas_around
from rectification.access.permissions import posts_by_area
from rectification.calendar.holidays import EVERYWHERE
from rectification.campaigns.model import Campaign, get_campaign
from rectification.people.roles import ROLES
from rectification.people.scopes import owner_with
from rectification.places.areas import Area, get_area
from rectification.places.scopes import Owner
from rectification.rescheduling.calendar import calendars_of, change
from rectification.rescheduling.model import Rescheduling
from web.access import ACCESS
from web.context import RequestContext
from web.current_campaign import sees_campaign
from web.guards import areas_in_charge, is_in_charge

FOUNDING: Final = "POST /campaigns"
HIGHEST: Final = ("city", "county", "town")
"""Levels for which a campaign is founded."""


def founding_areas(context: RequestContext, session: Session) -> Sequence[Area]:
    """The areas for which this person may found a campaign: their own and what lies below, down to towns."""
    own = areas_in_charge(session, context, FOUNDING)
    tops = session.scalars(select(Area.path).where(Area.code.in_(own))).all()
    query = select(Area).where(Area.level.in_(HIGHEST)).order_by(Area.path)
    return [row for row in session.scalars(query) if any(row.path.startswith(top) for top in tops)]


def answers_for(context: RequestContext, session: Session, campaign: Campaign) -> bool:
    """Whether the campaign lies in an area for which the user may found one."""
    return is_in_charge(session, context, campaign.area_code, FOUNDING)


def must_see_campaign(context: RequestContext, session: Session, number: int) -> Campaign:
    """A campaign with which the user has to do; any other one does not exist for them."""
    campaign = get_campaign(session, number)
    if not sees_campaign(session, context, campaign.id):
        raise NotFound(LocalizedText("没有这个专项行动。", "There is no such campaign."))
    return campaign


def must_answer_for(context: RequestContext, session: Session, campaign: Campaign) -> None:
    """Raise unless the user answers for the campaign."""
    if not answers_for(context, session, campaign):
        raise NotAllowed(
            LocalizedText("这个专项行动由上级负责。", "An office above answers for this campaign.")
        )


def must_see_calendar(context: RequestContext, session: Session, code: str) -> None:
    """Raise unless an area is one of the user's, or lies around or inside one of them; the country is everybody's."""
    person, today = context.user.person, context.calendar.today
    if code == EVERYWHERE or code in areas_around(session, person, today):
        return
    own = posts_by_area(session, person, ROLES, today).keys()
    if own.isdisjoint(get_area(session, code).path.strip("/").split("/")):
        raise NotFound(LocalizedText(f"没有区划“{code}”。", f"There is no area “{code}”."))


def owner(context: RequestContext, session: Session) -> Owner:
    """The user as an owner of definitions: as their own post allows to change how work goes."""
    return _owner(context, session, ("POST /workshop/drafts",), in_person=True)


def owner_by(context: RequestContext, session: Session, *routes: str) -> Owner:
    """The user as an owner of whatever the posts to which one of these routes opens may change."""
    return _owner(context, session, routes, in_person=False)


def _owner(context: RequestContext, session: Session, routes: Sequence[str], *, in_person: bool) -> Owner:
    roles = frozenset[str]().union(*(ACCESS[route].roles or () for route in routes))
    person, today = context.user.person, context.calendar.today
    return owner_with(session, person, roles, today, in_person=in_person)


def goes_by(context: RequestContext, session: Session) -> Owner:
    """The user as a reader of what is in force in their areas."""
    return owner_by(context, session, "POST /workshop/drafts", "GET /definitions")


def version_for(context: RequestContext, session: Session, number: int) -> Version:
    """A version that concerns the user; one of another area does not exist for them."""
    version = context.application.engine.definitions.version(session, number)
    if not goes_by(context, session).goes_by(version.scope):
        raise NotFound
    return version


def draft_of(context: RequestContext, session: Session, number: int, *, lock: bool = False) -> Draft:
    """A draft for an area of which the user owns the definitions; any other one does not exist for them."""
    draft = drafts.get_draft(session, context.application.engine.definitions, number, lock=lock)
    if not owner(context, session).owns(draft.scope):
        raise NotFound
    return draft


def must_keep(context: RequestContext, session: Session, area: str) -> None:
    """Raise unless the user keeps the working calendar of an area."""
    if area not in calendars_of(session, context.user.person, context.calendar.today):
        raise NotAllowed(LocalizedText("这份日历由别的单位维护。", "Another office keeps this calendar."))


def must_see_change(context: RequestContext, session: Session, row: Rescheduling) -> None:
    """Raise unless the user answers for the campaign whose dates move, or keeps the calendar that moves them."""
    if row.calendar_change_id is None:
        must_answer_for(context, session, get_campaign(session, row.campaign_id))
        return
    try:
        must_keep(context, session, change(session, row.calendar_change_id).area)
    except NotAllowed:
        must_answer_for(context, session, get_campaign(session, row.campaign_id))
