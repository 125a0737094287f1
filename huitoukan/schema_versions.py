"""The database's schema versions: Alembic, run by the product itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from engine.database import Database
from engine.errors import DomainError
from engine.text import LocalizedText

_FOLDER = Path(__file__).parent / "migrations"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["url"] = url
    return config


def current(url: str) -> str | None:
    """The version at which a database is; None when it is empty.

    Raises:
        DomainError: it holds tables, and none of them says which version they are.
    """
    database = Database(url)
    try:
        with database.engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
            is_foreign = revision is None and bool(
                set(inspect(connection).get_table_names()) - {_VERSION_TABLE}
            )
    finally:
        database.close()
    if is_foreign:
        raise DomainError(
            "foreign_database",
            LocalizedText(
                "数据库里已有别的数据表，不是本系统建立的；请另建一个空数据库。",
                "The database holds tables of something else; give this product an empty database.",
            ),
        )
    return revision


_VERSION_TABLE = "alembic_version"


@cache
def _versions() -> ScriptDirectory:
    """Reading them all takes a fifth of a second."""
    return ScriptDirectory(str(_FOLDER))


@cache
def newest() -> str:
    """The version that this product wants."""
    head = _versions().get_current_head()
    assert head is not None
    return head


def is_older(version: str) -> bool:
    """Whether a version comes before the one that this product wants: numbers of four digits, in their order."""
    return version < newest()


def is_current(url: str) -> bool:
    """Whether a database is at the version that this product wants."""
    return current(url) == newest()


def check_current(url: str) -> None:
    """Do nothing with a database that is at the version that this product wants.

    Raises:
        DomainError: it is empty, older or newer; says what to do.
    """
    revision = current(url)
    _refuse_unknown(revision)
    if revision == newest():
        return
    zh = "数据库是空的" if revision is None else f"数据库结构为较旧的版本 {revision}"
    en = (
        "The database is empty"
        if revision is None
        else f"The database's schema is the older version {revision}"
    )
    raise DomainError(
        "schema_older",
        LocalizedText(f"{zh}，请先运行 `huitoukan migrate`。", f"{en}: run `huitoukan migrate` first."),
    )


def _refuse_unknown(version: str | None) -> None:
    if version is None or version in {revision.revision for revision in _versions().walk_revisions()}:
        return
    if is_older(version):
        raise DomainError(
            "schema_prerelease",
            LocalizedText(
                f"数据库由正式发布以前的程序建立（版本 {version}），不能升级。请另建一个空数据库，再导入数据。",
                f"A program from before the first release made this database (version {version}), and it cannot be "
                "upgraded. Give this program an empty database and import your data.",
            ),
        )
    raise DomainError(
        "schema_newer",
        LocalizedText(
            f"数据库结构为版本 {version}，比本程序（{newest()}）新。请安装更新的程序，或恢复升级前的备份。",
            f"The database's schema is version {version}, newer than this program's ({newest()}). Install the newer "
            "program, or restore the backup that was made before the upgrade.",
        ),
    )


def migrate(url: str, to: str = "head") -> tuple[str | None, str]:
    """Bring a database up to date; returns the versions before and after.

    Raises:
        DomainError: its schema is newer than this product, or it belongs to something else.
    """
    before = current(url)
    _refuse_unknown(before)
    if before != newest() or to != "head":
        command.upgrade(_config(url), to)
    return before, newest() if to == "head" else to
