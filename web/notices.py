"""The bell: what a person was told."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from notifications import bell
from notifications.notices import Notice


def unread(session: Session, person: int) -> int:
    """How many notices are new."""
    wanted = (
        select(func.count()).select_from(Notice).where(Notice.person_id == person, Notice.read_at.is_(None))
    )
    return session.execute(wanted).scalar_one()


def notices_of(session: Session, person: int, *, before: int | None, limit: int) -> list[Notice]:
    """What a person was told, the newest first."""
    wanted = select(Notice).where(Notice.person_id == person)
    if before is not None:
        wanted = wanted.where(Notice.id < before)
    return list(session.scalars(wanted.order_by(Notice.id.desc()).limit(limit)))


def mark_read(session: Session, person: int, now: dt.datetime) -> None:
    """Everything that is new has been seen."""
    bell.note(session, [person])
    session.execute(
        update(Notice).where(Notice.person_id == person, Notice.read_at.is_(None)).values(read_at=now)
    )
