"""Opening the installation that a command works on; whatever is wrong with it is a sentence."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from engine.database import Database
from engine.errors import DomainError
from engine.outages import first_line
from engine.text import LocalizedText
from huitoukan import schema_versions
from huitoukan.application import RunningApplication, build
from huitoukan.private_files import prepare_folder
from huitoukan.settings import Settings, default_url, from_environment

DATABASE_FAULTS: Final = (SQLAlchemyError, sqlite3.Error)
"""The second while a connection to SQLite is prepared."""


def settings_for(data: Path | None) -> Settings:
    """The environment's settings, with the data directory that the command names."""
    settings = from_environment()
    if data is None:
        return settings
    data = data.resolve()
    url = settings.database_url
    database_url = default_url(data) if url.startswith("sqlite") else url
    return settings.model_copy(update={"data_dir": data, "database_url": database_url})


def opened(data: Path | None, *, make: bool = False) -> RunningApplication:
    """The installation that a command works on, ready to be used; with ``make`` a new one where there is none.

    Raises:
        DomainError: there is none.
    """
    settings = settings_for(data)
    if not make:
        refuse_nothing(settings)
    prepare(settings)
    application = build(settings)
    _in_use.append(application)
    return application


_in_use: Final[list[RunningApplication]] = []
"""The installation on which this command works."""


def seal_up() -> None:
    """At the end of a command, seal what it wrote into the history; where the database is away, the next server does."""
    while _in_use:
        application = _in_use.pop()
        with suppress(*DATABASE_FAULTS):
            while application.seal():
                pass


def refuse_nothing(settings: Settings) -> None:
    """Nobody's typing error in the name of a folder makes an installation.

    Raises:
        DomainError: there is no data folder, no embedded database, or nothing in it.
    """
    if not settings.data_dir.is_dir() or not _has_tables(settings.database_url):
        words = LocalizedText(
            f"{settings.data_dir} 中没有已安装的系统，请先运行 huitoukan migrate。",
            f"There is no installation in {settings.data_dir}; run huitoukan migrate first.",
        )
        raise DomainError("no_installation", words)


def _has_tables(url: str) -> bool:
    """Whether an embedded database is there and holds an installation; a shared one says so itself."""
    file = Database(url).file
    if file is None:
        return True
    if not file.is_file() or file.stat().st_size == 0:
        return False
    try:
        return schema_versions.current(url) is not None
    except DATABASE_FAULTS as fault:
        raise unusable_database(url, fault) from fault


def prepare(settings: Settings) -> None:
    """Make the data folder ready and the embedded database current; a shared database must be current already.

    Raises:
        DomainError: the folder or the database cannot be used; says why.
    """
    prepare_folder(settings)
    try:
        if settings.database_url.startswith("sqlite"):
            schema_versions.migrate(settings.database_url)
        else:
            schema_versions.check_current(settings.database_url)
        _refuse_unsafe(settings.database_url)
    except DATABASE_FAULTS as fault:
        raise unusable_database(settings.database_url, fault) from fault


def migrate(settings: Settings) -> tuple[str | None, str]:
    """Bring the schema up to date; returns the versions before and after.

    Raises:
        DomainError: the folder or the database cannot be used; says why.
    """
    prepare_folder(settings)
    try:
        return schema_versions.migrate(settings.database_url)
    except DATABASE_FAULTS as fault:
        raise unusable_database(settings.database_url, fault) from fault


def unusable_database(url: str, fault: Exception) -> DomainError:
    """The database does not answer, or is none; the password in its address is not said."""
    where, why = make_url(url).render_as_string(hide_password=True), first_line(fault)
    return DomainError(
        "database_away",
        LocalizedText(f"数据库 {where} 无法使用：{why}", f"The database at {where} cannot be used: {why}"),
    )


def _refuse_unsafe(url: str) -> None:
    database = Database(url)
    try:
        fault = database.durability_fault()
    finally:
        database.close()
    if fault is not None:
        raise DomainError("not_durable", fault)
