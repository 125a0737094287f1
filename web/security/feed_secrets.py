"""The secret address of somebody's calendar: whoever knows it reads their deadlines and nothing else."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from web.security.secrets import hashed, new_secret
from web.security.tables import calendar_feeds


def new_address(session: Session, person: int, now: dt.datetime) -> str:
    """A new secret; the one before is worth nothing from now on. It can be read this once."""
    forget(session, person)
    secret = new_secret()
    session.execute(
        insert(calendar_feeds), {"person_id": person, "secret_hash": hashed(secret), "made_at": now}
    )
    return secret


def forget(session: Session, person: int) -> None:
    """No address any more."""
    session.execute(delete(calendar_feeds).where(calendar_feeds.c.person_id == person))


def whose(session: Session, secret: str) -> int | None:
    """The person behind a secret."""
    query = select(calendar_feeds.c.person_id).where(calendar_feeds.c.secret_hash == hashed(secret))
    return session.execute(query).scalar_one_or_none()


def made_at(session: Session, person: int) -> dt.datetime | None:
    """Since when somebody has an address."""
    query = select(calendar_feeds.c.made_at).where(calendar_feeds.c.person_id == person)
    return session.execute(query).scalar_one_or_none()
