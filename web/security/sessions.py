"""Server-side sessions: they end when unused, at the latest after two weeks, at once on sign-out."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from web.security.secrets import hashed, new_secret
from web.security.tables import sessions

IDLE = dt.timedelta(hours=24)
LONGEST = dt.timedelta(days=14)
_NOTE_EVERY = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Seat:
    """A live session."""

    token_hash: str
    person: int
    csrf: str
    seen_at: dt.datetime


def open_session(session: Session, person: int, now: dt.datetime) -> str:
    """Begin a session and return the cookie's token, which is written nowhere."""
    token = new_secret()
    session.execute(delete(sessions).where(sessions.c.expires_at < now))
    session.execute(
        insert(sessions),
        {
            "token_hash": hashed(token),
            "person_id": person,
            "csrf": new_secret(),
            "created_at": now,
            "seen_at": now,
            "expires_at": now + LONGEST,
        },
    )
    return token


def find_session(session: Session, token: str, now: dt.datetime) -> Seat | None:
    """The live session of a cookie, if there is one."""
    query = select(sessions).where(sessions.c.token_hash == hashed(token), sessions.c.expires_at > now)
    row = session.execute(query.where(sessions.c.seen_at > now - IDLE)).one_or_none()
    return None if row is None else Seat(row.token_hash, row.person_id, row.csrf, row.seen_at)


def wants_note(seat: Seat, now: dt.datetime) -> bool:
    """Whether it is time to write down that the session is in use."""
    return now - seat.seen_at > _NOTE_EVERY


def note_use(session: Session, seat: Seat, now: dt.datetime) -> None:
    """Write down that the session is in use."""
    session.execute(update(sessions).where(sessions.c.token_hash == seat.token_hash).values(seen_at=now))


def close_session(session: Session, token_hash: str) -> None:
    """Sign out: the cookie is worth nothing from now on."""
    session.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def close_all(session: Session, person: int) -> None:
    """End every session of a person who leaves or whose account is disabled."""
    session.execute(delete(sessions).where(sessions.c.person_id == person))
