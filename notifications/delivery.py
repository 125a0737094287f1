"""Delivery: carries queued notices out, at least once, and keeps the proof.

A batch is claimed (given its Message-ID and a lease) in one transaction, sent outside any, and
marked in another. A crash in between sends the same Message-ID again when the lease ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.database import Database
from notifications.letters import Channel, Letter, Line, Outcome, compose
from notifications.notices import Delivery as DeliveryRow
from notifications.notices import Notice, readers

LEASE = dt.timedelta(minutes=10)
BATCH = 200
"""Letters in one conversation with a channel."""
RETRIES = tuple(dt.timedelta(minutes=m) for m in (1, 5, 25, 120, 360, 720))


@dataclass(frozen=True)
class Delivery:
    """The channels of this house by name, and the address with which links begin."""

    channels: dict[str, Channel] = field(default_factory=dict)
    public_url: str = ""
    domain: str = "huitoukan"


def deliver_due(database: Database, delivery: Delivery, now: dt.datetime) -> int:
    """Send everything that is due on every channel this house has; returns the number of letters."""
    sent = 0
    for name, channel in delivery.channels.items():
        while True:
            with database.reading() as session:
                if not _due(session, name, now, 1):
                    break
            with database.writing() as session:
                letters, rows = _claim(session, delivery, name, now)
            if not letters:
                break
            outcomes = channel.send(letters)
            with database.writing() as session:
                _mark(session, rows, outcomes, now)
            sent += len(letters)
    return sent


def _due(session: Session, channel: str, now: dt.datetime, limit: int) -> list[Any]:
    wanted = (
        select(DeliveryRow.id, DeliveryRow.digest_key, DeliveryRow.message_id)
        .where(
            DeliveryRow.state.in_(("queued", "failed")),
            DeliveryRow.next_try_at <= now,
            DeliveryRow.channel == channel,
        )
        .order_by(DeliveryRow.next_try_at, DeliveryRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(session.execute(wanted))


def _claim(
    session: Session, delivery: Delivery, channel: str, now: dt.datetime
) -> tuple[list[Letter], list[list[int]]]:
    """Group what is due into letters: one for each digest, one for each urgent notice."""
    due = _due(session, channel, now, BATCH)
    held = _hold_back(session, due, now)
    numbers = [row.id for row in due if row.id not in held]
    letters: list[Letter] = []
    members: list[list[int]] = []
    for _, group in groupby(sorted(_details(session, numbers), key=_group), key=_group):
        rows = list(group)
        first = rows[0]
        identity = first.message_id or f"<delivery.{first.id}@{delivery.domain}>"
        session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id.in_([r.id for r in rows]))
            .values(message_id=identity, next_try_at=now + LEASE)
        )
        lines = [
            Line(row.words_en if row.language == "en" else row.words_zh, delivery.public_url + row.link)
            for row in rows
        ]
        letters.append(compose(identity, first.address, first.name, first.language, lines))
        members.append([row.id for row in rows])
    return letters, members


def _hold_back(session: Session, due: Sequence[Any], now: dt.datetime) -> set[int]:
    """One digest a person and day: what comes after today's was sent waits for tomorrow's."""
    keys = {row.digest_key for row in due if row.digest_key and not row.message_id}
    if not keys:
        return set()
    sent = set(
        session.scalars(
            select(DeliveryRow.digest_key)
            .where(DeliveryRow.digest_key.in_(keys), DeliveryRow.state == "sent")
            .distinct()
        )
    )
    late = {row.id: row.digest_key for row in due if row.digest_key in sent and not row.message_id}
    tomorrow = now + dt.timedelta(days=1)
    for key in set(late.values()):
        head, _, _ = key.rpartition(":")
        numbers = [number for number, own in late.items() if own == key]
        values = {
            "digest_key": f"{head}:{tomorrow:%Y-%m-%d}",
            "next_try_at": tomorrow.replace(hour=0, minute=0, second=0),
        }
        session.execute(update(DeliveryRow).where(DeliveryRow.id.in_(numbers)).values(**values))
    return set(late)


def _details(session: Session, numbers: Sequence[int]) -> Sequence[Any]:
    wanted = (
        select(
            DeliveryRow.id, DeliveryRow.address, DeliveryRow.digest_key, DeliveryRow.message_id,
            Notice.words_zh, Notice.words_en, Notice.link, Notice.person_id, readers.c.name, readers.c.language,
        )
        .join(Notice, Notice.id == DeliveryRow.notice_id)
        .join(readers, readers.c.id == Notice.person_id)
        .where(DeliveryRow.id.in_(numbers))
        .order_by(DeliveryRow.id)
    )  # fmt: skip
    return session.execute(wanted).all()


def _group(row: Any) -> str:
    """Rows that travelled together before stay together; digests of one key travel together."""
    if row.message_id:
        return str(row.message_id)
    return f"digest.{row.digest_key}.{row.address}" if row.digest_key else f"notice.{row.id}"


def _mark(
    session: Session, members: Sequence[Sequence[int]], outcomes: Sequence[Outcome], now: dt.datetime
) -> None:
    for numbers, outcome in zip(members, outcomes, strict=True):
        change = update(DeliveryRow).where(DeliveryRow.id.in_(numbers))
        if outcome.error is None:
            session.execute(
                change.values(state="sent", sent_at=now, attempts=DeliveryRow.attempts + 1, last_error=None)
            )
            continue
        attempts = _attempts(session, numbers)
        dead = outcome.permanent or attempts >= len(RETRIES)
        again = now + RETRIES[min(attempts, len(RETRIES) - 1)]
        session.execute(
            change.values(
                state="dead" if dead else "failed",
                next_try_at=again,
                attempts=attempts + 1,
                last_error=outcome.error,
            )
        )


def _attempts(session: Session, numbers: Sequence[int]) -> int:
    return session.execute(select(DeliveryRow.attempts).where(DeliveryRow.id == numbers[0])).scalar_one()
