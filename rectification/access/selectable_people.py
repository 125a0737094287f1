"""Whom somebody may choose by name, for a question or a copy: people near the chooser, and near what it is about.

Near is a post in an area of the chooser's posts or below, at an area in which one of them lies, or at one of their units;
and a post at an area in which lies what it is about. Nobody finds people of another county by typing names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Final

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from engine.database import read_once
from engine.text import LocalizedText
from rectification.matters.key_places import place_of_key
from rectification.people.deputies import acting_posts
from rectification.people.model import Person
from rectification.people.posts import Post, held_on
from rectification.people.roles import UNIT_ROLES
from rectification.places.areas import Area
from rectification.places.units import Unit

_PLACE: Final = case(
    (
        Post.role.in_(UNIT_ROLES),
        func.coalesce(
            Post.area_code, select(Unit.area_code).where(Unit.id == Post.unit_id).scalar_subquery()
        ),
    ),
    else_=Post.scope,
)
"""Where a post is held: its area, or that of its unit."""

ELSEWHERE: Final = LocalizedText(
    "所选人员不在您和这件事项所属的区划，请重新选择。",
    "Somebody chosen works neither in your areas nor where this lies; choose again.",
)


def choosable(session: Session, chooser: int, today: dt.date, about: str = "") -> ColumnElement[bool]:
    """Those with a post whom somebody may choose, as a condition on :class:`Person`; ``about`` is a business key."""
    question = ("choosable", chooser, today, about)
    return read_once(session, question, lambda: _choosable(session, chooser, today, about))


def _choosable(session: Session, chooser: int, today: dt.date, about: str) -> ColumnElement[bool]:
    posts = acting_posts(session, chooser, today)
    if any(post.is_installation_wide for post in posts):
        return Person.id.in_(select(Post.person_id).where(held_on(today)))
    mine = select(_PLACE).where(Post.id.in_([post.id for post in posts]))
    paths = session.scalars(select(Area.path).where(Area.code.in_(mine))).all()
    around = {code for path in paths for code in path.strip("/").split("/")}
    place = place_of_key(session, about) if about else None
    around.update(place.areas if place is not None else ())
    below = (Area.path.startswith(path, autoescape=True) for path in paths)
    inside = select(Area.code).where(or_(Area.code.in_(around), *below))
    units = [post.unit_id for post in posts if post.unit_id is not None]
    near = or_(_PLACE.in_(inside), Post.unit_id.in_(units))
    return Person.id.in_(select(Post.person_id).where(held_on(today), near))


def not_elsewhere(session: Session, chooser: int, today: dt.date, about: str = "") -> ColumnElement[bool]:
    """The same with those who hold no post at all: they are found nowhere, and belong nowhere else."""
    posted = select(Post.person_id).where(held_on(today))
    return or_(choosable(session, chooser, today, about), Person.id.not_in(posted))


def are_elsewhere(
    session: Session, chooser: int, people: Collection[int], today: dt.date, about: str
) -> bool:
    """Whether somebody is among these people whom the chooser may not choose."""
    may = not_elsewhere(session, chooser, today, about)
    query = select(Person.id).where(Person.id.in_(people), ~may)
    return session.scalars(query.limit(1)).first() is not None
