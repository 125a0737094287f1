"""Claiming: what is due through one channel, put together into letters and leased to whoever sends them.

Where only one may write at a time, it is looked for and put together before the turn: others wait for the writing alone.
Whatever goes wrong over one delivery harms that one alone: it stands among the broken ones, and the others go out.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from engine.audit.chain import ChainHead, get_head
from engine.database import Database, rows_of
from engine.text import Language, LocalizedText
from notifications import reasons, waiting
from notifications.chat_bots import EVERY
from notifications.outgoing_messages import MessageLine, OutgoingMessage, compose
from notifications.preferences import Peace
from notifications.wording import Wording, Wordings

logger = logging.getLogger("huitoukan.mail")

LEASE: Final = dt.timedelta(minutes=10)
AT_ONCE: Final = 200
"""Addresses in one conversation with a channel."""
NOTICES: Final = 1000
"""After so many notices no further address is added: writing more of them holds up those who submit meanwhile."""
_TURN: Final = text("SELECT pg_advisory_xact_lock(4714050)")
"""PostgreSQL: one claims at a time, so that no two make two letters of what belongs in one."""


ScopesOf = Callable[[Session, Collection[int]], Mapping[int, Sequence[str]]]
"""The scopes whose wording applies to each of some people, the nearest first."""


def nobodys_scopes(_session: Session, _people: Collection[int]) -> Mapping[int, Sequence[str]]:
    """Everybody reads the wording of the installation."""
    return {}


@dataclass(frozen=True, slots=True)
class Sender:
    """What every letter of this installation carries."""

    public_url: str
    domain: str
    zone: ZoneInfo
    scopes_of: ScopesOf = nobodys_scopes


class Texts:
    """The words around each letter: those that are in force where its reader is."""

    def __init__(self, session: Session, sender: Sender, due: Sequence[Row[Any]]) -> None:
        self._wordings = Wordings(session)
        readers = {row.person_id for row in due} if self._wordings.scoped else set()
        self._scopes = sender.scopes_of(session, readers) if readers else {}

    def of(self, row: Row[Any], language: Language) -> Wording:
        """The words for whoever a delivery goes to."""
        return self._wordings.of(language, self._scopes.get(row.person_id, ("",)))


class Claimed(NamedTuple):
    """A letter, and the deliveries that travel in it."""

    letter: OutgoingMessage
    deliveries: tuple[int, ...]
    endpoint: int | None
    attempts: int
    """How often it was tried before."""


class Broken(NamedTuple):
    """A delivery that could not be put into a letter, and why."""

    id: int
    attempts: int
    why: LocalizedText
    alone: bool = False
    """The letter goes without it: under the identity of that one it would be taken for a repeat."""


class Claim(NamedTuple):
    """Letters to send now, what failed before it could be sent, and whether more may be due than one conversation carries."""

    letters: Sequence[Claimed]
    broken: Sequence[Broken]
    more: bool


def claim(database: Database, sender: Sender, channel: str, now: dt.datetime) -> Claim:
    """One letter for each address, however many notices are due to it; repeats travel as they did before.

    Addresses at which an earlier try failed are claimed by themselves, when nothing else is due.
    """
    batch = _taken(database, sender, channel, now)
    letters: list[Claimed] = []
    broken = list(batch.broken)
    for identity, rows in batch.letters.items():
        letter, failures = _claimed(sender, batch, identity, rows)
        letters += [letter] if letter is not None else []
        broken += failures
    return Claim(letters, broken, batch.more)


def _taken(database: Database, sender: Sender, channel: str, now: dt.datetime) -> _Batch:
    if database.is_sqlite:
        with database.reading() as session:
            batch = _look(session, sender, channel, now)
        if not batch.due:
            return batch
        with database.writing() as session:
            if _unchanged(session, batch, now):
                return _keep(session, batch, now)
    with database.writing() as session:
        if not database.is_sqlite:
            session.execute(_TURN)
        return _keep(session, _look(session, sender, channel, now), now)


class _Batch(NamedTuple):
    """What a look at everything that is due found."""

    due: Sequence[Row[Any]]
    letters: Mapping[str, Sequence[Row[Any]]]
    """By their Message-ID."""
    later: Mapping[dt.datetime, Sequence[int]]
    """What its reader wants at another time."""
    joining: Mapping[dt.datetime, Sequence[tuple[int, str]]]
    """What joins the digest of today or tomorrow, with that digest's key."""
    broken: Sequence[Broken]
    texts: Texts
    head: ChainHead | None
    """The audit chain's, which daily letters carry outside."""
    more: bool


def _look(session: Session, sender: Sender, channel: str, now: dt.datetime) -> _Batch:
    limits = {"places": AT_ONCE, "notices": NOTICES}
    due = rows_of(session, waiting.DUE, {"channel": channel, "now": now, **limits})
    places = {(row.address, row.endpoint_id) for row in due}
    more = len(places) >= AT_ONCE or len(due) >= NOTICES
    if fresh := [row for row in due if not row.slow]:
        more, due = more or len(fresh) < len(due), fresh
    going, later, broken = _restricted(due, Peace(sender.zone), now)
    joining = _joining(session, going, now)
    held = {number for until, rows in joining.items() if until > now for number, _key in rows}
    going = sorted((row for row in going if row.id not in held), key=lambda row: (_group(row), row.id))
    letters = sorted((list(rows) for _, rows in groupby(going, key=_group)), key=lambda rows: rows[0].id)
    identified = {_identity(sender, rows[0]): rows for rows in letters}
    return _Batch(
        due, identified, later, joining, broken, Texts(session, sender, due), _head_for(session, going), more
    )


def _head_for(session: Session, going: Sequence[Row[Any]]) -> ChainHead | None:
    """The head of the audit chain, where a daily letter is among them."""
    return get_head(session) if any(row.digest_key is not None for row in going) else None


def _restricted(
    due: Sequence[Row[Any]], peace: Peace, now: dt.datetime
) -> tuple[list[Row[Any]], Mapping[dt.datetime, Sequence[int]], list[Broken]]:
    """What may go now, what its reader wants later, and what cannot be told."""
    going, later, broken = [], defaultdict[dt.datetime, list[int]](list), []
    for row in due:
        try:
            until = peace.until(row, now)
        except Exception as fault:  # whatever one reader's habits hold, the others are told
            broken.append(_broken(row, fault))
            continue
        if until is None:
            going.append(row)
        else:
            later[until].append(row.id)
    return going, later, broken


def _broken(row: Row[Any], fault: Exception, *, alone: bool = False) -> Broken:
    logger.error("delivery %s cannot be put into a letter", row.id, exc_info=fault)
    return Broken(row.id, row.attempts, reasons.failed(fault), alone)


def _joining(
    session: Session, going: Sequence[Row[Any]], now: dt.datetime
) -> Mapping[dt.datetime, Sequence[tuple[int, str]]]:
    """Without a condition of its reader's, what waited overnight joins today's digest; what comes after that, tomorrow's."""
    plain = [row for row in going if row.habit is None and row.digest_key and not row.message_id]
    if not plain:
        return {}
    end = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    todays = {row.id: max(row.digest_key, _digest(row.digest_key, now)) for row in plain}
    keys = {"keys": sorted(set(todays.values()))}
    sent = {row.digest_key for row in rows_of(session, waiting.SENT_DIGESTS, keys)}
    deliveries: dict[dt.datetime, list[tuple[int, str]]] = defaultdict(list)
    for row in plain:
        if todays[row.id] in sent:
            deliveries[end].append((row.id, _digest(row.digest_key, end)))
        elif todays[row.id] != row.digest_key:
            deliveries[now].append((row.id, todays[row.id]))
    return deliveries


def _digest(key: str, at: dt.datetime) -> str:
    """The same reader's (or device's) digest of another day."""
    return f"{key.rpartition(':')[0]}:{at:%Y-%m-%d}"


def _group(row: Row[Any]) -> str:
    """Rows that travelled together before stay together; the others share one letter an address."""
    if row.message_id:
        return f"repeat.{row.message_id}"
    return f"endpoint.{row.endpoint_id}" if row.endpoint_id else f"mail.{row.person_id}.{row.address}"


def _identity(sender: Sender, first: Row[Any]) -> str:
    return first.message_id or f"<delivery.{first.id}@{sender.domain}>"


def _unchanged(session: Session, batch: _Batch, now: dt.datetime) -> bool:
    """Whether everything that was seen is still due as it was, in the transaction that will claim it."""
    parameters = {"numbers": [row.id for row in batch.due], "now": now}
    result = {tuple(row) for row in rows_of(session, waiting.STILL_DUE, parameters)}
    return result == {(row.id, row.address, row.message_id, row.attempts) for row in batch.due}


def _keep(session: Session, batch: _Batch, now: dt.datetime) -> _Batch:
    """Lease the letters that were found, under their identities, and put off what waits."""
    write = session.connection().execute
    for until, numbers in batch.later.items():
        write(waiting.PUT_OFF, {"numbers": numbers, "again": until})
    for until, keyed in batch.joining.items():
        write(waiting.JOIN_DIGEST, {"rows": keyed, "again": until})
    if batch.letters:
        rows = [(row.id, identity) for identity, rows in batch.letters.items() for row in rows]
        write(waiting.LEASE, {"rows": rows, "again": now + LEASE})
    endpoints = {letter[0].endpoint_id for letter in batch.letters.values()} - {None}
    if endpoints:
        write(waiting.REST, {"numbers": sorted(endpoints), "again": now + EVERY})
    return batch


def _claimed(
    sender: Sender, batch: _Batch, identity: str, rows: Sequence[Row[Any]]
) -> tuple[Claimed | None, list[Broken]]:
    """A letter of as many of these deliveries as one can be made of, and those that were left out."""
    try:
        return _letter(sender, batch, identity, rows), []
    except Exception as fault:  # whatever one notice, name or template holds, the others are told
        if len(rows) == 1:
            return None, [_broken(rows[0], fault)]
        whole = fault
    good, broken = [], []
    for row in rows:
        try:
            _letter(sender, batch, identity, [row])
            good.append(row)
        except Exception as fault:
            broken.append(_broken(row, fault, alone=True))
    if not broken:
        return None, [_broken(row, whole) for row in rows]
    letter, others = _claimed(sender, batch, identity, good) if good else (None, [])
    return letter, [*broken, *others]


def _letter(sender: Sender, batch: _Batch, identity: str, rows: Sequence[Row[Any]]) -> Claimed:
    first = rows[0]
    language = first.spoken or first.language
    letter = compose(
        identity,
        first.address,
        first.name,
        batch.texts.of(first, language),
        list(_lines(sender, rows, language)),
        None if first.digest_key is None else batch.head,
    )
    if first.endpoint_id is not None:
        letter = letter.through(first.endpoint_address, first.secret)
    letter = replace(letter, slow=bool(first.slow))
    return Claimed(letter, tuple(row.id for row in rows), first.endpoint_id, first.attempts)


def _lines(sender: Sender, rows: Iterable[Row[Any]], language: str) -> Iterable[MessageLine]:
    for row in rows:
        words = row.words_en if language == "en" else row.words_zh
        yield MessageLine(
            words, sender.public_url + row.link, row.name if row.spoken else "", row.kind, row.urgent
        )
