"""Delivery: carries queued notices out, at least once, and keeps the proof.

A batch is claimed (given its Message-ID and a lease) in one transaction, sent outside any, and
marked in another. A crash in between sends the same Message-ID again when the lease ends.
Channels run beside each other, so that none waits for another's slow servers.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.database import Database, rows_of
from notifications import devices, reasons, waiting
from notifications.claiming import Broken, Claimed, ScopesOf, Sender, claim, nobodys_scopes
from notifications.outgoing_messages import Channel, DeliveryOutcome, OutgoingMessage

logger = logging.getLogger("huitoukan.mail")

RETRIES = tuple(dt.timedelta(minutes=m) for m in (1, 5, 25, 120, 360, *(720,) * 8))
"""Five days: a server that is away over a holiday loses nothing."""


def _utc() -> ZoneInfo:
    return ZoneInfo("UTC")


@dataclass(frozen=True)
class DeliveryChannels:
    """The channels of this installation by name, the address with which links begin, and the zone of quiet hours."""

    channels: dict[str, Channel] = field(default_factory=dict)
    public_url: str = ""
    domain: str = "huitoukan"
    services: tuple[str, ...] = ()
    """What an endpoint for Apprise may name."""
    zone: Callable[[], ZoneInfo] = _utc
    scopes_of: ScopesOf = nobodys_scopes
    """Where each reader is, for the wording that is in force there."""


class Rounds:
    """Carries channels out beside each other: none waits for another's slow servers."""

    def __init__(self, database: Database, delivery: DeliveryChannels) -> None:
        self._database = database
        self._delivery = delivery
        self._threads = ThreadPoolExecutor(max(1, len(delivery.channels)), "delivery")
        self._running: dict[str, Future[int]] = {}

    def begin(self, now: dt.datetime) -> list[Future[int]]:
        """Begin a round on every channel that has something due and is in none."""
        with self._database.reading() as session:
            due = {row.channel for row in rows_of(session, waiting.CHANNELS, {"now": now})}
        known = self._delivery.channels
        names = [
            channel
            for channel in known
            if channel in due and (channel not in self._running or self._running[channel].done())
        ]
        if not names:
            return []
        application = self._delivery
        sender = Sender(application.public_url, application.domain, application.zone(), application.scopes_of)
        begun = {
            name: self._threads.submit(_round, self._database, sender, name, known[name], now)
            for name in names
        }
        self._running |= begun
        return list(begun.values())

    def wait(self) -> None:
        """Until the rounds at hand are over."""
        for task in self._running.values():
            task.result()

    def close(self) -> None:
        """End after the rounds at hand."""
        self._threads.shutdown()


def deliver_due(database: Database, delivery: DeliveryChannels, now: dt.datetime) -> int:
    """Send what is due on every channel this installation has; returns the number of letters."""
    rounds = Rounds(database, delivery)
    try:
        return sum(task.result() for task in rounds.begin(now))
    finally:
        rounds.close()


def _round(database: Database, sender: Sender, name: str, channel: Channel, now: dt.datetime) -> int:
    """One channel's round; what stops it is logged, and it begins again with the next."""
    try:
        return _deliver(database, sender, name, channel, now)
    except Exception:
        logger.exception("the channel %s stopped", name)
        return 0


def _deliver(database: Database, sender: Sender, name: str, channel: Channel, now: dt.datetime) -> int:
    sent, more = 0, True
    while more:
        claimed, broken, more = claim(database, sender, name, now)
        if not claimed and not broken:
            break
        outcomes = _send(channel, [claim.letter for claim in claimed])
        marked = _mark_all(database, claimed, outcomes, broken, now)
        sent += len(claimed)
        more = more and marked and not any(outcome.down for outcome in outcomes)
    return sent


def _send(channel: Channel, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
    """Send a batch; where the channel itself fails over it, each letter goes alone, under its own identity still."""
    try:
        outcomes = channel.send(letters)
        if len(outcomes) == len(letters):
            return outcomes
        fault: Exception = ValueError(f"{len(outcomes)} outcomes of {len(letters)} letters")
    except Exception as failure:  # whatever a channel raises, the letters beside it are sent
        fault = failure
    if len(letters) == 1:
        logger.error("%s could not be sent", letters[0].message_id, exc_info=fault)
        return [DeliveryOutcome(reasons.failed(fault))]
    return [outcome for letter in letters for outcome in _send(channel, [letter])]


def _mark_all(
    database: Database,
    claimed: Sequence[Claimed],
    outcomes: Sequence[DeliveryOutcome],
    broken: Sequence[Broken],
    now: dt.datetime,
) -> bool:
    """Mark a batch at once, or where that fails each letter by itself; whether everything could be marked.

    What could not keeps its lease and is repeated under the same identity.
    """
    try:
        _mark(database, claimed, outcomes, broken, now)
        return True
    except Exception:
        logger.exception("a batch could not be marked as a whole")
    complete = True
    alone: list[tuple[list[Claimed], list[DeliveryOutcome], list[Broken]]]
    alone = [([element], [outcome], []) for element, outcome in zip(claimed, outcomes, strict=True)]
    alone += [([], [], [failure]) for failure in broken]
    for letters, fates, failures in alone:
        try:
            _mark(database, letters, fates, failures, now)
        except Exception:
            logger.exception("a letter could not be marked")
            complete = False
    return complete


def _mark(
    database: Database,
    claimed: Sequence[Claimed],
    outcomes: Sequence[DeliveryOutcome],
    broken: Sequence[Broken],
    now: dt.datetime,
) -> None:
    """Letters that fared alike are marked with one statement."""
    sent: list[Claimed] = []
    unsent: dict[_Failed, list[tuple[int, str]]] = defaultdict(list)
    rest: dict[dt.datetime, set[int]] = defaultdict(set)
    gone: set[int] = set()
    for element, outcome in zip(claimed, outcomes, strict=True):
        if outcome.error is None:
            sent.append(element)
            continue
        failed = _failed(element.attempts, outcome, now)
        unsent[failed] += [(number, reasons.kept(outcome.error)) for number in element.deliveries]
        if element.endpoint is not None and outcome.wait is not None:
            rest[failed.again].add(element.endpoint)
        if element.endpoint is not None and outcome.gone:
            gone.add(element.endpoint)
    for failure in broken:
        failed = _failed(failure.attempts, DeliveryOutcome(failure.why), now)
        unsent[failed].append((failure.id, reasons.kept(failure.why)))
    alone = [failure.id for failure in broken if failure.alone]
    endpoints = {success.endpoint for success in sent if success.endpoint is not None}
    with database.writing() as session:
        write = session.connection().execute
        if sent:
            write(
                waiting.SENT,
                {"numbers": [number for success in sent for number in success.deliveries], "now": now},
            )
        for failed, rows in unsent.items():
            write(waiting.NOT_SENT, {"rows": rows, **failed._asdict()})
        if alone:
            write(waiting.ALONE, {"numbers": alone})
        for again, resting in rest.items():
            write(waiting.REST, {"numbers": sorted(resting), "again": again})
        if endpoints:
            devices.reached(session, endpoints, now)
        for endpoint in gone:
            devices.forget(session, endpoint, reasons.DEVICE_GONE)


class _Failed(NamedTuple):
    """What becomes of a letter that was not taken."""

    became: str
    again: dt.datetime
    tried: int


def _failed(attempts: int, outcome: DeliveryOutcome, now: dt.datetime) -> _Failed:
    if outcome.wait is not None:
        return _Failed("failed", now + outcome.wait, tried=0)
    dead = outcome.permanent or attempts >= len(RETRIES)
    return _Failed("dead" if dead else "failed", now + RETRIES[min(attempts, len(RETRIES) - 1)], tried=1)
