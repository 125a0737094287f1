"""Personal tokens for programs that speak to the API as their owner."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A live token."""

    id: int
    person: int
    used_at: dt.datetime | None

    def wants_note(self, now: dt.datetime) -> bool:
        """Whether it is time to write down that the token is in use."""
        return self.used_at is None or now - self.used_at > _NOTE_EVERY


def find_token(session: Session, token: str, now: dt.datetime) -> ApiToken | None:
    """The token behind its text, while it is valid."""
    live = (
        api_tokens.c.token_hash == hashed(token),
        api_tokens.c.revoked.is_(False),
        api_tokens.c.expires_at > now,
    )
    row = session.execute(select(api_tokens).where(*live)).one_or_none()
    return None if row is None else ApiToken(row.id, row.person_id, row.used_at)


def note_use(session: Session, token: ApiToken, now: dt.datetime) -> None:
    """Write down that the token is in use."""
    session.execute(update(api_tokens).where(api_tokens.c.id == token.id).values(used_at=now))


def tokens_of(session: Session, person: int) -> list[Row[Any]]:
    """A person's tokens that are not revoked, the newest first."""
    query = select(api_tokens).where(api_tokens.c.person_id == person, api_tokens.c.revoked.is_(False))
    return list(session.execute(query.order_by(api_tokens.c.id.desc())).all())


def revoke(session: Session, person: int, number: int) -> None:
    """Make one's own token worthless."""
    own = (api_tokens.c.id == number, api_tokens.c.person_id == person)
    session.execute(update(api_tokens).where(*own).values(revoked=True))


def revoke_all(session: Session, person: int) -> None:
    """Make every token of a person worthless."""
    session.execute(update(api_tokens).where(api_tokens.c.person_id == person).values(revoked=True))
