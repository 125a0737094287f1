"""What hangs on one person: tickets, households, work on their desk, posts, deputies. Who may pass it on, and to whom."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from engine.database import read_each
from engine.owners import person_in, person_owner
from engine.sql_arrays import in_list
from engine.worklist.selectables import candidates, open_work
from rectification.core.keys import case_key, household_key, ticket_key
from rectification.handover.naming_deputies import ONLY_LOOK, colleagues
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.status import GOING_ON
from rectification.matters.ticket import Ticket
from rectification.people.deputies import Deputy, deputies_about
from rectification.people.model import Person
from rectification.people.posts import Post, holders, posts_of, posts_of_people
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
    query = select(open_work.c.key).where(own).distinct()
    return list(session.scalars(query.order_by(open_work.c.key)))


def _lonely(session: Session, person_id: int, posts: Sequence[Post], today: dt.date) -> frozenset[int]:
    behind = holders(session, {post.owner for post in posts}, today)
    alone = [post for post in posts if set(behind[post.owner]) <= {person_id}]
    owners = [post.owner for post in alone]
    owned = select(open_work.c.owner).where(open_work.c.owner.in_(owners))
    waiting = set(session.scalars(owned.distinct()))
    return frozenset(post.id for post in alone if post.owner in waiting)


# -- who may, and to whom ---------------------------------------------------------------------------


def may_hand_over(session: Session, person: int, person_id: int, today: dt.date) -> bool:
    """The person, the leader of their unit, an office in whose area all of their posts lie, an administrator."""
    return person == person_id or person_id in _handed_over_by(session, person, [person_id], today)


def _handed_over_by(session: Session, person: int, people: Sequence[int], today: dt.date) -> set[int]:
    """Those of these people whose work somebody may hand over."""
    mine = posts_of(session, person, today)
    if _keeps_all(mine):
        return set(people)
    theirs = _posts_ever(session, people, today)
    units = {post.unit_id for post in mine if post.role == Role.UNIT_LEADER and post.unit_id is not None}
    tops = _paths(session, [post for post in mine if post.role in OFFICES | {Role.ADMIN}]).values()
    paths = _paths(session, [post for posts in theirs.values() for post in posts])
    result = set()
    for person_id, posts in theirs.items():
        places = [paths[post.id] for post in posts if post.id in paths]
        inside = bool(places) and any(all(place.startswith(top) for place in places) for top in tops)
        if person_id == person or inside or any(post.unit_id in units for post in posts):
            result.add(person_id)
    return result


def _keeps_all(posts: Sequence[Post]) -> bool:
    """Whether an administrator of the whole installation is among these posts; others keep their area."""
    return any(post.is_installation_wide for post in posts)


def may_move_post(session: Session, person: int, post: Post, today: dt.date) -> bool:
    """An administrator, or an office that stands above the post's area (a town's office for its villages)."""
    return post.id in posts_moved_by(session, person, [post], today)


def posts_moved_by(session: Session, person: int, posts: Sequence[Post], today: dt.date) -> set[int]:
    """Those of these posts that somebody may give to others, by number."""
    mine = posts_of(session, person, today)
    if _keeps_all(mine):
        return {post.id for post in posts}
    paths = _paths(session, [*posts, *mine])
    kept = [paths[post.id] for post in mine if post.role == Role.ADMIN and post.id in paths]
    tops = [paths[post.id] for post in mine if post.role in OFFICES and post.id in paths]
    result = set()
    for post in posts:
        place = paths.get(post.id, "")
        others = post.person_id != person and post.role not in ONLY_LOOK
        above = others and any(place != top and place.startswith(top) for top in tops)
        if above or any(place.startswith(top) for top in kept):
            result.add(post.id)
    return result


def posts_ever(session: Session, person_id: int, today: dt.date) -> Sequence[Post]:
    """The posts a person holds, or held when they hold none any more."""
    return _posts_ever(session, (person_id,), today)[person_id]


def _posts_ever(session: Session, people: Sequence[int], today: dt.date) -> dict[int, Sequence[Post]]:
    held = posts_of_people(session, people, today)
    without = [person_id for person_id in people if not held[person_id]]
    query = select(Post).where(in_list(Post.person_id, without)).order_by(Post.id)
    former: dict[int, list[Post]] = defaultdict(list)
    for post in session.scalars(query) if without else ():
        former[post.person_id].append(post)
    return {person_id: posts or former[person_id] for person_id, posts in held.items()}


def _paths(session: Session, posts: Sequence[Post]) -> dict[int, str]:
    """The path of the area in which each of these posts lies, or its unit does, by the number of the post."""
    numbers = [post.id for post in posts]
    known = read_each(session, "paths of posts", numbers, lambda numbers: _read_paths(session, numbers))
    return {number: path for number, path in known.items() if path is not None}


def _read_paths(session: Session, numbers: Sequence[int]) -> dict[int, str | None]:
    query = select(Post.id, Area.path).where(in_list(Post.id, numbers))
    query = query.outerjoin(Unit, Unit.id == Post.unit_id)
    query = query.join(Area, Area.code == func.coalesce(Post.area_code, Unit.area_code))
    return {**dict.fromkeys(numbers), **dict(session.execute(query).all())}


def people_under(session: Session, person: int, today: dt.date, text: str, most: int) -> list[Person]:
    """Those whose work somebody may hand over, by name; ``text`` is part of a name or sign-in name."""
    mine = posts_of(session, person, today)
    units = [post.unit_id for post in mine if post.role == Role.UNIT_LEADER and post.unit_id is not None]
    tops = _paths(session, [post for post in mine if post.role in OFFICES | {Role.ADMIN}]).values()
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
    handed = _handed_over_by(session, person, [row.id for row in rows], today)
    return [row for row in rows if row.id in handed][:most]


def possible_successors(session: Session, person_id: int, today: dt.date) -> dict[int, str]:
    """Colleagues of the unit, and those with a post in the same area or the level above; by name."""
    homes = select(Household.village).where(Household.helper_id == person_id).distinct()
    posts = posts_ever(session, person_id, today)
    people = colleagues(session, person_id, posts, today, session.scalars(homes).all())
    return dict(sorted(people.items(), key=lambda person: (person[1], person[0])))


def open_counts(session: Session, people: Sequence[int]) -> dict[int, int]:
    """How much open work stands on the own desks of many people."""
    owners = [person_owner(person) for person in people]
    query = select(open_work.c.owner, func.count()).where(open_work.c.owner.in_(owners))
    rows = session.execute(query.group_by(open_work.c.owner))
    return {person_in(owner) or 0: count for owner, count in rows}
