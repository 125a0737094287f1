"""Migrations make what the models say, and a history that nobody can change."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from engine.audit.history import record
from engine.clock import PushedClock
from engine.database import Database, metadata
from engine.host import SYSTEM
from engine.schema import history
from huitoukan import schema_versions
from tests.installation import earlier_databases


def test_migrating_an_empty_database_makes_what_the_models_say(empty_database: str) -> None:
    before, after = schema_versions.migrate(empty_database)
    assert before is None
    assert schema_versions.is_current(empty_database)
    assert schema_versions.migrate(empty_database) == (after, after)
    database = Database(empty_database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()


def test_a_migrated_database_refuses_to_change_its_history(empty_database: str, clock: PushedClock) -> None:
    schema_versions.migrate(empty_database)
    database = Database(empty_database)
    with database.writing() as session:
        record(session, SYSTEM, clock.now(), "begun", "village:1")
    for change in (update(history).values(action="changed"), delete(history)):
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
            session.execute(change)
    database.close()


@pytest.mark.parametrize("version", earlier_databases.versions())
def test_a_database_of_an_earlier_version_keeps_its_rows_and_takes_more(
    empty_database: str, clock: PushedClock, version: str
) -> None:
    rows = earlier_databases.load(empty_database, version)
    schema_versions.migrate(empty_database)
    database = Database(empty_database)
    with database.writing() as session:
        kept = {
            name: session.scalar(select(func.count()).select_from(metadata.tables[name]))
            for name in rows
            if name in metadata.tables
        }
        assert kept == {name: rows[name] for name in kept}
        assert rows["tickets"], "a database without tickets proves little"
        record(session, SYSTEM, clock.now(), "begun", "village:1")
        assert session.scalar(select(func.count()).select_from(history)) == rows["history"] + 1
        if database.is_sqlite:
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
    database.close()


def test_the_newest_version_has_its_database() -> None:
    assert earlier_databases.versions()[-1] == schema_versions.newest()
