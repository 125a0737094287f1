"""The bell: whoever has a page open hears at once that they were told something.

Who was told in a transaction is kept in memory until the commit, and passed on once for each round of the relay, never
in the transaction itself: on PostgreSQL as one NOTIFY that every server's bell hears, on SQLite within the process. A
ring that is lost costs nothing but time: pages ask again by themselves.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import defaultdict
from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from engine.database import Database

logger = logging.getLogger("huitoukan.bell")
CHANNEL: Final = "huitoukan_told"
EVERYBODY: Final = "*"
_AT_ONCE: Final = 700
"""People in one NOTIFY, whose payload is at most 8,000 bytes."""
_told: WeakKeyDictionary[Engine, set[int]] = WeakKeyDictionary()
_told_lock = threading.Lock()


def note(session: Session, people: Iterable[int]) -> None:
    """These are told something, once the session has committed."""
    waiting: set[int] | None = session.info.get("told")
    if waiting is None:
        waiting = session.info["told"] = set()
        event.listen(session, "after_commit", _committed)
        event.listen(session, "after_soft_rollback", _rolled_back)
    waiting.update(people)


def _committed(session: Session) -> None:
    recipients = session.info["told"]
    with _told_lock:
        _told.setdefault(_engine(session), set()).update(recipients)
    recipients.clear()


def _rolled_back(session: Session, previous: Any) -> None:
    if previous.parent is None:
        session.info["told"].clear()


def _engine(session: Session) -> Engine:
    bind = session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine


AGAIN = 2.0
"""Seconds after which a bell that failed listens again."""


class Ear:
    """One open page. ``rang`` is set from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.rang = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever waits."""
        try:
            self._loop.call_soon_threadsafe(self.rang.set)
        except RuntimeError:  # the loop is gone, and the page with it
            return


class Bell:
    """One server's bell: passes on what happened here, and rings the pages that are open here."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ears: dict[int, set[Ear]] = defaultdict(set)
        self._lock = threading.RLock()
        """May be taken again: a signal that stops the server interrupts the thread that serves."""
        self._listener: threading.Thread | None = None
        self.closed = False

    @contextmanager
    def hearing(self, person: int) -> Any:
        """An ear for one person while their page is open."""
        ear = Ear()
        with self._lock:
            self._ears[person].add(ear)
        try:
            yield ear
        finally:
            with self._lock:
                self._ears[person].discard(ear)
                if not self._ears[person]:
                    del self._ears[person]

    @property
    def open_pages(self) -> int:
        """How many ears listen."""
        with self._lock:
            return sum(len(ears) for ears in self._ears.values())

    def pass_on(self) -> int:
        """Tell every server who was told something since the last round; returns how many people."""
        with _told_lock:
            people = _told.pop(self._database.engine, set())
        if not people:
            return 0
        if self._database.is_sqlite:
            self.ring(people)
            return len(people)
        ordered = sorted(people)
        pieces = [ordered[first : first + _AT_ONCE] for first in range(0, len(ordered), _AT_ONCE)]
        payloads = [",".join(map(str, piece)) for piece in pieces] if len(pieces) <= 10 else [EVERYBODY]
        with self._database.writing() as session:
            session.execute(
                text("SELECT pg_notify(:channel, :people)"),
                [{"channel": CHANNEL, "people": payload} for payload in payloads],
            )
        return len(people)

    def ring(self, people: Iterable[int] | None) -> None:
        """Wake the open pages of these people, or of everybody."""
        with self._lock:
            whose = list(self._ears) if people is None else people
            ears = [ear for person in whose for ear in self._ears.get(person, ())]
        for ear in ears:
            ear.ring()

    def start(self) -> None:
        """Begin to hear what other servers pass on."""
        if not self._database.is_sqlite:
            self._listener = threading.Thread(target=self._listen, name="bell", daemon=True)
            self._listener.start()

    def stop(self) -> None:
        """Let every page go."""
        self.closed = True
        self.ring(None)

    def _listen(self) -> None:
        pause = threading.Event()
        while not self.closed:
            try:
                self._hear()
            except Exception:  # whatever was heard or lost, what comes after it is heard too
                logger.exception("the bell failed and will listen again")
                pause.wait(AGAIN)

    def _hear(self) -> None:
        """One connection's life. What was passed on while there was none is made up for by ringing everybody."""
        url = self._database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            self.ring(None)
            while not self.closed:
                for notification in connection.notifies(timeout=1.0):
                    self.ring(
                        None
                        if notification.payload == EVERYBODY
                        else map(int, notification.payload.split(","))
                    )
