"""Sign-in links for the people of a demo. On a real database they open nothing."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from web.security.secrets import hashed, new_secret
from web.security.tables import demo_links


def create_demo_link(session: Session, person: int) -> str:
    """The path of a sign-in link for a demo person; earlier links of that person end."""
    token = new_secret()
    session.execute(delete(demo_links).where(demo_links.c.person_id == person))
    session.execute(insert(demo_links), {"token_hash": hashed(token), "person_id": person})
    return f"/sign-in/demo/{token}"


def person_of_link(session: Session, token: str) -> int | None:
    """The demo person behind a link."""
    return session.execute(
        select(demo_links.c.person_id).where(demo_links.c.token_hash == hashed(token))
    ).scalar_one_or_none()
