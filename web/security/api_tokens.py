"""Personal tokens for programs that speak to the API as their owner."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.orm import Session

from web.security.secrets import hashed, new_secret
from web.security.tables import api_tokens

LIFE = dt.timedelta(days=365)
_NOTE_EVERY = dt.timedelta(minutes=5)


def create_token(session: Session, person: int, name: str, now: dt.datetime) -> str:
    """A new token; this is the only time that it can be read."""
    token = new_secret("htk_")
    row = {"token_hash": hashed(token), "person_id": person, "name": name[:100] or "API", "revoked": False}
    session.execute(insert(api_tokens), {**row, "created_at": now, "expires_at": now + LIFE})
    return token


def owner_of(session: Session, token: str, now: dt.datetime) -> int | None:
    """Whose token it is, while it is valid."""
    live = (
        api_tokens.c.token_hash == hashed(token),
        api_tokens.c.revoked.is_(False),
        api_tokens.c.expires_at > now,
    )
    return session.execute(select(api_tokens.c.person_id).where(*live)).scalar_one_or_none()


def note_use(session: Session, token: str, now: dt.datetime) -> None:
    """Write down when the token was last used, now and then."""
    stale = api_tokens.c.used_at.is_(None) | (api_tokens.c.used_at < now - _NOTE_EVERY)
    session.execute(
        update(api_tokens).where(api_tokens.c.token_hash == hashed(token), stale).values(used_at=now)
    )


def tokens_of(session: Session, person: int) -> list[Row[Any]]:
    """A person's tokens that are not revoked, the newest first."""
    wanted = select(api_tokens).where(api_tokens.c.person_id == person, api_tokens.c.revoked.is_(False))
    return list(session.execute(wanted.order_by(api_tokens.c.id.desc())).all())


def revoke(session: Session, person: int, number: int) -> None:
    """Make one's own token worthless."""
    own = (api_tokens.c.id == number, api_tokens.c.person_id == person)
    session.execute(update(api_tokens).where(*own).values(revoked=True))
