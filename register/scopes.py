"""Where definitions are in force: in their owner's area and below; the installation's (those that ship) everywhere.

A scope (适用范围) is the code of an area, or empty for the installation. The nearest one upwards wins.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.world import Values
from register.areas import LEVELS, Area, areas_above
from register.belonging import area_of
from register.campaigns import Campaign
from register.deputies import acting_posts
from register.keys import number_in
from register.posts import UNIT_ROLES, Post, held_on, posts_of
from register.whereabouts import whereabouts

INSTALLATION: Final = ""


def scope_of(session: Session, key: str, variables: Mapping[str, Any]) -> str:
    """The area that variables name, else in which lies what the key names, else that of the campaign."""
    named = area_of(variables)
    if named is not None:
        return named
    found = whereabouts(session, [key])
    if key in found:
        return found[key].place.village
    number = number_in(str(variables.get("campaign") or ""))
    one = session.get(Campaign, number) if number is not None else None
    return one.area_code if one is not None else INSTALLATION


def scopes_above(session: Session, scope: str) -> Sequence[str]:
    """The scopes that are in force in one, the nearest first, the installation's last."""
    return (*areas_above(session, scope), INSTALLATION) if scope else (INSTALLATION,)


def begins_with(session: Session, scope: str, others: Collection[str]) -> Values:
    """What an instance knows that the clock starts for a scope: its area by level, and the areas that start their own."""
    apart = [one for one in others if one and scope in scopes_above(session, one)]
    found: Values = {"areas_apart": sorted(apart)}
    one = session.get(Area, scope) if scope else None
    if one is not None:
        found |= dict(zip(LEVELS, one.path.strip("/").split("/"), strict=False))
    return found


def scopes_of_people(session: Session, people: Collection[int], day: dt.date) -> dict[int, Sequence[str]]:
    """The scopes that are in force for each of some people, by the post that they have held for longest."""
    where = func.coalesce(Post.area_code, Post.scope)
    held = select(Post.person_id, Area.path).join(Area, Area.code == where)
    rows = session.execute(held.where(Post.person_id.in_(people), held_on(day)).order_by(Post.id.desc()))
    return {person: (*path.strip("/").split("/")[::-1], INSTALLATION) for person, path in rows}


class Owner:
    """Whoever answers for some areas: what is owned there or below is theirs."""

    def __init__(self, session: Session, areas: Iterable[str]) -> None:
        self._session = session
        self.areas = tuple(dict.fromkeys(areas))
        self._above: dict[str, Sequence[str]] = {}

    def _scopes_above(self, scope: str) -> Sequence[str]:
        if scope not in self._above:
            self._above[scope] = scopes_above(self._session, scope)
        return self._above[scope]

    def owns(self, scope: str) -> bool:
        """Whether a scope lies in one of their areas."""
        return any(one in self.areas for one in self._scopes_above(scope))

    def goes_by(self, scope: str) -> bool:
        """Whether what is in force in a scope concerns them: it holds in one of their areas, or they own it."""
        return any(scope in self._scopes_above(one) for one in self.areas) or self.owns(scope)

    def places_in(self, scope: str) -> list[str]:
        """What they own of a scope: their areas inside it; the whole of it where it lies in one of theirs."""
        if self.owns(scope):
            return [scope]
        return [one for one in self.areas if scope in self._scopes_above(one)]


def owner_with(
    session: Session, person_id: int, roles: Collection[str], day: dt.date, *, in_person: bool = False
) -> Owner:
    """What somebody owns by the posts of certain roles that they hold on a day; the installation's is for all areas.

    So does whoever stands in for them, unless it is to be done ``in_person``: what takes a second person is.
    """
    found = (posts_of if in_person else acting_posts)(session, person_id, day)
    posts = [post for post in found if post.role in roles]
    return Owner(session, [area for post in posts if (area := _area_of(post)) is not None])


def _area_of(post: Post) -> str | None:
    """The scope for which a post is held; the area of its unit where it is held there."""
    if post.is_installation_wide:
        return INSTALLATION
    return post.area_code if post.role in UNIT_ROLES else post.area_code or post.scope or None
