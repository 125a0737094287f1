"""The bell: what a person was told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from notifications import bell
from notifications.notices import Notice


def unread(session: Session, person: int) -> int:
    """How many notices are new."""
    wanted = select(func.count()).select_from(Notice).where(*_new(person))
    return session.execute(wanted).scalar_one()


def any_new(session: Session, person: int, keys: Sequence[str]) -> bool:
    """Whether something new is about one of these business keys."""
    wanted = select(Notice.id).where(*_new(person, keys))
    return session.execute(wanted.limit(1)).first() is not None


def _new(person: int, keys: Sequence[str] | None = None) -> list[ColumnElement[bool]]:
    found = [Notice.person_id == person, Notice.read_at.is_(None)]
    return found if keys is None else [*found, Notice.about.in_(keys)]


def notices_of(session: Session, person: int, *, before: int | None, limit: int) -> list[Notice]:
    """What a person was told, the newest first."""
    wanted = select(Notice).where(Notice.person_id == person)
    if before is not None:
        wanted = wanted.where(Notice.id < before)
    return list(session.scalars(wanted.order_by(Notice.id.desc()).limit(limit)))


def mark_read(session: Session, person: int, now: dt.datetime, keys: Sequence[str] | None = None) -> None:
    """Everything that is new, or what is about these business keys, has been seen."""
    bell.note(session, [person])
    session.execute(update(Notice).where(*_new(person, keys)).values(read_at=now))
