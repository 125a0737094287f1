"""Databases as earlier versions of the schema held them: the rows of every table, one file for each version.

``python -m tests.installation.earlier_databases`` writes the file of the newest version, before a migration is added.
"""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, MetaData, Table, insert, text
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Time

from engine.database import Database
from huitoukan import schema_versions

FOLDER: Final = Path(__file__).with_name("databases")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def versions() -> list[str]:
    """The versions of which a database is kept."""
    return sorted(path.name.split(".")[0] for path in FOLDER.glob("*.json.gz"))


def load(url: str, version: str) -> dict[str, int]:
    """Make a database of an earlier version with its rows; returns their number by table."""
    schema_versions.migrate(url, version)
    tables: dict[str, list[dict[str, Any]]] = json.loads(
        gzip.decompress((FOLDER / f"{version}.json.gz").read_bytes())
    )
    database = Database(url)
    with database.engine.connect() as connection:
        _trust_the_order_of_rows(connection, is_sqlite=database.is_sqlite)
        metadata = MetaData()
        metadata.reflect(connection)
        for name, rows in tables.items():
            if rows:
                _fill(connection, metadata.tables[name], rows, is_sqlite=database.is_sqlite)
        connection.commit()
    database.close()
    return {name: len(rows) for name, rows in tables.items()}


def _trust_the_order_of_rows(connection: Connection, *, is_sqlite: bool) -> None:
    if is_sqlite:
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
    else:
        connection.execute(text("SET session_replication_role = replica"))


def _fill(connection: Connection, table: Table, rows: list[dict[str, Any]], *, is_sqlite: bool) -> None:
    values = [{name: _plain(value) for name, value in row.items()} for row in rows]
    if is_sqlite:
        names = list(rows[0])
        written = ", ".join(f'"{name}"' for name in names)
        asked = ", ".join("?" for _name in names)
        statement = f"INSERT INTO {table.name} ({written}) VALUES ({asked})"
        connection.exec_driver_sql(statement, [tuple(row[name] for name in names) for row in values])
        return
    typed = [{name: _typed(table.c[name], value) for name, value in row.items()} for row in values]
    connection.execute(insert(table), typed)
    if "id" in table.c:
        sequence = connection.execute(text(f"SELECT pg_get_serial_sequence('{table.name}', 'id')")).scalar()
        if sequence:
            last = max(row["id"] for row in typed)
            connection.execute(text(f"SELECT setval('{sequence}', {last})"))


def _plain(value: Any) -> Any:
    return base64.b64decode(value["bytes"]) if isinstance(value, dict) else value


_READERS: Final[tuple[tuple[type[Any], Callable[[Any], Any]], ...]] = (
    (DateTime, lambda value: _EPOCH + dt.timedelta(microseconds=value)),
    (Date, dt.date.fromisoformat),
    (Time, dt.time.fromisoformat),
    (Boolean, bool),
    (JSON, json.loads),
)


def _typed(column: Column[Any], value: Any) -> Any:
    """What SQLite keeps as a number or a text, as PostgreSQL takes it."""
    if value is None:
        return value
    return next((read(value) for kind, read in _READERS if isinstance(column.type, kind)), value)


def _write() -> None:
    from tests.web.matrix.installation import build  # the richest one

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "huitoukan.db"
        matrix = build(Path(folder), f"sqlite:///{path}")
        matrix.street.application.database.close()
        with sqlite3.connect(path) as connection:
            content = json.dumps(dict(_rows_by_table(connection)), ensure_ascii=False).encode()
        target = FOLDER / f"{schema_versions.newest()}.json.gz"
        target.write_bytes(gzip.compress(content, mtime=0))


def _rows_by_table(connection: sqlite3.Connection) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    connection.row_factory = sqlite3.Row
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    for (name,) in found.fetchall():
        if not name.startswith(("sqlite_", "alembic_")):
            rows = connection.execute(f"SELECT * FROM {name}").fetchall()
            yield name, [{key: _kept(row[key]) for key in row.keys()} for row in rows]  # noqa: SIM118


def _kept(value: Any) -> Any:
    return {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


if __name__ == "__main__":
    _write()
