"""Claiming: what is due through one channel, put together into letters and leased to whoever sends them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select, text, tuple_, update
from sqlalchemy.orm import Session

from notifications.letters import Letter, Line, compose
from notifications.notices import Delivery, Notice, readers
from notifications.outlets import Outlet
from notifications.preferences import Habit, Peace
from notifications.robots import EVERY
from notifications.wording import Wording, wordings

LEASE: Final = dt.timedelta(minutes=10)
AT_ONCE: Final = 200
"""Letters in one conversation with a channel."""
_TURN: Final = text("SELECT pg_advisory_xact_lock(4714050)")
"""PostgreSQL: one claims at a time, so that no two make two letters of what belongs in one."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What every letter of this house carries."""

    public_url: str
    domain: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter, and the deliveries that travel in it."""

    letter: Letter
    deliveries: tuple[int, ...]
    outlet: int | None


def anything_due(session: Session, channel: str, now: dt.datetime) -> bool:
    """Whether a claim would find something."""
    wanted = select(Delivery.id).outerjoin(Outlet).where(_due(channel, now)).limit(1)
    return session.execute(wanted).first() is not None


def claim(session: Session, sender: Sender, channel: str, now: dt.datetime) -> list[Claimed]:
    """One letter for each address, however many notices are due to it; repeats travel as they did before."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_TURN)
    due = _details(session, channel, now)
    held = _hold_back(session, due, sender.zone, now)
    texts = wordings(session)
    going = sorted((row for row in due if row.id not in held), key=_group)
    found = [_claimed(session, sender, texts, list(rows), now) for _, rows in groupby(going, key=_group)]
    outlets = {one.outlet for one in found} - {None}
    if outlets:
        session.execute(update(Outlet).where(Outlet.id.in_(outlets)).values(next_at=now + EVERY))
    return found


def _due(channel: str, now: dt.datetime) -> ColumnElement[bool]:
    return and_(
        Delivery.state.in_(("queued", "failed")),
        Delivery.next_try_at <= now,
        Delivery.channel == channel,
        or_(Outlet.next_at.is_(None), Outlet.next_at <= now),
    )


def _details(session: Session, channel: str, now: dt.datetime) -> Sequence[Any]:
    """Everything that is due to those who have waited longest."""
    place = (Delivery.address, func.coalesce(Delivery.outlet_id, 0))
    first = select(*place).outerjoin(Outlet).where(_due(channel, now)).group_by(*place)
    places = session.execute(first.order_by(func.min(Delivery.next_try_at)).limit(AT_ONCE)).all()
    wanted = (
        select(
            Delivery.id, Delivery.address, Delivery.outlet_id, Delivery.digest_key, Delivery.message_id,
            Notice.words_zh, Notice.words_en, Notice.link, Notice.kind, Notice.urgent, Notice.person_id, Notice.at,
            readers.c.name, readers.c.language, Habit.person_id.label("habit"), Habit.quiet_from, Habit.quiet_until,
            Habit.digest_at, Outlet.address.label("outlet_address"), Outlet.secret, Outlet.language.label("spoken"),
        )
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(readers, readers.c.id == Notice.person_id)
        .outerjoin(Habit, Habit.person_id == Notice.person_id)
        .outerjoin(Outlet, Outlet.id == Delivery.outlet_id)
        .where(_due(channel, now), tuple_(*place).in_([tuple(one) for one in places]))
        .order_by(Delivery.id)
    )  # fmt: skip
    return session.execute(wanted).all() if places else ()


def _hold_back(session: Session, due: Sequence[Any], zone: ZoneInfo, now: dt.datetime) -> set[int]:
    """What its reader wants later; and without a wish, what comes after the digest of today was sent."""
    peace, later = Peace(zone), defaultdict(list)
    for row in due:
        until = peace.until(row, now)
        if until is not None:
            later[until].append(row.id)
    for until, numbers in later.items():
        session.execute(update(Delivery).where(Delivery.id.in_(numbers)).values(next_try_at=until))
    held = {number for numbers in later.values() for number in numbers}
    plain = [row for row in due if row.habit is None and row.digest_key and not row.message_id]
    return held | _after_todays(session, plain, now)


def _after_todays(session: Session, rows: Sequence[Any], now: dt.datetime) -> set[int]:
    keys = {row.digest_key for row in rows}
    if not keys:
        return set()
    sent = set(
        session.scalars(
            select(Delivery.digest_key)
            .where(Delivery.digest_key.in_(keys), Delivery.state == "sent")
            .distinct()
        )
    )
    late = {row.id: row.digest_key for row in rows if row.digest_key in sent}
    tomorrow = now + dt.timedelta(days=1)
    for key in set(late.values()):
        head, _, _ = key.rpartition(":")
        values = {
            "digest_key": f"{head}:{tomorrow:%Y-%m-%d}",
            "next_try_at": tomorrow.replace(hour=0, minute=0, second=0),
        }
        numbers = [number for number, own in late.items() if own == key]
        session.execute(update(Delivery).where(Delivery.id.in_(numbers)).values(**values))
    return set(late)


def _group(row: Any) -> str:
    """Rows that travelled together before stay together; the others share one letter an address."""
    if row.message_id:
        return f"repeat.{row.message_id}"
    return f"outlet.{row.outlet_id}" if row.outlet_id else f"mail.{row.person_id}.{row.address}"


def _claimed(
    session: Session, sender: Sender, texts: dict[str, Wording], rows: Sequence[Any], now: dt.datetime
) -> Claimed:
    first, numbers = rows[0], tuple(row.id for row in rows)
    identity = first.message_id or f"<delivery.{first.id}@{sender.domain}>"
    marked = update(Delivery).where(Delivery.id.in_(numbers))
    session.execute(marked.values(message_id=identity, next_try_at=now + LEASE))
    language = first.spoken or first.language
    lines = list(_lines(sender, rows, language))
    letter = compose(identity, first.address, first.name, texts[language], lines)
    if first.outlet_id is None:
        return Claimed(letter, numbers, None)
    return Claimed(letter.through(first.outlet_address, first.secret), numbers, first.outlet_id)


def _lines(sender: Sender, rows: Iterable[Any], language: str) -> Iterable[Line]:
    for row in rows:
        words = row.words_en if language == "en" else row.words_zh
        yield Line(words, sender.public_url + row.link, row.name if row.spoken else "", row.kind, row.urgent)
