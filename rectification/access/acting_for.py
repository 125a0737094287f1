"""On whose behalf something was done, and is: what a deputy does is said as such wherever it is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from engine.worklist.selectables import candidates, history, open_work
from rectification.people.deputies import own_desks, stood_in_owners

Act = tuple[int, dt.datetime]
"""Who did something, and when."""


def acts_for_others(session: Session, key: str) -> Mapping[Act, int]:
    """What deputies did about a business key, each with the person for whom they did it."""
    query = select(history.c.person, history.c.at, history.c.on_behalf_of).where(
        history.c.key == key, history.c.on_behalf_of.is_not(None), history.c.person.is_not(None)
    )
    return {(row.person, row.at): row.on_behalf_of for row in session.execute(query)}


def others_acted_for(key: str) -> Subquery:
    """The same as rows (person, at, on_behalf_of), to be joined."""
    acts = select(history.c.person, history.c.at, func.max(history.c.on_behalf_of).label("on_behalf_of"))
    acts = acts.where(history.c.key == key, history.c.on_behalf_of.is_not(None))
    return acts.group_by(history.c.person, history.c.at).subquery()


def acting_for(session: Session, person_id: int, key: str, today: dt.date) -> int | None:
    """For whom somebody acts who does something about a key beside its forms: whose open work they stand in for."""
    about = open_work.c.key == key
    named = select(open_work.c.owner).where(about)
    numbers = select(open_work.c.id).where(about)
    shared = select(candidates.c.owner).where(candidates.c.work_item_id.in_(numbers))
    desks = {*session.scalars(named), *session.scalars(shared)}
    if not desks.isdisjoint(own_desks(session, person_id, today)):
        return None
    others = stood_in_owners(session, person_id, today)
    return next((others[desk] for desk in sorted(desks) if desk in others), None)
