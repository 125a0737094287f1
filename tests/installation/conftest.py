"""Installations on both kinds of database, and places to restore their backups into."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.clock import SystemClock
from huitoukan import schema_versions
from huitoukan.application import RunningApplication, build
from huitoukan.settings import Settings, default_url
from rectification.people.model import Person
from tests import postgres


@pytest.fixture
def installed(empty_database: str, tmp_path: Path) -> RunningApplication:
    """A new installation with one person."""
    schema_versions.migrate(empty_database)
    application = build(
        Settings(data_dir=tmp_path / "data", database_url=empty_database), clock=SystemClock()
    )
    with application.database.writing() as session:
        session.add(Person(id=1, name="王芳", login="wang"))
    return application


@pytest.fixture
def new_place(empty_database: str, tmp_path: Path) -> Callable[[str], Settings]:
    """An empty folder and an empty database of the same kind; PostgreSQL's is emptied for each."""

    def made(name: str) -> Settings:
        folder = tmp_path / name
        if empty_database.startswith("sqlite"):
            return Settings(data_dir=folder, database_url=default_url(folder))
        server = postgres.server_url(Path(os.environ["HUITOUKAN_TEST_SHARED"]))
        assert server is not None
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        return Settings(
            data_dir=folder, database_url=postgres.fresh_database(server, f"huitoukan_{worker}_restored")
        )

    return made
