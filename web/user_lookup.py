"""From a person's number to a user: name, language, posts, and the desks that follow from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.owners import person_owner
from engine.sql_arrays import in_list
from engine.text import LocalizedText
from rectification.people.deputies import acting_posts, stood_in_owners
from rectification.people.model import Person, names_of
from rectification.people.posts import Post, posts_of, posts_of_people
from rectification.people.roles import ROLES
from rectification.places.areas import Area
from rectification.places.units import Unit
from web.current_user import CurrentUser


def user_of(session: Session, number: int, today: dt.date) -> CurrentUser | None:
    """Who signs in under this number; nobody when the account is closed."""
    person = session.get(Person, number)
    if person is None or not person.active:
        return None
    acting = acting_posts(session, number, today)
    others = stood_in_owners(session, number, today)
    posts = posts_of(session, number, today)
    names = names_of(session, others.values())
    return CurrentUser(
        person=number,
        name=person.name,
        language="en" if person.language == "en" else "zh",
        roles=frozenset(post.role for post in acting),
        owners=tuple(dict.fromkeys([person_owner(number), *(post.owner for post in posts), *others])),
        stands_in={owner: names[person] for owner, person in others.items()},
        posts=tuple(dict.fromkeys(_words(session, posts).values())),
    )


def post_words(session: Session, number: int, today: dt.date) -> list[tuple[Post, LocalizedText]]:
    """The posts a person holds on a day, each as it is called."""
    return post_words_of_people(session, (number,), today)[number]


def post_words_of_people(
    session: Session, people: Iterable[int], today: dt.date
) -> dict[int, list[tuple[Post, LocalizedText]]]:
    """The posts that each of these people holds on a day, each as it is called."""
    held = posts_of_people(session, people, today)
    words = _words(session, [post for posts in held.values() for post in posts])
    return {number: [(post, words[post.id]) for post in posts] for number, posts in held.items()}


def _words(session: Session, posts: Sequence[Post]) -> dict[int, LocalizedText]:
    query = select(Post.id, Unit.name, Area.name).where(in_list(Post.id, [post.id for post in posts]))
    query = query.outerjoin(Unit, Unit.id == Post.unit_id).outerjoin(Area, Area.code == Post.area_code)
    places = {number: unit or area or "" for number, unit, area in session.execute(query)} if posts else {}
    return {post.id: _said(post, places.get(post.id, "")) for post in posts}


def _said(post: Post, place: str) -> LocalizedText:
    if post.is_installation_wide:
        return LocalizedText("全系统管理员", "Administrator of the installation")
    role = ROLES.get(post.role, LocalizedText(post.role, post.role))
    return LocalizedText(f"{place} {role.zh}".strip(), f"{role.en}, {place}" if place else role.en)
