"""Posts: a person's role at a unit or in an area, with dates. Rights and desks follow from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    ForeignKey,
    Index,
    Row,
    String,
    and_,
    or_,
    select,
    true,
    tuple_,
)  # fmt: skip
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import read_each
from engine.errors import DomainError
from engine.owners import person_in, person_owner, post_in, post_owner
from engine.sql_arrays import in_list
from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Code, Id, Model
from rectification.people.model import Person, note_accounts
from rectification.people.roles import LEVELS_OF_ROLES, OFFICES, ROLES, Role
from rectification.places.areas import LEVEL_WORDS, Area, Place, get_area, get_place

INSTALLATION: Final = "installation"
"""The scope of the administrator's post for the whole installation (全系统); codes of areas consist of digits."""


class Post(Model):
    """A role that a person holds from one day until another."""

    __tablename__ = "posts"
    __table_args__ = (Index("ix_posts_role", "role", "scope"),)

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    scope: Mapped[Code]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    area_code: Mapped[Code | None] = mapped_column(ForeignKey("areas.code"))
    since: Mapped[dt.date]
    until: Mapped[dt.date | None]

    @property
    def owner(self) -> str:
        """How work items name whoever holds this post."""
        return post_owner(self.role, self.scope)

    @property
    def is_installation_wide(self) -> bool:
        """Whether whoever holds it administers the whole installation (全系统管理员), not one area."""
        return self.role == Role.ADMIN and self.scope == INSTALLATION


def held_on(day: dt.date | BindParameter[dt.date]) -> ColumnElement[bool]:
    """Posts that are held on a day; both ends belong to it."""
    return and_(Post.since <= day, or_(Post.until.is_(None), Post.until >= day))


def posts_of(session: Session, person_id: int, day: dt.date) -> Sequence[Post]:
    """The posts a person holds on a day."""
    return posts_of_people(session, (person_id,), day)[person_id]


def posts_of_people(session: Session, people: Iterable[int], day: dt.date) -> Mapping[int, Sequence[Post]]:
    """The posts that each of these people holds on a day, in one statement."""
    placed = placed_posts_of_people(session, people, day)
    return {person_id: [post.post for post in posts] for person_id, posts in placed.items()}


class PlacedPost(NamedTuple):
    """A post with the path and the level of the area that is its scope; None where that is a unit or the installation."""

    post: Post
    path: str | None
    level: str | None


def placed_posts_of_people(
    session: Session, people: Iterable[int], day: dt.date
) -> Mapping[int, Sequence[PlacedPost]]:
    """The same, each with where it is held."""
    return read_each(session, ("posts", day), people, lambda people: _placed_posts(session, people, day))


def _placed_posts(session: Session, people: Sequence[int], day: dt.date) -> dict[int, list[PlacedPost]]:
    result: dict[int, list[PlacedPost]] = {person_id: [] for person_id in people}
    query = select(Post, Area.path, Area.level).outerjoin(Area, Area.code == Post.scope)
    query = query.where(in_list(Post.person_id, people), held_on(day)).order_by(Post.id)
    for post, path, level in session.execute(query):
        result[post.person_id].append(PlacedPost(post, path, level))
    return result


def wrong_level(role: str, place: Area) -> LocalizedText | None:
    """Why a role cannot be held at an area: it speaks for those of another level."""
    level = LEVELS_OF_ROLES.get(role, place.level)
    if level == place.level:
        return None
    expected, actual, post = LEVEL_WORDS[level], LEVEL_WORDS[place.level], ROLES[role]
    return LocalizedText(
        f"“{post.zh}”只能设在{expected.zh}一级，“{place.name}”属于{actual.zh}一级。",
        f"“{post.en}” is held at a {expected.en}; “{place.name}” is a {actual.en}.",
    )


class LastAdministrator(DomainError):
    """Afterwards nobody would administer the installation."""

    def __init__(self) -> None:
        words = LocalizedText(
            "这是最后一位能登录、任职无截止日期的全系统管理员，请先另设一位。",
            "This is the last administrator of the installation who can sign in and whose post has no last day: name another one first.",
        )
        super().__init__("last_administrator", words)


def administrators(session: Session, day: dt.date) -> list[int]:
    """Those who administer the installation for good: they can sign in, and their post has no last day."""
    query = select(Post.person_id).join(Person, Person.id == Post.person_id)
    query = query.where(Post.role == Role.ADMIN, Post.scope == INSTALLATION, Post.since <= day)
    query = query.where(Post.until.is_(None), Person.active, Person.password_hash.is_not(None))
    return list(session.scalars(query.order_by(Post.id)))


@contextmanager
def keep_an_administrator(session: Session, day: dt.date) -> Iterator[None]:
    """Around whatever ends posts or closes accounts: the last administrator of the installation stays.

    Raises:
        LastAdministrator: there was one before, and none is left.
    """
    held = select(Post.id).where(Post.role == Role.ADMIN, Post.scope == INSTALLATION).order_by(Post.id)
    session.execute(held.with_for_update())  # two who end each other's post do so one after the other
    had = bool(administrators(session, day))
    yield
    session.flush()
    if had and not administrators(session, day):
        raise LastAdministrator


def pass_post(context: ActionContext, post: Post, to: int) -> bool:
    """End a post with yesterday and give it to somebody else (0: to nobody); whether it was still held.

    Raises:
        LastAdministrator: nobody else administers the installation.
    """
    if post.until is not None and post.until < context.today:
        return False
    with keep_an_administrator(context.session, context.today):
        _pass_post(context, post, to)
    return True


def _pass_post(context: ActionContext, post: Post, to: int) -> None:
    post.until = context.today - dt.timedelta(days=1)
    where = {"role": post.role, "scope": post.scope}
    record_event(context, "post_ended", person_owner(post.person_id), **where, person=to or None)
    if to and all(held.owner != post.owner for held in posts_of(context.session, to, context.today)):
        new = Post(person_id=to, role=post.role, scope=post.scope, unit_id=post.unit_id, since=context.today)
        new.area_code = post.area_code
        context.session.add(new)
        record_event(context, "post_given", person_owner(to), **where)


def people_with_posts(
    session: Session, areas: Iterable[str], day: dt.date
) -> list[tuple[Person, list[Post]]]:
    """The active people with a post in one of these areas, each with every post that they hold on a day."""
    here = select(Post.person_id).where(Post.area_code.in_(set(areas)), held_on(day))
    query = select(Person, Post).join(Post, Post.person_id == Person.id).where(Person.active, held_on(day))
    result: dict[Person, list[Post]] = {}
    for person, post in session.execute(query.where(Person.id.in_(here)).order_by(Person.id, Post.id)):
        result.setdefault(person, []).append(post)
    return list(result.items())


def offices(place: Place) -> dict[str, str]:
    """The posts that speak for the areas in which something lies, by level from the lowest."""
    return {level: post_owner(role, getattr(place, level)) for level, role in OFFICES.items()}


def administrators_over(place: Place) -> list[str]:
    """The posts of those who administer the areas in which something lies, the nearest first, the installation last."""
    codes = dict.fromkeys((place.village, place.town, place.county, place.city, INSTALLATION))
    return [post_owner(Role.ADMIN, code) for code in codes]


def city_office(session: Session, code: str) -> str:
    """The post that speaks for the city in which an area lies."""
    return offices(get_place(get_area(session, code).path))["city"]


def holders(session: Session, owners: Iterable[str], day: dt.date) -> dict[str, list[int]]:
    """Who stands behind owner strings: the person named, or the active holders of the post."""
    return _holders(session, owners, day, Person.active.is_(True))


def holders_of_any_account(session: Session, owners: Iterable[str], day: dt.date) -> dict[str, list[int]]:
    """The same with those whose accounts are closed: whoever stands in for them has their desk."""
    return _holders(session, owners, day, true())


def held_by(session: Session, role: str, day: dt.date) -> set[int]:
    """Who holds a role on a day, wherever."""
    return set(session.scalars(select(Post.person_id).where(Post.role == role, held_on(day))))


def _holders(
    session: Session, owners: Iterable[str], day: dt.date, accounts: ColumnElement[bool]
) -> dict[str, list[int]]:
    result = set(owners)
    holders: dict[str, list[int]] = {owner: [] for owner in result}
    pairs = {pair for owner in result if (pair := post_in(owner))}
    for named in result:
        number = person_in(named)
        if number is not None:
            holders[named] = [number]
    rows = _held(session, pairs, day, accounts)
    note_accounts(session, {row.person_id: row.active for row in rows})
    for row in rows:
        holders[post_owner(row.role, row.scope)].append(row.person_id)
    return holders


def _held(
    session: Session, pairs: Collection[tuple[str, str]], day: dt.date, accounts: ColumnElement[bool]
) -> Sequence[Row[str, str, int, bool]]:
    if not pairs:
        return ()
    query = select(Post.role, Post.scope, Post.person_id, Person.active)
    query = query.join(Person, Person.id == Post.person_id)
    query = query.where(tuple_(Post.role, Post.scope).in_(sorted(pairs)), held_on(day), accounts)
    return session.execute(query.order_by(Post.id)).all()
