"""The recipients (告知对象) of the rules of an escalation: whose the work is, who leads them, the offices above."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Date, Row, bindparam, select
from sqlalchemy.orm import Session

from engine.database import rows_of
from engine.owners import unit_owner
from engine.sql_arrays import in_list
from engine.worklist.selectables import candidates
from rectification.escalation.policy import ABOVE
from rectification.matters.locations import TicketLocation, get_locations
from rectification.people.deputies import Hands, behind, hands_on
from rectification.people.model import closed_accounts
from rectification.people.posts import Post, administrators_over, held_on, holders_of_any_account, offices
from rectification.people.roles import Role
from rectification.places.areas import Place


class RecipientResolver:
    """The holders of the posts on one day, as far as it was asked for.

    It reads what it does not know yet, in one query of each kind, and keeps it: a batch of a hundred
    thousand deadlines asks for the same few thousand people and posts again and again.
    """

    def __init__(self, day: dt.date) -> None:
        self._day = day
        self._where: Mapping[str, TicketLocation] = {}
        self._shared: Mapping[int, Sequence[str]] = {}
        self._holders: dict[str, list[int]] = {}
        self._units: dict[int, set[int]] = {}
        self._offices: dict[Place, Mapping[str, str]] = {}
        self._hands: Hands | None = None
        self._closed: set[int] = set()
        """Accounts that are closed, among those who hold something or stand in for somebody."""
        self._reached: dict[str, list[int]] = {}

    def load(self, session: Session, items: Sequence[Row[Any]]) -> None:
        """Read whose these work items (id, key, owner) are; others are forgotten, people are not."""
        self._load_hands(session, items)
        self._learn_holders(session, self._all_owners(items))

    def load_all(self, session: Session, items: Sequence[Row[Any]]) -> None:
        """Read whose these work items are, and who stands above them."""
        self._load_hands(session, items)
        self._load_above(session, items, self._all_owners(items))

    def load_above(self, session: Session, items: Sequence[Row[Any]]) -> None:
        """Load who is above the owners of these work items, which were loaded."""
        self._load_above(session, items, set())

    def _load_hands(self, session: Session, items: Sequence[Row[Any]]) -> None:
        """Read to whom shared work is offered, and once who stands in for whom."""
        self._shared = _candidates(session, [item.id for item in items if item.owner == "many"])
        if self._hands is None:
            self._hands = hands_on(session, self._day)
            self._closed = closed_accounts(
                session, (person for hand in self._hands.values() for person, _cover in hand)
            )

    def _load_above(self, session: Session, items: Sequence[Row[Any]], new: set[str]) -> None:
        """With the owners that are ``new``, in the same statement as those above them."""
        self._where = get_locations(session, [item.key for item in items])
        places = {place.place for place in self._where.values()}.difference(self._offices)
        self._offices |= {place: offices(place) for place in places}
        above = new | {owner for place in places for owner in self._offices[place].values()}
        self._learn_holders(session, above.union(*(administrators_over(place) for place in places)))
        owners = self._all_owners(items)
        people = {person for owner in owners for person in self._holders[owner]}.difference(self._units)
        self._units |= _units_of(session, people, self._day)
        units = {unit for person in people for unit in self._units[person]}
        units |= {place.resp_unit_id for place in self._where.values() if place.resp_unit_id is not None}
        self._learn_holders(session, {_leader(unit) for unit in units})

    def unheld(self, items: Iterable[Row[Any]]) -> list[Row[Any]]:
        """Those of these work items, which were loaded, that stand in front of nobody who can sign in."""
        return [item for item in items if not self._on("owner", item)]

    def _all_owners(self, items: Sequence[Row[Any]]) -> set[str]:
        return {item.owner for item in items}.difference(("many",)).union(*self._shared.values())

    def _learn_holders(self, session: Session, owners: set[str]) -> None:
        """Only the new ones are gone through: thousands are known halfway through a batch."""
        if new := owners.difference(self._holders):
            holders = holders_of_any_account(session, new, self._day)
            self._holders |= holders
            self._closed |= closed_accounts(
                session, (person for people in holders.values() for person in people)
            )

    def reopened(self, item: Row[Any]) -> bool:
        """Whether a work item, above whose owners was looked, is about a ticket that was reopened."""
        where = self._where.get(item.key)
        return where is not None and where.reopened

    def people(self, recipient: str, item: Row[Any]) -> list[int]:
        """Whom a rule for ``recipient``, a key of :data:`~rectification.escalation.policy.WHO`, tells of a work item that was loaded.

        Where the post is vacant, whoever is next above; the nearest administrators where every one is.
        """
        role: str | None = recipient
        while role is not None:
            if people := self._on(role, item):
                return people
            role = ABOVE.get(role)
        return self._administrators(item)

    def on(self, recipient: str, item: Row[Any]) -> list[int]:
        """Whom a rule for ``recipient`` tells in their own post, or as a deputy; nobody where it is vacant."""
        return self._on(recipient, item)

    def vacant(self, recipient: str, item: Row[Any]) -> list[str]:
        """The desks on which a rule for ``recipient`` finds nobody, as work names them; none where it finds somebody.

        Who leads whoever does the work is not known before there is somebody: it is then the work's own desk.
        """
        if self._on(recipient, item):
            return []
        desks = self._desks(recipient, item) or self._owners(item)
        return [desk for desk in desks if not self._behind_one(desk)]

    def above(self, recipient: str, item: Row[Any], notified: Collection[int]) -> tuple[str, list[int]]:
        """Who is next above a rule for ``recipient`` and is not among those whom it told; nobody above the city.

        The administrators where that post is vacant.
        """
        role = ABOVE.get(recipient)
        if role is None:
            return recipient, []
        while role is not None:
            if result := [person for person in self._on(role, item) if person not in notified]:
                return role, result
            role = ABOVE.get(role)
        return recipient, [
            administrator for administrator in self._administrators(item) if administrator not in notified
        ]

    def _administrators(self, item: Row[Any]) -> list[int]:
        """Those of the nearest area above that has any, and their deputies; else those of the installation."""
        where = self._where.get(item.key)
        above = administrators_over(where.place) if where is not None else ()
        return next((people for owner in above if (people := self._behind_one(owner))), [])

    def _on(self, recipient: str, item: Row[Any]) -> list[int]:
        if recipient == "owner":
            return self._behind(self._owners(item))
        people = self._behind(self._desks(recipient, item))
        if recipient != "unit_leader":
            return people
        owners = self._people_of(item)
        return [person for person in people if person not in owners]

    def _desks(self, recipient: str, item: Row[Any]) -> Sequence[str]:
        """Where those sit whom a rule for ``recipient`` tells."""
        where = self._where.get(item.key)
        if recipient == "owner":
            return self._owners(item)
        if recipient == "unit_leader":
            return self._leaders(self._people_of(item), where)
        return [self._offices[where.place][recipient]] if where is not None else []

    def _people_of(self, item: Row[Any]) -> set[int]:
        return {holder for owner in self._owners(item) for holder in self._holders[owner]}

    def _behind(self, owners: Iterable[str]) -> list[int]:
        """Whoever holds these, and their deputies."""
        return sorted({person for owner in owners for person in self._behind_one(owner)})

    def _behind_one(self, owner: str) -> list[int]:
        if owner not in self._reached:
            people = behind(owner, self._holders[owner], self._hands or {})
            self._reached[owner] = sorted(set(people).difference(self._closed))
        return self._reached[owner]

    def _leaders(self, owners: Collection[int], where: TicketLocation | None) -> list[str]:
        """The desks of those who lead the units of these."""
        units: set[int] = set()
        for owner in owners:
            fixing = where is not None and where.resp_person_id == owner and where.resp_unit_id
            units |= {fixing} if fixing else self._units.get(owner, set())
        return [_leader(unit) for unit in sorted(units)]

    def _owners(self, item: Row[Any]) -> Sequence[str]:
        return self._shared.get(item.id, ()) if item.owner == "many" else (item.owner,)


def _leader(unit: int) -> str:
    return unit_owner(Role.UNIT_LEADER, unit)


def _candidates(session: Session, numbers: Sequence[int]) -> Mapping[int, Sequence[str]]:
    desks: dict[int, list[str]] = defaultdict(list)
    for number, owner in rows_of(session, _CANDIDATES, {"numbers": numbers}) if numbers else ():
        desks[number].append(owner)
    return desks


def _units_of(session: Session, people: set[int], day: dt.date) -> dict[int, set[int]]:
    result: dict[int, set[int]] = {person: set() for person in people}
    rows: Any = rows_of(session, _UNITS, {"people": sorted(people), "day": day}) if people else ()
    for person, unit in rows:
        result[person].add(unit)
    return result


_CANDIDATES: Final = select(candidates.c.work_item_id, candidates.c.owner).where(
    in_list(candidates.c.work_item_id, "numbers")
)
_UNITS: Final = select(Post.person_id, Post.unit_id).where(
    in_list(Post.person_id, "people"), Post.unit_id.is_not(None), held_on(bindparam("day", type_=Date()))
)
"""Both made once: a sweep asks again with every batch."""
