"""What a deputy took onto their own desk goes back, when they no longer stand in, to those it was offered to."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from sqlalchemy import Row, String, cast, literal, select
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.host import CLOCK
from engine.instances import store
from engine.worklist.selectables import candidates, history, open_work
from rectification.people.deputies import own_desks, stood_in_owners

_COLUMNS: Final = (
    *(open_work.c[name] for name in ("id", "instance_id", "key", "element", "owner", "offered_to")),
    history.c.person.label("taker"),
)
_TAKEN: Final = (
    select(*_COLUMNS)
    .join(
        history,
        (history.c.instance_id == open_work.c.instance_id) & (history.c.element == open_work.c.element),
    )
    .where(
        open_work.c.owner != open_work.c.offered_to,
        history.c.action == "claimed",
        history.c.on_behalf_of.is_not(None),
        history.c.at >= open_work.c.created_at,
        open_work.c.owner == literal("person:") + cast(history.c.person, String),
    )
    .distinct()
)


def return_claims(session: Session, now: dt.datetime, day: dt.date) -> int:
    """Give back what was taken in the name of people for whom the taker does not stand in on this day."""
    done = 0
    for row in session.execute(_TAKEN.order_by(open_work.c.id)).all():
        if _still_theirs(session, row, day):
            continue
        if store.set_owner(session, row.id, row.offered_to, before=row.owner):
            owners = [row.owner, row.offered_to]
            record(
                session,
                CLOCK,
                now,
                "released",
                row.key,
                instance=row.instance_id,
                element=row.element,
                owner=owners,
            )
            done += 1
    return done


def _still_theirs(session: Session, row: Row[Any], day: dt.date) -> bool:
    offered = {row.offered_to}
    if row.offered_to == "many":
        offered = set(session.scalars(select(candidates.c.owner).where(candidates.c.work_item_id == row.id)))
    mine = {*own_desks(session, row.taker, day), *stood_in_owners(session, row.taker, day)}
    return not offered.isdisjoint(mine)
