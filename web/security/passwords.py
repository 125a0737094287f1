"""Passwords: argon2id with 19 MiB, two passes, one lane; two checks at a time."""

from __future__ import annotations

import datetime as dt
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.errors import WrongValues
from engine.host import Actor
from engine.owners import person_owner
from engine.text import LocalizedText
from rectification.people.model import get_person, person_by_login
from web.security.api_tokens import revoke_all
from web.security.password_links import forget_link
from web.security.sessions import close_all

SHORTEST = 8
LONGEST = 128
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_two_at_a_time = threading.BoundedSemaphore(2)
_nobody = _hasher.hash("nobody has this password")


def set_password(session: Session, number: int, password: str, actor: Actor, now: dt.datetime) -> None:
    """Give a person a password; whatever signs in as them until now does so no more.

    Raises:
        WrongValues: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        zh, en = (
            f"密码需要 {SHORTEST} 到 {LONGEST} 个字符。",
            f"A password has {SHORTEST} to {LONGEST} characters.",
        )
        raise WrongValues({"password": LocalizedText(zh, en)})
    get_person(session, number).password_hash = _hash(password)
    end_sign_ins(session, number)
    record(session, actor, now, "password_set", person_owner(number))


def end_sign_ins(session: Session, number: int) -> None:
    """End every session and API token of a person, and the link by which they might set a password."""
    close_all(session, number)
    revoke_all(session, number)
    forget_link(session, number)


def _hash(password: str) -> str:
    with _two_at_a_time:
        return _hasher.hash(password)


def stored(session: Session, login: str) -> tuple[int, str] | None:
    """The person behind a sign-in name and the hash of the password."""
    person = person_by_login(session, login)
    return None if person is None or person.password_hash is None else (person.id, person.password_hash)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is right; takes as long when nobody has the name."""
    with _two_at_a_time:
        try:
            return _hasher.verify(password_hash or _nobody, password[:LONGEST]) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
