"""Delivery: carries queued notices out, at least once, and keeps the proof.

A batch is claimed (given its Message-ID and a lease) in one transaction, sent outside any, and
marked in another. A crash in between sends the same Message-ID again when the lease ends.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.database import Database, rows_of
from notifications import devices, reasons, waiting
from notifications.claiming import Claimed, Sender, claim
from notifications.letters import Channel, Outcome

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
    """Send what is due on every channel this house has; returns the number of letters."""
    sent = 0
    sender = Sender(delivery.public_url, delivery.domain, delivery.zone())
    with database.reading() as session:
        due = {row.channel for row in rows_of(session, waiting.CHANNELS, {"now": now})}
    for name, channel in delivery.channels.items():
        more = name in due
        while more:
            claimed, more = claim(database, sender, name, now)
            if not claimed:
                break
            outcomes = channel.send([one.letter for one in claimed])
            _mark(database, claimed, outcomes, now)
            sent += len(claimed)
            more = more and not any(one.down for one in outcomes)
    return sent


def _mark(
    database: Database, claimed: Sequence[Claimed], outcomes: Sequence[Outcome], now: dt.datetime
) -> None:
    """Letters that fared alike are marked with one statement."""
    sent: list[Claimed] = []
    unsent: dict[_Failed, list[tuple[int, str]]] = defaultdict(list)
    rest: dict[dt.datetime, set[int]] = defaultdict(set)
    gone: set[int] = set()
    for one, outcome in zip(claimed, outcomes, strict=True):
        if outcome.error is None:
            sent.append(one)
            continue
        failed = _failed(one, outcome, now)
        unsent[failed] += [(number, reasons.kept(outcome.error)) for number in one.deliveries]
        if one.outlet is not None and outcome.wait is not None:
            rest[failed.again].add(one.outlet)
        if one.outlet is not None and outcome.gone:
            gone.add(one.outlet)
    outlets = {one.outlet for one in sent if one.outlet is not None}
    with database.writing() as session:
        write = session.connection().execute
        if sent:
            write(
                waiting.SENT, {"numbers": [number for one in sent for number in one.deliveries], "now": now}
            )
        for failed, rows in unsent.items():
            write(waiting.NOT_SENT, {"rows": rows, **failed._asdict()})
        for again, resting in rest.items():
            write(waiting.REST, {"numbers": sorted(resting), "again": again})
        if outlets:
            devices.reached(session, outlets, now)
        for outlet in gone:
            devices.forget(session, outlet, reasons.DEVICE_GONE)


class _Failed(NamedTuple):
    """What becomes of a letter that was not taken."""

    became: str
    again: dt.datetime
    tried: int


def _failed(one: Claimed, outcome: Outcome, now: dt.datetime) -> _Failed:
    if outcome.wait is not None:
        return _Failed("failed", now + outcome.wait, tried=0)
    dead = outcome.permanent or one.attempts >= len(RETRIES)
    return _Failed("dead" if dead else "failed", now + RETRIES[min(one.attempts, len(RETRIES) - 1)], tried=1)
