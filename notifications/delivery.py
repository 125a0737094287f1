"""Delivery: carries queued notices out, at least once, and keeps the proof.

A batch is claimed (given its Message-ID and a lease) in one transaction, sent outside any, and
marked in another. A crash in between sends the same Message-ID again when the lease ends.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.database import Database
from notifications import devices
from notifications.claiming import Claimed, Sender, anything_due, claim
from notifications.letters import Channel, Outcome
from notifications.notices import Delivery as DeliveryRow
from notifications.outlets import Outlet

RETRIES = tuple(dt.timedelta(minutes=m) for m in (1, 5, 25, 120, 360, *(720,) * 8))
"""Five days: a server that is away over a holiday loses nothing."""


def _utc() -> ZoneInfo:
    return ZoneInfo("UTC")


@dataclass(frozen=True)
class Delivery:
    """The channels of this house by name, the address with which links begin, and the zone of quiet hours."""

    channels: dict[str, Channel] = field(default_factory=dict)
    public_url: str = ""
    domain: str = "huitoukan"
    services: tuple[str, ...] = ()
    """What an outlet for Apprise may name."""
    zone: Callable[[], ZoneInfo] = _utc


def deliver_due(database: Database, delivery: Delivery, now: dt.datetime) -> int:
    """Send everything that is due on every channel this house has; returns the number of letters."""
    sent = 0
    sender = Sender(delivery.public_url, delivery.domain, delivery.zone())
    for name, channel in delivery.channels.items():
        while True:
            with database.reading() as session:
                if not anything_due(session, name, now):
                    break
            with database.writing() as session:
                claimed = claim(session, sender, name, now)
            if not claimed:
                break
            outcomes = channel.send([one.letter for one in claimed])
            with database.writing() as session:
                _mark(session, claimed, outcomes, now)
            sent += len(claimed)
            if any(one.down for one in outcomes):
                break
    return sent


def _mark(
    session: Session, claimed: Sequence[Claimed], outcomes: Sequence[Outcome], now: dt.datetime
) -> None:
    for one, outcome in zip(claimed, outcomes, strict=True):
        change = update(DeliveryRow).where(DeliveryRow.id.in_(one.deliveries))
        attempts = _attempts(session, one.deliveries)
        if outcome.error is None:
            session.execute(change.values(state="sent", sent_at=now, attempts=attempts + 1, last_error=None))
            if one.outlet is not None:
                devices.reached(session, one.outlet, now)
        elif outcome.wait is not None:
            again = now + outcome.wait
            session.execute(change.values(state="failed", next_try_at=again, last_error=outcome.error))
            session.execute(update(Outlet).where(Outlet.id == one.outlet).values(next_at=again))
        else:
            dead = outcome.permanent or attempts >= len(RETRIES)
            again = now + RETRIES[min(attempts, len(RETRIES) - 1)]
            state = {"state": "dead" if dead else "failed", "next_try_at": again}
            session.execute(change.values(**state, attempts=attempts + 1, last_error=outcome.error))
            if outcome.gone:
                devices.forget(session, one.outlet, "the device is gone")


def _attempts(session: Session, numbers: Sequence[int]) -> int:
    return session.execute(select(DeliveryRow.attempts).where(DeliveryRow.id == numbers[0])).scalar_one()
