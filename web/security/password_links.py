"""One-time links by which somebody sets their own password: the first one, or another when it is lost.

A link ends when it was used, when another one is made for the same person, and after a week. It is short
enough to be typed from paper: 100 random bits in 20 signs, none of which looks like another.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.orm import Session

from web.security.secrets import hashed
from web.security.tables import password_links

LIFE: Final = dt.timedelta(days=7)
PATH: Final = "/sign-in/link/"
_SIGNS: Final = "23456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 20
_GROUP: Final = 5


def make_link(session: Session, person: int, now: dt.datetime) -> str:
    """The path of a new link for a person; it is kept nowhere, and an earlier one is worth nothing any more."""
    return make_links(session, [person], now)[person]


def make_links(session: Session, people: Iterable[int], now: dt.datetime) -> dict[int, str]:
    """The same for several people."""
    codes = {person: "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for person in people}
    if not codes:
        return {}
    session.execute(delete(password_links).where(password_links.c.expires_at <= now))
    session.execute(delete(password_links).where(password_links.c.person_id.in_(codes)))
    rows = [
        {"code_hash": hashed(code), "person_id": person, "expires_at": now + LIFE}
        for person, code in codes.items()
    ]
    session.execute(insert(password_links), rows)
    return {person: PATH + _grouped(code) for person, code in codes.items()}


def person_of_code(session: Session, code: str, now: dt.datetime) -> int | None:
    """For whom a link is, while it is valid."""
    query = select(password_links.c.person_id).where(*_valid(code, now))
    return session.execute(query).scalar_one_or_none()


def use_link(session: Session, code: str, now: dt.datetime) -> int | None:
    """The same, and the link is used up: of two who come at once one finds it gone."""
    used = delete(password_links).where(*_valid(code, now)).returning(password_links.c.person_id)
    return session.execute(used).scalar_one_or_none()


def forget_link(session: Session, person: int) -> None:
    """Let a person's link be worth nothing any more."""
    session.execute(delete(password_links).where(password_links.c.person_id == person))


def _valid(code: str, now: dt.datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    plain = code.replace("-", "").replace(" ", "").lower()
    return password_links.c.code_hash == hashed(plain), password_links.c.expires_at > now


def _grouped(code: str) -> str:
    return "-".join(code[place : place + _GROUP] for place in range(0, _LENGTH, _GROUP))
