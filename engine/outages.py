"""Outages: the database, or the disk on which files are kept, is away, full or takes nothing.

An outage is one event, however many requests and background tasks stumble over it: it is logged when it begins and when
it ends, and whatever else would be logged because of it is left out. It ends when a probe has written something.
"""

from __future__ import annotations

import errno
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from typing import Final

import psycopg
from sqlalchemy.exc import TimeoutError as NoFreeConnection

logger = logging.getLogger("huitoukan.outage")

_AWAY_IN_POSTGRESQL: Final = ("08", "53", "57P", "58", "25006")
"""Connections, resources (a full disk, too many clients), shutdown, system errors; a server that only reads."""
_AWAY_IN_SQLITE: Final = frozenset(
    (
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    )
)
_AWAY_ON_DISK: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE))


def is_outage(fault: BaseException) -> bool:
    """Whether it, or what led to it, says that the database or the disk is away."""
    return any(_is_away(fault_in_chain) for fault_in_chain in _chain(fault))


def _chain(fault: BaseException) -> Iterator[BaseException]:
    """The exception and those that led to it, each once."""
    visited: set[int] = set()
    cause: BaseException | None = fault
    while cause is not None and id(cause) not in visited:
        visited.add(id(cause))
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def _is_away(fault: BaseException) -> bool:
    if isinstance(fault, psycopg.Error):
        if fault.sqlstate is None:
            return isinstance(fault, psycopg.OperationalError)
        return fault.sqlstate.startswith(_AWAY_IN_POSTGRESQL)
    if isinstance(fault, sqlite3.Error):
        return getattr(fault, "sqlite_errorcode", 0) & 0xFF in _AWAY_IN_SQLITE
    if isinstance(fault, OSError):
        return fault.errno in _AWAY_ON_DISK
    return isinstance(fault, NoFreeConnection)


class Outage:
    """Whether the database or the disk is away, as far as this process has noticed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None

    @property
    def is_open(self) -> bool:
        """Whether an outage was noticed and has not ended."""
        return self._since is not None

    def note(self, fault: BaseException) -> bool:
        """Whether this fault says that something is away; the first that does opens the outage and is logged."""
        if not is_outage(fault):
            return False
        with self._lock:
            begins = self._since is None
            if begins:
                self._since = time.monotonic()
        if begins:
            logger.error("The database or the disk is away: %s", first_line(fault))
        return True

    def end(self) -> None:
        """Something was written: it is over."""
        with self._lock:
            since, self._since = self._since, None
        if since is not None:
            logger.warning("The database and the disk are back after %.0f seconds", time.monotonic() - since)


class LeaveOutOutages(logging.Filter):
    """Leaves out log records about faults that the line of their outage has told already."""

    def __init__(self, outage: Outage) -> None:
        super().__init__()
        self._outage = outage

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        fault = record.exc_info[1] if record.exc_info else None
        return fault is None or not self._outage.note(fault)


def first_line(fault: BaseException) -> str:
    """What a driver says, without the statement at hand and without the lines behind the first."""
    text = str(getattr(fault, "orig", None) or fault).strip()
    return text.splitlines()[0] if text else type(fault).__name__
