"""The bell: what a person was told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from engine.database import read_once
from notifications import live_updates
from notifications.notices import Notice


def unread(session: Session, person: int) -> int:
    """How many notices are new."""
    return read_once(session, ("unread", person), lambda: _count_new(session, person, ())[0])


def any_new(session: Session, person: int, keys: Sequence[str]) -> bool:
    """Whether something new is about one of these business keys."""
    number, about = _count_new(session, person, keys)
    read_once(session, ("unread", person), lambda: number)
    return about > 0


def _count_new(session: Session, person: int, keys: Sequence[str]) -> tuple[int, int]:
    """How many notices are new, and how many of them are about these business keys."""
    figures = select(func.count(), func.count().filter(Notice.about.in_(keys))).select_from(Notice)
    row = session.execute(figures.where(*_new(person))).one()
    return row[0], row[1]


def _new(person: int, keys: Sequence[str] | None = None) -> list[ColumnElement[bool]]:
    result = [Notice.person_id == person, Notice.read_at.is_(None)]
    return result if keys is None else [*result, Notice.about.in_(keys)]


def notices_of(session: Session, person: int, *, before: int | None, limit: int) -> list[Notice]:
    """What a person was told, the newest first."""
    query = select(Notice).where(Notice.person_id == person)
    if before is not None:
        query = query.where(Notice.id < before)
    return list(session.scalars(query.order_by(Notice.id.desc()).limit(limit)))


def mark_read(session: Session, person: int, now: dt.datetime, keys: Sequence[str] | None = None) -> None:
    """Everything that is new, or what is about these business keys, has been seen."""
    live_updates.note(session, [person])
    session.execute(update(Notice).where(*_new(person, keys)).values(read_at=now))
