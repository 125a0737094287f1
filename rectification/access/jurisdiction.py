"""Whose deliveries somebody looks after: an office, and an administrator of an area, those of its people."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from rectification.people.deputies import acting_posts
from rectification.people.model import Person
from rectification.people.posts import Post, held_on
from rectification.people.roles import Role
from rectification.places.areas import Area
from rectification.places.units import Unit

_OFFICES = frozenset({Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE})


def people_of(session: Session, person_id: int, day: dt.date) -> ColumnElement[bool]:
    """Which people are this person's to look after, as a condition on :class:`Person`."""
    posts = acting_posts(session, person_id, day)
    if any(post.is_installation_wide for post in posts):
        return true()
    paths = [
        path
        for (path,) in session.execute(
            select(Area.path).where(Area.code.in_(offices_of(session, person_id, day)))
        )
    ]
    if not paths:
        return false()
    below = or_(*(Area.path.startswith(path, autoescape=True) for path in paths))
    areas = select(Area.code).where(below)
    units = select(Unit.id).where(Unit.area_code.in_(areas))
    here = or_(Post.area_code.in_(areas), Post.unit_id.in_(units))
    return Person.id.in_(select(Post.person_id).where(here, held_on(day)))


def offices_of(session: Session, person_id: int, day: dt.date) -> list[str]:
    """The areas whose office (or administrator) this person is."""
    posts = acting_posts(session, person_id, day)
    return sorted(
        {post.area_code for post in posts if post.area_code and post.role in _OFFICES | {Role.ADMIN}}
    )


def areas_around(session: Session, person_id: int, day: dt.date) -> list[str]:
    """The areas of this person's posts and units, and all that those lie in."""
    posts = acting_posts(session, person_id, day)
    units = select(Unit.area_code).where(Unit.id.in_([post.unit_id for post in posts if post.unit_id]))
    codes = {post.area_code for post in posts if post.area_code} | set(session.scalars(units))
    paths = session.scalars(select(Area.path).where(Area.code.in_(codes)))
    return sorted({code for path in paths for code in path.strip("/").split("/")})
