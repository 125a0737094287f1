"""What hangs on one person: tickets, households, work on their desk, posts, deputies. Who may pass it on, and to whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.owners import person_in, person_owner
from engine.worklist.selectables import candidates, open_work
from rectification.core.keys import case_key, household_key, ticket_key
from rectification.handover.naming_deputies import ONLY_LOOK, colleagues
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.status import GOING_ON
from rectification.matters.ticket import Ticket
from rectification.people.deputies import Deputy, deputies_about
from rectification.people.model import Person
from rectification.people.posts import Post, holders, posts_of
from rectification.people.roles import Role
from rectification.places.areas import Area
from rectification.places.units import Unit

OFFICES: Final = frozenset({Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE})


@dataclass(frozen=True, slots=True)
class Workload:
    """Everything that somebody else has to take over when a person goes."""

    tickets: Sequence[int] = ()
    """Tickets for which they are responsible and that have not ended; a hung one has not."""
    households: Sequence[int] = ()
    """Households that they help, each with its part in the key works."""
    work: Sequence[str] = ()
    """Business keys of what else stands on their own desk."""
    posts: Sequence[Post] = ()
    deputies: Sequence[Deputy] = ()
    lonely: frozenset[int] = field(default=frozenset())
    """Posts that nobody else holds and on whose desk work is open."""

    @property
    def count(self) -> int:
        """Tickets, households and other work together."""
        return len(self.tickets) + len(self.households) + len(self.work)


def get_workload(session: Session, person_id: int, today: dt.date) -> Workload:
    """What hangs on a person today."""
    mine = Ticket.resp_person_id == person_id
    going_on = GOING_ON
    tickets = list(session.scalars(select(Ticket.id).where(mine, going_on).order_by(Ticket.id)))
    homes = select(Household.id).where(Household.helper_id == person_id).order_by(Household.id)
    households = list(session.scalars(homes))
    cases = select(Case.id).join(Household, Household.id == Case.household_id)
    known = {ticket_key(ticket) for ticket in tickets} | {
        household_key(household) for household in households
    }
    known |= {case_key(row) for row in session.scalars(cases.where(Household.helper_id == person_id))}
    posts = posts_of(session, person_id, today)
    return Workload(
        tickets,
        households,
        [key for key in _keys_of_desk(session, person_id) if key not in known],
        posts,
        deputies_about(session, person_id, today),
        _lonely(session, person_id, posts, today),
    )


def _keys_of_desk(session: Session, person_id: int) -> list[str]:
    """Of open work that is theirs by name; what they merely took from a post as well."""
    me = person_owner(person_id)
    shared = select(candidates.c.work_item_id).where(candidates.c.owner == me)
    own = or_(open_work.c.owner == me, open_work.c.offered_to == me, open_work.c.id.in_(shared))
    wanted = select(open_work.c.key).where(own).distinct()
    return list(session.scalars(wanted.order_by(open_work.c.key)))


def _lonely(session: Session, person_id: int, posts: Sequence[Post], today: dt.date) -> frozenset[int]:
    behind = holders(session, {post.owner for post in posts}, today)
    alone = [post for post in posts if set(behind[post.owner]) <= {person_id}]
    owners = [post.owner for post in alone]
    owned = select(open_work.c.owner).where(open_work.c.owner.in_(owners))
    waiting = set(session.scalars(owned.distinct()))
    return frozenset(post.id for post in alone if post.owner in waiting)


# -- who may, and to whom ---------------------------------------------------------------------------


def may_hand_over(session: Session, who: int, person_id: int, today: dt.date) -> bool:
    """The person, the leader of their unit, an office in whose area all of their posts lie, an administrator."""
    if who == person_id:
        return True
    mine, theirs = posts_of(session, who, today), posts_ever(session, person_id, today)
    if _keeps_all(mine):
        return True
    units = {post.unit_id for post in theirs if post.unit_id is not None}
    if any(post.role == Role.UNIT_LEADER and post.unit_id in units for post in mine):
        return True
    tops = _paths(session, [post for post in mine if post.role in OFFICES | {Role.ADMIN}])
    places = _paths(session, theirs)
    return bool(places) and any(all(place.startswith(top) for place in places) for top in tops)


def _keeps_all(posts: Sequence[Post]) -> bool:
    """Whether an administrator of the whole installation is among these posts; others keep their area."""
    return any(post.is_installation_wide for post in posts)


def may_move_post(session: Session, who: int, post: Post, today: dt.date) -> bool:
    """An administrator, or an office that stands above the post's area (a town's office for its villages)."""
    mine = posts_of(session, who, today)
    below = _paths(session, [post])
    kept = _paths(session, [entry for entry in mine if entry.role == Role.ADMIN])
    if _keeps_all(mine) or any(place.startswith(top) for place in below for top in kept):
        return True
    if post.person_id == who or post.role in ONLY_LOOK:
        return False
    tops = _paths(session, [entry for entry in mine if entry.role in OFFICES])
    return any(place != top and place.startswith(top) for place in below for top in tops)


def posts_ever(session: Session, person_id: int, today: dt.date) -> list[Post]:
    """The posts a person holds, or held when they hold none any more."""
    posts = posts_of(session, person_id, today)
    return posts or list(session.scalars(select(Post).where(Post.person_id == person_id)))


def _paths(session: Session, posts: Sequence[Post]) -> list[str]:
    units = {post.unit_id for post in posts if not post.area_code and post.unit_id is not None}
    codes = {post.area_code for post in posts if post.area_code}
    of_units = select(Unit.area_code).where(Unit.id.in_(units))
    query = select(Area.path).where(or_(Area.code.in_(codes), Area.code.in_(of_units)))
    return list(session.scalars(query))


def people_under(session: Session, who: int, today: dt.date, text: str, most: int) -> list[Person]:
    """Those whose work somebody may hand over, by name; ``text`` is part of a name or sign-in name."""
    mine = posts_of(session, who, today)
    units = [post.unit_id for post in mine if post.role == Role.UNIT_LEADER and post.unit_id is not None]
    tops = _paths(session, [post for post in mine if post.role in OFFICES | {Role.ADMIN}])
    inside = select(Area.code).where(
        or_(*(Area.path.startswith(top, autoescape=True) for top in tops or ["-"]))
    )
    in_units = select(Unit.id).where(Unit.area_code.in_(inside))
    near = or_(Post.area_code.in_(inside), Post.unit_id.in_(units), Post.unit_id.in_(in_units))
    query = select(Person).where(Person.active)
    if not _keeps_all(mine):
        query = query.where(Person.id.in_(select(Post.person_id).where(near)))
    if text:
        query = query.where(
            or_(Person.name.contains(text, autoescape=True), Person.login.contains(text, autoescape=True))
        )
    rows = session.scalars(query.order_by(Person.name, Person.id).limit(most * 2)).all()
    return [row for row in rows if may_hand_over(session, who, row.id, today)][:most]


def possible_successors(session: Session, person_id: int, today: dt.date) -> dict[int, str]:
    """Colleagues of the unit, and those with a post in the same area or the level above; by name."""
    homes = select(Household.village).where(Household.helper_id == person_id).distinct()
    posts = posts_ever(session, person_id, today)
    found = colleagues(session, person_id, posts, today, session.scalars(homes).all())
    return dict(sorted(found.items(), key=lambda one: (one[1], one[0])))


def open_counts(session: Session, people: Sequence[int]) -> dict[int, int]:
    """How much open work stands on the own desks of many people."""
    owners = [person_owner(person) for person in people]
    query = select(open_work.c.owner, func.count()).where(open_work.c.owner.in_(owners))
    rows = session.execute(query.group_by(open_work.c.owner))
    return {person_in(owner) or 0: count for owner, count in rows}
