"""The database in a backup: a copy of SQLite's file by its own backup interface, or what pg_dump says of PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from psycopg.conninfo import make_conninfo
from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DatabaseError

from engine.database import Database
from engine.errors import DomainError
from engine.text import LocalizedText
from engine.worklist.selectables import seals
from huitoukan import schema_versions
from huitoukan.backups.archive import DATABASES
from rectification.core.jobs import Job
from rectification.evidence.model import Evidence
from rectification.imports.uploads import Upload
from rectification.papers.templates import PaperTemplate

_INSTALLED: Final = "/usr/lib/postgresql"


@dataclass(frozen=True, slots=True)
class Named:
    """What a snapshot of the database names: its last seal, the hashes of evidence and templates, uploads, jobs' results."""

    seals: int
    evidence: tuple[str, ...]
    templates: tuple[str, ...]
    uploads: tuple[int, ...]
    results: tuple[tuple[int, str], ...]


@contextmanager
def snapshot(database: Database, folder: Path) -> Iterator[tuple[Path, Named]]:
    """A file with the whole database as it was at one instant, and what it names. Others write meanwhile."""
    if database.is_sqlite:
        copy = folder / DATABASES["sqlite"]
        named = _copy_sqlite(database, copy)
    else:
        copy = folder / DATABASES["postgresql"]
        named = _dump(database, copy)
    yield copy, named


def _copy_sqlite(database: Database, copy: Path) -> Named:
    source = database.engine.raw_connection()
    target = sqlite3.connect(copy)
    try:
        raw = source.driver_connection
        assert raw is not None
        raw.backup(target)  # all pages in one step: one snapshot, that no writer makes begin again
    finally:
        target.close()
        source.close()
    copied = Database(f"sqlite:///{copy}")
    try:
        with copied.reading() as session:
            return _named(session.connection())
    finally:
        copied.close()


def _dump(database: Database, copy: Path) -> Named:
    """pg_dump and the questions beside it see the same snapshot, which this transaction keeps."""
    program = find_program("pg_dump")
    with database.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        number = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        options = [
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={number}",
            f"--file={copy}",
        ]
        _run(program, database.url, *options)
        return _named(connection)


def _named(connection: Connection) -> Named:
    results = select(Job.id, Job.result).where(Job.result.is_not(None))
    templates = select(PaperTemplate.sha256).where(PaperTemplate.sha256.is_not(None)).distinct()
    return Named(
        connection.execute(select(func.coalesce(func.max(seals.c.id), 0))).scalar_one(),
        tuple(connection.execute(select(Evidence.sha256).distinct().order_by(Evidence.sha256)).scalars()),
        tuple(str(row) for row in connection.execute(templates).scalars()),
        tuple(connection.execute(select(Upload.id).order_by(Upload.id)).scalars()),
        tuple((row.id, str(row.result)) for row in connection.execute(results.order_by(Job.id))),
    )


def is_empty(database: Database) -> bool:
    """Whether a database has no table."""
    with database.engine.connect() as connection:
        return not inspect(connection).get_table_names()


def check_sqlite(copy: Path, schema: str) -> None:
    """See that a file is a whole SQLite database at this version of the schema.

    Raises:
        DomainError: it is not.
    """
    database = Database(f"sqlite:///{copy}")
    try:
        with database.engine.connect() as connection:
            is_whole = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() == "ok"
    except (DatabaseError, sqlite3.DatabaseError):  # the second while the connection is prepared
        is_whole = False
    finally:
        database.close()
    _refuse_other(is_whole and schema_versions.current(database.url) == schema)


def fill_postgresql(database: Database, dump: Path, schema: str) -> None:
    """Restore a dump into an empty database, whole or not at all.

    Raises:
        DomainError: pg_restore says why it cannot, or the dump is of another version of the schema.
    """
    program = find_program("pg_restore")
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(program, database.url, *options, str(dump))
    _refuse_other(schema_versions.current(database.url) == schema)


def _refuse_other(is_right: bool) -> None:
    if not is_right:
        raise DomainError(
            "bad_archive",
            LocalizedText(
                "备份里的数据库不完整，或与清单所写的版本不符；没有恢复任何内容。",
                "The database in the backup is not whole, or not of the version that the manifest says; nothing was restored.",
            ),
        )


def empty_postgresql(database: Database) -> None:
    """Take away whatever was restored into a database that had been empty."""
    with database.engine.begin() as connection:
        for name in inspect(connection).get_table_names():
            connection.exec_driver_sql(f'DROP TABLE "{name}" CASCADE')
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_change()")


def find_program(name: str) -> Path:
    """One of PostgreSQL's client programs: the newest that is installed, since an older one cannot read a newer server.

    Raises:
        DomainError: there is none.
    """
    versions = [
        path for path in Path(_INSTALLED).glob("*") if path.name.isdigit() and (path / "bin" / name).exists()
    ]
    if versions:
        return max(versions, key=lambda element: int(element.name)) / "bin" / name
    on_path = shutil.which(name)
    if on_path is None:
        raise DomainError(
            "program_missing",
            LocalizedText(
                f"没有找到 {name}：请安装 PostgreSQL 客户端程序（Debian：apt-get install postgresql-client）。",
                f"{name} was not found: install PostgreSQL's client programs (Debian: apt-get install postgresql-client).",
            ),
        )
    return Path(on_path)


def _run(program: Path, url: str, *options: str) -> None:
    """Run a program on the database; the password goes through the environment, where other users do not see it."""
    address = make_url(url)
    arguments = address.translate_connect_args(username="user", database="dbname") | dict(address.query)
    password = str(arguments.pop("password", "") or "")
    command = [str(program), *options, "--no-password", f"--dbname={make_conninfo('', **arguments)}"]
    environment = os.environ | ({"PGPASSWORD": password} if password else {}) | {"LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        reason = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[0]
        raise DomainError(
            "program_failed",
            LocalizedText(f"{program.name} 没有完成：{reason}", f"{program.name} failed: {reason}"),
        )
