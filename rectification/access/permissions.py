"""Who may see what and who may do what: one answer for pages, forms and the API.

Everything follows from the posts a person holds today. What may be seen is a condition in SQL, so that
lists are filtered where they are read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from sqlalchemy import ColumnElement, Select, false, func, or_, select, true
from sqlalchemy.orm import Session

from engine.database import read_once
from engine.engine import WorkItem
from engine.errors import NotAllowed
from engine.host import Actor
from engine.owners import person_in, person_owner
from engine.sql_arrays import in_list
from engine.text import LocalizedText
from engine.worklist.selectables import candidates
from rectification.access.separation_of_duties import check_separation
from rectification.access.ticket_visibility import LEVELS_OF_TICKETS, Place, TicketVisibility, filled
from rectification.campaigns.model import Campaign
from rectification.core.context import ActionContext
from rectification.core.keys import (
    case_key,
    household_key,
    parse_id,
    result_key,
    split_key,
    ticket_key,
    village_key,
)
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.consultation import ensure_answered
from rectification.matters.key_places import named_in
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import Ticket
from rectification.people.deputies import (
    acting_posts,
    own_desks,
    placed_acting_posts,
    stood_in_for,
    stood_in_for_people,
    stood_in_owners,
)
from rectification.people.posts import Post, placed_posts_of_people
from rectification.people.roles import Role
from rectification.places.areas import LEVELS, Area
from rectification.places.units import Unit

VILLAGE_ROLES: Final = frozenset({Role.TEAM_LEAD, Role.VILLAGE_OFFICE})
SUBTREE_ROLES: Final = frozenset(
    {Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE, Role.INSPECTOR, Role.PROCESS_OWNER}
)
"""Roles that see everything in their area and below."""


class WorkItemLike(Protocol):
    """A work item, as far as rights look at it."""

    @property
    def id(self) -> int: ...
    @property
    def instance(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def offered_to(self) -> str: ...


def owners(session: Session, person_id: int, today: dt.date) -> list[str]:
    """The owner strings whose work stands on this person's desk: their own and those they stand in for."""
    return list(
        dict.fromkeys([*own_desks(session, person_id, today), *stood_in_owners(session, person_id, today)])
    )


def visible_tickets(session: Session, person_id: int, today: dt.date) -> ColumnElement[bool]:
    """The tickets a person may see, as a condition on :class:`Ticket`."""
    return or_(*ways_to_tickets(session, person_id, today))


def ways_to_tickets(session: Session, person_id: int, today: dt.date) -> list[ColumnElement[bool]]:
    """Each reason for which a person sees tickets, apart.

    A long list asks one after the other, for an index answers each of them in order and none answers
    their disjunction. A wide area is therefore told as its counties.
    """
    visibility = get_ticket_visibility(session, person_id, today)
    return [filled(way, visibility.values) for way in visibility.ways]


def get_ticket_visibility(session: Session, person_id: int, today: dt.date) -> TicketVisibility:
    """What the posts that a person holds on a day let them see of tickets."""
    return read_once(
        session, ("tickets seen", person_id, today), lambda: _ticket_visibility(session, person_id, today)
    )


def _ticket_visibility(session: Session, person_id: int, today: dt.date) -> TicketVisibility:
    posts = [post.post for post in placed_acting_posts(session, person_id, today)]
    covers = stood_in_for(session, person_id, today)
    return TicketVisibility(
        person_id,
        tuple(post.unit_id for post in posts if post.role == Role.UNIT_LEADER and post.unit_id is not None),
        tuple(post.unit_id for post in posts if post.role == Role.LINE_DEPT and post.unit_id is not None),
        tuple(post.scope for post in posts if post.role in VILLAGE_ROLES),
        tuple(sorted(set(_places(session, _wide(session, person_id, today))))),
        tuple(
            sorted(
                person for person, cover in covers.items() if cover is None or person_owner(person) in cover
            )
        ),
    )


def _wide(session: Session, person_id: int, today: dt.date) -> list[tuple[str, str]]:
    """The path and level of each area of which a person sees everything, the lowest first."""
    posts = placed_acting_posts(session, person_id, today)
    wide = {
        (placed.path, placed.level)
        for placed in posts
        if placed.post.role in SUBTREE_ROLES and placed.path is not None and placed.level is not None
    }
    return sorted(wide, key=lambda area: (LEVELS.index(area[1]), area[0]))


def visible_households(session: Session, person_id: int, today: dt.date) -> ColumnElement[bool]:
    """The households a person may see, as a condition on :class:`Household`."""
    visibility = get_ticket_visibility(session, person_id, today)
    people = (person_id, *visibility.others)
    about = select(Ticket.household_id).where(Ticket.resp_person_id.in_(people))
    columns = {"village": Household.village, "town": Household.town, "county": Household.county}
    return or_(
        Household.helper_id.in_(people),
        Household.id.in_(about),
        Household.village.in_(visibility.villages),
        *(columns[level] == code for level, code in visibility.places),
    )


def visible_villages(session: Session, person_id: int, today: dt.date) -> ColumnElement[bool]:
    """The villages a person may look into, as a condition on :class:`Area`."""
    posts = acting_posts(session, person_id, today)
    own = [post.scope for post in posts if post.role in VILLAGE_ROLES | {Role.HELPER}]
    wide = _wide(session, person_id, today)
    below = [Area.path.startswith(path, autoescape=True) for path, _level in wide]
    return (Area.level == "village") & or_(false(), Area.code.in_(own), *below)


def may_see_village(session: Session, person_id: int, code: str, today: dt.date) -> bool:
    """Whether a person may look into one village."""
    return _holds(session, Area.code == code, visible_villages(session, person_id, today))


def visible_campaigns(session: Session, person_id: int, today: dt.date) -> ColumnElement[bool]:
    """The campaigns with which a person has to do, as a condition on :class:`Campaign`.

    Their area lies in one of the person's, or the other way round; or somebody of the person's desks has work in it.
    An administrator of the installation has to do with all of them.
    """
    posts = acting_posts(session, person_id, today)
    if any(post.is_installation_wide for post in posts):
        return true()
    units = select(Unit.area_code).where(Unit.id.in_([post.unit_id for post in posts if post.unit_id]))
    own = or_(Area.code.in_([post.area_code for post in posts if post.area_code]), Area.code.in_(units))
    paths = session.scalars(select(Area.path).where(own)).all()
    above = {code for path in paths for code in path.strip("/").split("/")}
    below = [Area.path.startswith(path, autoescape=True) for path in paths]
    people = people_behind(owners(session, person_id, today))
    return or_(
        Campaign.area_code.in_(above),
        Campaign.area_code.in_(select(Area.code).where(or_(false(), *below))),
        Campaign.id.in_(select(Household.campaign_id).where(Household.helper_id.in_(people))),
        Campaign.id.in_(select(Ticket.campaign_id).where(Ticket.resp_person_id.in_(people))),
    )


def visible_keys(session: Session, person_id: int, keys: Iterable[str], today: dt.date) -> set[str]:
    """Those of these business keys that a person may see, one statement for each kind."""
    named = named_in(keys)
    visible: set[str] = set()
    if named.get("ticket"):
        condition = visible_tickets(session, person_id, today)
        query = select(Ticket.id).where(in_list(Ticket.id, sorted(named["ticket"])), condition)
        visible |= {ticket_key(number) for number in session.scalars(query)}
    homes = visible_households(session, person_id, today)
    if named.get("household"):
        query = select(Household.id).where(in_list(Household.id, sorted(named["household"])), homes)
        visible |= {household_key(number) for number in session.scalars(query)}
    if named.get("case"):
        query = select(Case.id).join(Household, Household.id == Case.household_id)
        numbers = session.scalars(query.where(in_list(Case.id, sorted(named["case"])), homes))
        visible |= {case_key(number) for number in numbers}
    if named.get("result"):
        query = select(HouseholdResult.id).join(Household, Household.id == HouseholdResult.household_id)
        numbers = session.scalars(query.where(in_list(HouseholdResult.id, sorted(named["result"])), homes))
        visible |= {result_key(number) for number in numbers}
    if named.get("village"):
        condition = visible_villages(session, person_id, today)
        codes = session.scalars(
            select(Area.code).where(in_list(Area.code, sorted(named["village"])), condition)
        )
        visible |= {village_key(code) for code in codes}
    if named.get("unit"):
        visible |= {f"unit:{number}" for number in _units_seen(session, person_id, named["unit"], today)}
    return visible


def posts_by_area(
    session: Session, person_id: int, roles: Collection[str], today: dt.date
) -> dict[str, Post]:
    """The posts of these roles, a person's own and of those for whom they stand in, by the area that each is for.

    The post of an administrator of the installation is for every area that lies in no other.
    """
    posts = [post for post in acting_posts(session, person_id, today) if post.role in roles]
    units = {post.unit_id for post in posts if post.unit_id is not None}
    query = select(Unit.id, Unit.area_code).where(Unit.id.in_(units))
    of_unit: dict[int, str] = dict(session.execute(query).all()) if units else {}
    of_area: dict[str, Post] = {}
    for post in posts:
        if post.is_installation_wide:
            of_area |= {code: of_area.get(code, post) for code in session.scalars(_HIGHEST)}
        else:
            of_area.setdefault(of_unit.get(post.unit_id or 0) or post.area_code or post.scope, post)
    return of_area


_HIGHEST: Final = select(Area.code).where(Area.parent_code.is_(None))


def covering_post(
    session: Session, person_id: int, roles: Collection[str], areas: Iterable[str], today: dt.date
) -> Post | None:
    """A post of one of these roles for one of the areas in which something lies, the person's own first."""
    held = posts_by_area(session, person_id, roles, today)
    posts = [held[code] for code in areas if code in held]
    return min(posts, key=lambda post: post.person_id != person_id, default=None)


def may_see(session: Session, person_id: int, key: str, today: dt.date) -> bool:
    """Whether a person may see what a business key names (``ticket:17``, ``household:5``, ``village:…``).

    ``comments:17`` are the comments on ticket 17.
    """
    question = ("may see", person_id, key, today)
    return read_once(session, question, lambda: _may_see(session, person_id, key, today))


def _may_see(session: Session, person_id: int, key: str, today: dt.date) -> bool:
    kind, name = split_key(key)
    if kind == "village":
        return may_see_village(session, person_id, name, today)
    number = parse_id(name)
    if kind in ("ticket", "comments") and number is not None:
        return _holds(session, Ticket.id == number, visible_tickets(session, person_id, today))
    if kind == "unit" and number is not None:
        return number in _units_seen(session, person_id, {number}, today)
    if kind in _HOMES and number is not None:
        homes = visible_households(session, person_id, today)
        return _holds(session, Household.id.in_(_HOMES[kind](number)), homes)
    return False


_HOMES: Final[Mapping[str, Callable[[int], Select[int]]]] = {
    "household": lambda number: select(Household.id).where(Household.id == number),
    "case": lambda number: select(Case.household_id).where(Case.id == number),
    "result": lambda number: select(HouseholdResult.household_id).where(HouseholdResult.id == number),
}
"""The household of which a business key speaks."""


def _units_seen(session: Session, person_id: int, numbers: Collection[int], today: dt.date) -> set[int]:
    """Those of these units that are a person's own, or work in the area of their office."""
    posts = acting_posts(session, person_id, today)
    own = {post.unit_id for post in posts} | {
        parse_id(post.scope.removeprefix("U")) for post in posts if post.scope.startswith("U")
    }
    tops = tuple(top for top, _level in _wide(session, person_id, today))
    query = select(Unit.id, Area.path).join(Area, Area.code == Unit.area_code)
    rows = session.execute(query.where(in_list(Unit.id, sorted(numbers))))
    return {number for number, path in rows if number in own or path.startswith(tops)}


def viewers_of_ticket(session: Session, people: Collection[int], number: int, today: dt.date) -> set[int]:
    """Those of these people who may see a ticket."""
    stood_in = stood_in_for_people(session, people, today)
    placed_posts_of_people(
        session, {*people, *(person for others in stood_in.values() for person in others)}, today
    )
    ways = {person: or_(*ways_to_tickets(session, person, today)) for person in people}
    columns = [ways[person].label(f"seen_by_{person}") for person in people]
    row = session.execute(select(*columns).where(Ticket.id == number)).one_or_none() if columns else None
    return (
        {person for person, is_seen in zip(people, row, strict=True) if is_seen} if row is not None else set()
    )


def may_take(context: ActionContext, item: WorkItemLike) -> None:
    """Let through whoever the work item stands in front of.

    Raises:
        NotAllowed: it stands on somebody else's desk.
    """
    if context.actor.person is None:
        raise not_yours()
    mine = owners(context.session, context.actor.person, context.today)
    if item.owner in mine:
        return
    if item.owner == "many" and _is_candidate(context.session, item.id, mine):
        return
    raise not_yours()


def may_do(context: ActionContext, item: WorkItem, *, completing: bool = False) -> Actor:
    """Let through whoever may complete the work item now; returns them with whom they do it for.

    Raises:
        NotAllowed: it is somebody else's, or doing it would break the separation of duties.
        DomainError: ``completing``, and others who were asked about it have not answered.
    """
    session, actor = context.session, context.actor
    may_take(context, item)
    if actor.person is None:
        return actor
    other = on_behalf_of(session, actor.person, item, context.today)
    if element := item.properties.get("separate_from"):
        check_separation(session, actor.person, item, element, item.variables, context.today, other)
    if completing:
        ensure_answered(session, item.id)
    return actor if other is None else replace(actor, on_behalf_of=other)


def on_behalf_of(session: Session, person_id: int, item: WorkItemLike, today: dt.date) -> int | None:
    """For whom a person does a work item; None where it is their own.

    What a deputy has taken onto their own desk remains the work of those it was offered to.
    """
    owner = item.owner if item.owner != person_owner(person_id) else item.offered_to
    owners = {owner}
    if owner == "many":
        owners = set(session.scalars(select(candidates.c.owner).where(candidates.c.work_item_id == item.id)))
    if not owners.isdisjoint(own_desks(session, person_id, today)):
        return None
    others = stood_in_owners(session, person_id, today)
    return next((others[other] for other in others if other in owners), None)


def people_behind(desks: Iterable[str]) -> list[int]:
    """The people among owner strings."""
    numbers = (person_in(desk) for desk in desks)
    return [number for number in numbers if number is not None]


def not_yours() -> NotAllowed:
    """The refusal for work that stands on somebody else's desk."""
    return NotAllowed(LocalizedText("这件事项不在您的待办中。", "This work is not on your desk."))


def _is_candidate(session: Session, item_id: int, mine: Sequence[str]) -> bool:
    query = select(candidates.c.owner).where(
        candidates.c.work_item_id == item_id, candidates.c.owner.in_(mine)
    )
    return session.execute(query.limit(1)).first() is not None


def _holds(session: Session, this: ColumnElement[bool], condition: ColumnElement[bool]) -> bool:
    return bool(session.scalar(select(func.count()).where(this, condition)))


def _places(session: Session, wide: Sequence[tuple[str, str]]) -> Iterator[Place]:
    """The areas of these paths and levels, those wider than a county as their counties."""
    wider = [path for path, level in wide if level not in LEVELS_OF_TICKETS]
    yield from ((level, path.strip("/").rsplit("/", 1)[-1]) for path, level in wide if path not in wider)
    if wider:
        within = or_(*(Area.path.startswith(path, autoescape=True) for path in wider))
        query = select(Area.code).where(within, Area.level == "county")
        counties = read_once(session, ("counties", *wider), lambda: session.scalars(query).all())
        yield from (("county", code) for code in counties)
