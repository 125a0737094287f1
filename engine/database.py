"""One database behind one URL: SQLite for one machine, PostgreSQL for several.

SQLAlchemy's default on SQLite opens a transaction only at the first write, so a read before it
stands outside and writes are silently lost. Here the ``begin`` event issues BEGIN IMMEDIATE for
writing transactions, and a plain BEGIN (a snapshot) for reading ones.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import RLock
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    Row,
    Select,
    create_engine,
    event,
)
from sqlalchemy.engine import Connection, ExceptionContext, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.outages import Outage
from engine.text import LocalizedText

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
UTC = dt.UTC
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = dt.timedelta(microseconds=1)
CONNECT_SECONDS = 10
"""A server that does not take a connection within this time is away."""
_FULL = 2
"""SQLite's synchronous=FULL: a commit is on the disk before it is acknowledged."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the installation; each package adds its own."""

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that SQLite can still count up by itself."""


class Instant(TypeDecorator[dt.datetime]):
    """An aware instant. PostgreSQL keeps ``timestamptz``; SQLite keeps microseconds since 1970 in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | int | None:
        if value is None or dialect.name != "sqlite":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], dt.datetime | None]:
        """One function call for each value: lists of work read thousands of them."""
        return _read_microseconds if dialect.name == "sqlite" else _read_timestamptz


def _read_microseconds(value: int | None) -> dt.datetime | None:
    """Exact to the microsecond until the year 2255."""
    return None if value is None else dt.datetime.fromtimestamp(value / 1_000_000, UTC)


def _read_timestamptz(value: dt.datetime | None) -> dt.datetime | None:
    return None if value is None else value.astimezone(UTC)


def rows_of(
    session: Session, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of plain columns: the session's own way, through its objects, takes as long again as a small question."""
    if session.autoflush:
        session.flush()
    return session.connection().execute(statement, values).all()


def read_once(session: Session, question: Hashable, read: Callable[[], Value]) -> Value:
    """What a reading transaction has read under this name; it is forgotten with the transaction.

    A writing one reads each time, for it may have changed what it read.
    """
    kept: dict[Hashable, Value] | None = session.info.get(_READ)
    if kept is None:
        return read()
    if question not in kept:
        kept[question] = read()
    return kept[question]


def read_each(
    session: Session,
    question: Hashable,
    keys: Iterable[Key],
    read: Callable[[Sequence[Key]], Mapping[Key, Value]],
) -> dict[Key, Value]:
    """The same for each of several things: what is not known yet is read together."""
    kept = read_once(session, question, dict[Key, Value])
    unique_keys = list(dict.fromkeys(keys))
    if missing := [key for key in unique_keys if key not in kept]:
        kept.update(read(missing))
    return {key: kept[key] for key in unique_keys}


class _ReadingSession(Session):
    """Keeps what was read once, and what was asked for by its number, as long as it reads."""

    def __init__(self, bind: Engine | Connection, **options: Any) -> None:
        super().__init__(bind, info={_READ: {}}, **options)

    def get(self, entity: Any, ident: Any, **options: Any) -> Any:
        """One object by its number; a session by itself forgets what nobody else holds."""
        row = super().get(entity, ident, **options)
        self.info[_READ]["got", entity, ident] = row
        return row


_READ: Final = "read"
"""Where a reading session keeps what :func:`read_once` read."""


def dumps(value: object) -> str:
    """JSON text as the database keeps it."""
    return orjson.dumps(value).decode()


JSON_OPTIONS: Final[Mapping[str, Callable[..., object]]] = {
    "json_serializer": dumps,
    "json_deserializer": orjson.loads,
}
"""How every engine of SQLAlchemy here writes and reads JSON columns."""


class Database:
    """The one shared truth: opens reading and writing transactions."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Open ``url`` (``sqlite:///file`` or ``postgresql+psycopg://…``)."""
        is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = dict(JSON_OPTIONS)
        if is_sqlite:
            options["connect_args"] = {"check_same_thread": False, "timeout": 30}
        elif "connect_timeout" not in make_url(url).query:
            options["connect_args"] = {"connect_timeout": CONNECT_SECONDS}
        engine = create_engine(url, pool_size=pool_size, max_overflow=20, **options)
        if is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", begin_sqlite)
        self._use(url, engine, engine, engine.execution_options(reading=True))
        event.listen(engine, "handle_error", self._note_error)

    def _use(
        self, url: str, engine: Engine, writer: Engine | Connection, reader: Engine | Connection
    ) -> None:
        """Let transactions begin on ``writer`` and ``reader``."""
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = engine
        self._writer, self._reader = writer, reader
        self.outage = Outage()
        """Whether the database, or the disk beside it, is away."""
        self._turn: AbstractContextManager[object] = RLock() if self.is_sqlite else nullcontext()
        """SQLite's own queue is a row of naps of up to 100 ms; the writers of one process wake each other instead."""

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction that may write; committed at the end, rolled back on any exception."""
        with self._turn, Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def writing_in_pieces(self) -> Iterator[Session]:
        """A session for long work, whose owner commits again and again; what is not committed is rolled back."""
        with Session(self._writer, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def trying(self) -> Iterator[Session]:
        """One transaction that shows what a change would do; it is never committed."""
        with self._turn, Session(self._writer, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot to read from; on SQLite it never waits for a writer."""
        with _ReadingSession(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    def create_all(self) -> None:
        """Create every table from the models: for tests and rehearsals; installations migrate."""
        metadata.create_all(self.engine)

    @property
    def file(self) -> Path | None:
        """The file of an embedded database."""
        name = self.engine.url.database if self.is_sqlite else None
        return Path(name) if name and name != ":memory:" else None

    def durability_fault(self) -> LocalizedText | None:
        """Why a power cut could lose what was acknowledged, if it could."""
        with self.engine.connect() as connection:
            if self.is_sqlite:
                level = str(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
                name, is_safe = "synchronous", int(level) >= _FULL
            else:
                level = str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
                name, is_safe = "synchronous_commit", level in ("on", "remote_apply")
        if is_safe:
            return None
        return LocalizedText(
            f"数据库的 {name} 为 {level}，断电可能丢失已经确认的内容；须为 {'FULL' if self.is_sqlite else 'on'} 或更严。",
            f"The database's {name} is {level}: a power cut could lose what was acknowledged. It must be {'FULL' if self.is_sqlite else 'on'} or stricter.",
        )

    def close(self) -> None:
        """Give every connection back. SQLite's write-ahead log is folded into the file, so that the file alone is whole."""
        if self.file is not None and self.file.exists():
            with suppress(SQLAlchemyError, sqlite3.Error):
                self._fold_log()
        self.engine.dispose()

    def _fold_log(self) -> None:
        """Others may still be reading; then the last of them folds it."""
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("PRAGMA busy_timeout=1000")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.invalidate()

    def _note_error(self, context: ExceptionContext) -> None:
        self.outage.note(context.original_exception)


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=30000",
        "cache_size=-32000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def begin_sqlite(connection: Connection) -> None:
    """Begin a transaction that writes at once, or a snapshot where the connection only reads."""
    reading = connection.get_execution_options().get("reading", False)
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute("BEGIN" if reading else "BEGIN IMMEDIATE")
