"""The outbox: what people are told stands here before the change that causes it is committed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Insert, String, and_, case, cast, insert, literal, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.words import Words
from notifications import bell
from notifications.notices import Delivery, Notice, readers
from notifications.outlets import Outlet
from notifications.preferences import Preference, matter_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing to tell one person. The same ``dedupe`` is told once, whoever tells it.

    Without ``mail`` it is told in the app alone. What ``must`` be told comes by mail whatever the reader prefers.
    """

    person_id: int
    kind: str
    about: str
    words: Words
    link: str
    level: int = 0
    urgent: bool = False
    dedupe: str | None = None
    mail: bool = True
    must: bool = False


def tell(
    session: Session,
    person_id: int,
    *,
    kind: str,
    about: str,
    words: Words,
    link: str,
    now: dt.datetime,
    urgent: bool = False,
    dedupe: str | None = None,
    level: int = 0,
) -> None:
    """Tell one person something, in the caller's transaction."""
    tell_many(session, [Telling(person_id, kind, about, words, link, level, urgent, dedupe)], now)


def tell_many(session: Session, rows: Sequence[Telling], now: dt.datetime) -> int:
    """Tell many people many things at once; returns how many notices are new."""
    new = 0
    for mail, must in ((True, True), (True, False), (False, True), (False, False)):
        some = [one for one in rows if one.mail is mail and one.must is must]
        for first in range(0, len(some), _AT_ONCE):
            new += _tell(session, some[first : first + _AT_ONCE], now, outside=mail or must, must=must)
    return new


def _tell(session: Session, rows: Sequence[Telling], now: dt.datetime, *, outside: bool, must: bool) -> int:
    added = _adding(session, [one.dedupe for one in rows])
    numbers = list(session.scalars(added.returning(Notice.id), [_notice(one, now) for one in rows]))
    bell.note(session, {one.person_id for one in rows} if numbers else ())
    if numbers and outside:
        session.execute(_mails(numbers, now, must))
        session.execute(_to_outlets(numbers, now))
    return len(numbers)


def _adding(session: Session, keys: Sequence[str | None]) -> Any:
    if not any(keys):
        return insert(Notice)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(Notice).on_conflict_do_nothing(index_elements=["dedupe"])


def _notice(one: Telling, now: dt.datetime) -> dict[str, Any]:
    return {
        "person_id": one.person_id,
        "at": now,
        "kind": one.kind,
        "about": one.about,
        "words_zh": one.words.zh,
        "words_en": one.words.en,
        "link": one.link,
        "level": one.level,
        "urgent": one.urgent,
        "dedupe": one.dedupe,
    }


def _mails(numbers: Sequence[int], now: dt.datetime, must: bool) -> Insert:
    """A mail for each notice whose reader has an address and wants it so; those that are not urgent share one a day."""
    shared = literal("mail:") + cast(Notice.person_id, String) + literal(f":{now:%Y-%m-%d}")
    columns = ["notice_id", "channel", "address", *_QUEUED]
    found = (
        select(Notice.id, literal("mail"), readers.c.email, *_queued(now, shared))
        .join(readers, readers.c.id == Notice.person_id)
        .outerjoin(Preference, _preferred())
        .where(Notice.id.in_(numbers), readers.c.active, readers.c.email.is_not(None), readers.c.email != "")
    )
    if not must:
        found = found.where(or_(Preference.mail.is_(None), Preference.mail))
    return insert(Delivery).from_select(columns, found)


def _to_outlets(numbers: Sequence[int], now: dt.datetime) -> Insert:
    """A message for each notice whose reader has chosen an outlet for its matter."""
    shared = literal("outlet:") + cast(Notice.person_id, String) + literal(f":{now:%Y-%m-%d}")
    columns = ["notice_id", "channel", "address", "outlet_id", *_QUEUED]
    found = (
        select(Notice.id, Outlet.kind, Outlet.name, Outlet.id, *_queued(now, shared))
        .join(readers, readers.c.id == Notice.person_id)
        .join(Preference, _preferred())
        .join(Outlet, Outlet.id == Preference.outlet_id)
        .where(Notice.id.in_(numbers), readers.c.active, Outlet.active)
    )
    return insert(Delivery).from_select(columns, found)


_QUEUED: Final = ("state", "attempts", "next_try_at", "digest_key")


def _queued(now: dt.datetime, shared: ColumnElement[str]) -> tuple[ColumnElement[Any], ...]:
    at = literal(now, Delivery.next_try_at.type)
    return literal("queued"), literal(0), at, case((Notice.urgent, None), else_=shared)


def _preferred() -> ColumnElement[bool]:
    return and_(Preference.person_id == Notice.person_id, Preference.matter == matter_of())
