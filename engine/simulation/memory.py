"""The engine's tables in memory: for a rehearsal, which keeps nothing."""

from __future__ import annotations

import sqlite3
from functools import lru_cache

from sqlalchemy import Engine, Table, create_engine, event
from sqlalchemy.pool import NullPool, StaticPool

from engine import schema
from engine.database import JSON_OPTIONS, Database, begin_sqlite, metadata


class MemoryDatabase(Database):
    """Empty tables on one connection: for one thread, which opens one transaction after the other."""

    def __init__(self) -> None:
        self._connection = _engine().connect()
        self._use("sqlite://", _engine(), self._connection, self._connection)

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()


@lru_cache(maxsize=1)
def _engine() -> Engine:
    """One for all, so that each statement is compiled once; every connection has tables of its own."""
    engine = create_engine("sqlite://", creator=_empty_tables, poolclass=NullPool, **JSON_OPTIONS)
    event.listen(engine, "begin", begin_sqlite)
    return engine


def _empty_tables() -> sqlite3.Connection:
    connection = _connect()
    _template().backup(connection)
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


@lru_cache(maxsize=1)
def _template() -> sqlite3.Connection:
    """Tables to copy: making them anew would take longer than a rehearsal."""
    connection = _connect()
    maker = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    metadata.create_all(maker, tables=[var for var in vars(schema).values() if isinstance(var, Table)])
    return connection


def _connect() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
