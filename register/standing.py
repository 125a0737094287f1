"""Who stands on the rungs of a ladder: whose the work is, who leads them, the offices above."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.schema import candidates
from register.deputies import Hands, behind, hands_on
from register.posts import Post, held_on, holders
from register.rungs import ABOVE, Rung
from register.subjects import Subject, subjects


class Standing:
    """Who stands where on one day, as far as it was asked for.

    It reads what it does not know yet, in one query of each kind, and keeps it: a night of a hundred
    thousand deadlines asks for the same few thousand people and posts again and again.
    """

    def __init__(self, day: dt.date) -> None:
        self._day = day
        self._subjects: Mapping[str, Subject] = {}
        self._shared: Mapping[int, Sequence[str]] = {}
        self._holders: dict[str, list[int]] = {}
        self._units: dict[int, set[int]] = {}
        self._hands: Hands | None = None

    def learn(self, session: Session, items: Sequence[Row[Any]]) -> None:
        """Read who stands over these work items (id, key, owner); others are forgotten, people are not."""
        self._subjects = subjects(session, [item.key for item in items])
        self._shared = _candidates(session, [item.id for item in items if item.owner == "many"])
        if self._hands is None:
            self._hands = hands_on(session, self._day)
        owners = {owner for item in items for owner in self._owners(item)}
        self._learn_holders(session, owners.union(*map(_offices, self._subjects.values())))
        people = {who for one in owners for who in self._holders[one]} - self._units.keys()
        self._units |= _units_of(session, people, self._day)
        units = {unit for who in people for unit in self._units[who]}
        units |= {one.resp_unit_id for one in self._subjects.values() if one.resp_unit_id is not None}
        self._learn_holders(session, {f"post:unit_leader@U{unit}" for unit in units})

    def _learn_holders(self, session: Session, owners: set[str]) -> None:
        if new := owners - self._holders.keys():
            self._holders |= holders(session, new, self._day)

    def rung(self, drawn: Rung, item: Row[Any]) -> Rung:
        """The rung as it is climbed: the ladder of a ticket that was reopened starts one step higher."""
        subject = self._subjects.get(item.key)
        return drawn.raised if subject is not None and subject.reopened else drawn

    def people(self, who: str, item: Row[Any]) -> list[int]:
        """Whom a rung for ``who`` tells of a work item that was learnt; where nobody stands, whoever stands above."""
        wanted: str | None = who
        while wanted is not None:
            found = self._on(wanted, item)
            if found or who == "owner":
                return found
            wanted = ABOVE.get(wanted)
        return []

    def above(self, who: str, item: Row[Any], told: Collection[int]) -> tuple[str, list[int]]:
        """Who stands next above a rung for ``who`` and is not among those whom it told; nobody above the city."""
        wanted = ABOVE.get(who)
        while wanted is not None:
            if found := [one for one in self._on(wanted, item) if one not in told]:
                return wanted, found
            wanted = ABOVE.get(wanted)
        return who, []

    def _on(self, who: str, item: Row[Any]) -> list[int]:
        if who == "owner":
            return self._behind(self._owners(item), self._with_deputies)
        subject = self._subjects.get(item.key)
        if who == "unit_leader":
            owners = self._behind(self._owners(item), self._holders.__getitem__)
            return [one for one in self._leading(owners, subject) if one not in owners]
        if subject is None:
            return []
        office = _offices(subject)[("village", "town", "county", "city").index(who)]
        return self._behind([office], self._with_deputies)

    def _with_deputies(self, owner: str) -> Sequence[int]:
        return behind(owner, self._holders[owner], self._hands or {})

    def _behind(self, owners: Sequence[str], people: Callable[[str], Sequence[int]]) -> list[int]:
        return sorted({one for owner in owners for one in people(owner)})

    def _leading(self, owners: Iterable[int], subject: Subject | None) -> list[int]:
        units: set[int] = set()
        for one in owners:
            fixing = subject is not None and subject.resp_person_id == one and subject.resp_unit_id
            units |= {fixing} if fixing else self._units.get(one, set())
        return self._behind([f"post:unit_leader@U{unit}" for unit in units], self._with_deputies)

    def _owners(self, item: Row[Any]) -> Sequence[str]:
        return self._shared.get(item.id, ()) if item.owner == "many" else (item.owner,)


def _offices(one: Subject) -> tuple[str, str, str, str]:
    return (
        f"post:team_lead@{one.village}",
        f"post:town_office@{one.town}",
        f"post:county_office@{one.county}",
        f"post:city_office@{one.city}",
    )


def _candidates(session: Session, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    wanted = select(candidates.c.work_item_id, candidates.c.owner).where(
        candidates.c.work_item_id.in_(numbers)
    )
    for number, owner in session.execute(wanted) if numbers else ():
        found[number].append(owner)
    return found


def _units_of(session: Session, people: set[int], day: dt.date) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {one: set() for one in people}
    wanted = select(Post.person_id, Post.unit_id).where(
        Post.person_id.in_(people), Post.unit_id.is_not(None), held_on(day)
    )
    for person, unit in session.execute(wanted) if people else ():
        if unit is not None:
            found[person].add(unit)
    return found
