"""Bad sign-ins are counted by name and address together: guessing is refused, and no stranger locks anybody out."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from engine.errors import DomainError
from engine.text import LocalizedText
from web.security.tables import attempts

WINDOW = dt.timedelta(minutes=15)
MOST_FOR_ONE_NAME = 5
MOST_FROM_ONE_ADDRESS = 60


class TooManyAttempts(DomainError):
    """Wait a while."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            "too_many_attempts",
            LocalizedText(
                "密码错误次数过多，请 15 分钟后再试。",
                "Too many wrong passwords. Please try again in 15 minutes.",
            ),
        )


def refuse_guessing(session: Session, login: str, address: str, now: dt.datetime) -> None:
    """Raise when this name, or this address, failed too often of late."""
    recent = (
        select(func.count())
        .select_from(attempts)
        .where(attempts.c.address == address, attempts.c.at > now - WINDOW)
    )
    for_name = session.execute(recent.where(attempts.c.login == login[:100])).scalar_one()
    if for_name >= MOST_FOR_ONE_NAME or session.execute(recent).scalar_one() >= MOST_FROM_ONE_ADDRESS:
        raise TooManyAttempts


def note_failure(session: Session, login: str, address: str, now: dt.datetime) -> None:
    """Count one bad sign-in, and forget the old ones."""
    session.execute(delete(attempts).where(attempts.c.at < now - 4 * WINDOW))
    session.execute(insert(attempts), {"login": login[:100], "address": address, "at": now})


def forget(session: Session, login: str, address: str) -> None:
    """A good sign-in clears the count."""
    session.execute(delete(attempts).where(attempts.c.login == login[:100], attempts.c.address == address))
