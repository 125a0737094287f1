"""May the asker see and do this? One question for pages and API; the domain answers it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Check, WorkItem
from engine.errors import DomainError, NotAllowed, NotFound
from engine.host import Actor
from engine.text import LocalizedText
from engine.worklist.selectables import open_work
from rectification.access.permissions import may_do, may_see, may_take, posts_by_area
from rectification.matters.key_places import places_of_keys
from rectification.matters.key_timezones import zone_of_key
from rectification.matters.timezone import zone_of_campaign
from rectification.places.areas import Area
from rectification.tickets.carbon_copies import may_read
from web.access import ACCESS
from web.security.authenticate import rule_of

KEY = re.compile(r"[a-z]+:[0-9]{1,18}")
"""``ticket:17``; what programs send in its place is not looked up."""

NOT_HERE: Final = LocalizedText("您在这个区域没有相应的岗位。", "You hold no such post in this area.")

if TYPE_CHECKING:
    from web.context import RequestContext


def get_visible_work_item(session: Session, context: RequestContext, number: int) -> WorkItem:
    """A work item that the asker may see; any other one does not exist for them."""
    item = context.application.engine.work_item(session, number)
    context.go_by(zone_of_campaign(session, item.variables.get("campaign")))
    user, today = context.user, context.calendar.today
    if not may_see(session, user.person, item.key, today):
        try:
            may_take(context.acting(session), item)
        except NotAllowed as refusal:
            raise NotFound from refusal
    return item


def check_for(context: RequestContext, *, completing: bool = False) -> Check:
    """What the engine asks, inside its transaction, before the asker's act counts."""

    def check(session: Session, item: WorkItem) -> Actor:
        return may_do(context.acting(session), item, completing=completing)

    return check


def refusal_for(session: Session, context: RequestContext, item: WorkItem) -> DomainError | None:
    """Why the asker may not act on an item, if so."""
    try:
        check_for(context)(session, item)
    except NotAllowed as refusal:
        return refusal
    return None


def require_visible(session: Session, context: RequestContext, key: str) -> None:
    """Raise unless the asker may see what a business key names.

    Where the route is for certain posts, one of them must be held in the area in which the thing lies.
    """
    if not _known(session, context, key) or not may_see(
        session, context.user.person, key, context.calendar.today
    ):
        raise NotFound
    if rule_of(context.request).roles is not None and key not in in_charge_of(session, context, [key]):
        raise NotAllowed(NOT_HERE)


def areas_in_charge(session: Session, context: RequestContext, route: str | None = None) -> frozenset[str]:
    """The areas for which the asker, or somebody for whom they stand in, holds one of the posts that this route is for."""
    rule = rule_of(context.request) if route is None else ACCESS[route]
    held = posts_by_area(session, context.user.person, rule.roles or frozenset(), context.calendar.today)
    return frozenset(held)


def in_charge_of(session: Session, context: RequestContext, keys: Iterable[str]) -> set[str]:
    """Those of these business keys that lie where the asker holds one of the posts that this route is for."""
    areas, places = areas_in_charge(session, context), places_of_keys(session, keys)
    return {key for key, place in places.items() if not areas.isdisjoint(place.areas)}


def is_in_charge(session: Session, context: RequestContext, code: str, route: str | None = None) -> bool:
    """Whether an area is one, or lies in one, for which the asker holds one of the posts that a route is for."""
    path = session.scalar(select(Area.path).where(Area.code == code)) or ""
    return not areas_in_charge(session, context, route).isdisjoint(path.strip("/").split("/"))


def _known(session: Session, context: RequestContext, key: str) -> bool:
    """Whether a business key can be one; days are meant from here on in the zone of the campaign to which it belongs."""
    if not KEY.fullmatch(key):
        return False
    zone = zone_of_key(session, key)
    if zone is not None:
        context.go_by(zone)
    return True


def require_readable(session: Session, context: RequestContext, key: str) -> None:
    """Raise unless the asker may read what a business key names: because they may see it, or as a copy."""
    if not _known(session, context, key) or not may_read(
        session, context.user.person, key, context.calendar.today
    ):
        raise NotFound


def send_key(session: Session, context: RequestContext, key: str) -> None:
    """Raise unless the asker may send evidence about what a business key names: they see it, or have work on it."""
    query = select(open_work.c.id).where(open_work.c.key == key, open_work.c.owner.in_(context.user.owners))
    if not KEY.fullmatch(key) or session.execute(query.limit(1)).first() is None:
        require_visible(session, context, key)
