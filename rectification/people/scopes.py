"""The scopes that people answer for, and those that are in force for them, by their posts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from rectification.people.deputies import acting_posts
from rectification.people.posts import Post, held_on, posts_of
from rectification.people.roles import UNIT_ROLES
from rectification.places.areas import Area
from rectification.places.scopes import INSTALLATION, Owner


def scopes_of_people(session: Session, people: Collection[int], day: dt.date) -> dict[int, Sequence[str]]:
    """The scopes that are in force for each of some people, by the post that they have held for longest."""
    where = func.coalesce(Post.area_code, Post.scope)
    held = select(Post.person_id, Area.path).join(Area, Area.code == where)
    rows = session.execute(held.where(Post.person_id.in_(people), held_on(day)).order_by(Post.id.desc()))
    return {person: (*path.strip("/").split("/")[::-1], INSTALLATION) for person, path in rows}


def owner_with(
    session: Session, person_id: int, roles: Collection[str], day: dt.date, *, in_person: bool = False
) -> Owner:
    """What somebody owns by the posts of certain roles that they hold on a day; the installation's is for all areas.

    So does whoever stands in for them, unless it is to be done ``in_person``: what takes a second person is.
    """
    held = (posts_of if in_person else acting_posts)(session, person_id, day)
    posts = [post for post in held if post.role in roles]
    return Owner(session, [area for post in posts if (area := _area_of(post)) is not None])


def _area_of(post: Post) -> str | None:
    """The scope for which a post is held; the area of its unit where it is held there."""
    if post.is_installation_wide:
        return INSTALLATION
    return post.area_code if post.role in UNIT_ROLES else post.area_code or post.scope or None
