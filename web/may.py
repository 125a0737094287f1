"""May the asker see and do this? One question for pages and API; the register answers it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Check, WorkItem
from engine.errors import NotAllowed, NotFound, Refusal
from engine.schema import work_items
from engine.world import Actor
from register.copies import may_read
from register.key_zones import zone_of_key
from register.permissions import may_do, may_see, may_take
from register.zone import zone_of_campaign

KEY = re.compile(r"[a-z]+:[0-9]{1,18}")
"""``ticket:17``; what programs send in its place is not looked up."""

if TYPE_CHECKING:
    from web.asked import Asked


def see(session: Session, asked: Asked, number: int) -> WorkItem:
    """A work item that the asker may see; any other one does not exist for them."""
    item = asked.house.engine.work_item(session, number)
    asked.go_by(zone_of_campaign(session, item.variables.get("campaign")))
    who, today = asked.visitor, asked.calendar.today
    if not may_see(session, who.person, item.key, today):
        try:
            may_take(session, who.actor, item, today)
        except NotAllowed as refusal:
            raise NotFound from refusal
    return item


def check_for(asked: Asked, *, completing: bool = False) -> Check:
    """What the engine asks, inside its transaction, before the asker's act counts."""
    actor, today = asked.visitor.actor, asked.calendar.today

    def check(session: Session, item: WorkItem) -> Actor:
        return may_do(
            session, actor, item, item.properties, item.variables, today=today, completing=completing
        )

    return check


def refusal_for(session: Session, asked: Asked, item: WorkItem) -> Refusal | None:
    """Why the asker may not act on an item, if so."""
    try:
        check_for(asked)(session, item)
    except NotAllowed as refusal:
        return refusal
    return None


def see_key(session: Session, asked: Asked, key: str) -> None:
    """Raise unless the asker may see what a business key names."""
    if not _known(session, asked, key) or not may_see(
        session, asked.visitor.person, key, asked.calendar.today
    ):
        raise NotFound


def _known(session: Session, asked: Asked, key: str) -> bool:
    """Whether a business key can be one; days are meant from here on in the zone of the campaign to which it belongs."""
    if not KEY.fullmatch(key):
        return False
    zone = zone_of_key(session, key)
    if zone is not None:
        asked.go_by(zone)
    return True


def read_key(session: Session, asked: Asked, key: str) -> None:
    """Raise unless the asker may read what a business key names: because they may see it, or as a copy."""
    if not _known(session, asked, key) or not may_read(
        session, asked.visitor.person, key, asked.calendar.today
    ):
        raise NotFound


def send_key(session: Session, asked: Asked, key: str) -> None:
    """Raise unless the asker may send evidence about what a business key names: they see it, or have work on it."""
    mine = (work_items.c.key == key, work_items.c.closed_at.is_(None))
    wanted = select(work_items.c.id).where(*mine, work_items.c.owner.in_(asked.visitor.owners))
    if not KEY.fullmatch(key) or session.execute(wanted.limit(1)).first() is None:
        see_key(session, asked, key)
