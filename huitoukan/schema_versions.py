"""The database's schema versions: Alembic, run by the product itself."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from engine.database import Database

_FOLDER = Path(__file__).parent / "migrations"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["url"] = url
    return config


def current(url: str) -> str | None:
    """The version at which a database is; None when it is empty."""
    database = Database(url)
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    database.close()
    return found


def newest() -> str:
    """The version that this product wants."""
    head = ScriptDirectory(str(_FOLDER)).get_current_head()
    assert head is not None
    return head


def is_current(url: str) -> bool:
    """Whether a database is at the version that this product wants."""
    return current(url) == newest()


def migrate(url: str, to: str = "head") -> tuple[str | None, str]:
    """Bring a database up to date; returns the versions before and after."""
    before = current(url)
    command.upgrade(_config(url), to)
    return before, newest() if to == "head" else to
