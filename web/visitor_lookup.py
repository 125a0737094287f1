"""From a person's number to a visitor: name, language, posts, and the desks that follow from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.people.deputies import acting_posts, stood_in_owners
from rectification.people.model import Person, names_of
from rectification.people.posts import Post, posts_of
from rectification.people.roles import ROLES
from rectification.places.areas import Area
from rectification.places.units import Unit
from web.current_user import CurrentUser


def visitor_of(session: Session, number: int, today: dt.date) -> CurrentUser | None:
    """Who signs in under this number; nobody when the account is closed."""
    person = session.get(Person, number)
    if person is None or not person.active:
        return None
    posts = posts_of(session, number, today)
    others = stood_in_owners(session, number, today)
    acting = acting_posts(session, number, today)
    names = names_of(session, others.values())
    return CurrentUser(
        person=number,
        name=person.name,
        language="en" if person.language == "en" else "zh",
        roles=frozenset(post.role for post in acting),
        owners=tuple(dict.fromkeys([f"person:{number}", *(post.owner for post in posts), *others])),
        stands_in={owner: names[who] for owner, who in others.items()},
        posts=tuple(_labels(session, posts)),
    )


def post_words(session: Session, number: int, today: dt.date) -> list[tuple[Post, LocalizedText]]:
    """The posts a person holds on a day, each as it is called."""
    return _named(session, posts_of(session, number, today))


def _labels(session: Session, posts: Sequence[Post]) -> list[LocalizedText]:
    return list(dict.fromkeys(words for _post, words in _named(session, posts)))


def _named(session: Session, posts: Sequence[Post]) -> list[tuple[Post, LocalizedText]]:
    areas = dict(
        session.execute(
            select(Area.code, Area.name).where(Area.code.in_([p.area_code for p in posts if p.area_code]))
        ).all()
    )
    units = dict(
        session.execute(
            select(Unit.id, Unit.name).where(Unit.id.in_([p.unit_id for p in posts if p.unit_id]))
        ).all()
    )
    result = []
    for post in posts:
        if post.is_installation_wide:
            result.append((post, LocalizedText("全系统管理员", "Administrator of the installation")))
            continue
        place = units.get(post.unit_id or 0) or areas.get(post.area_code or "") or ""
        role = ROLES.get(post.role, LocalizedText(post.role, post.role))
        result.append(
            (post, LocalizedText(f"{place} {role.zh}".strip(), f"{role.en}, {place}" if place else role.en))
        )
    return result
