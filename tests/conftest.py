"""What all tests share: a database of each kind, and a clock that is pushed."""

from __future__ import annotations

import datetime as dt
import gc
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.pool import ConnectionPoolEntry

import huitoukan.schema  # noqa: F401  (every room's tables are known)
from engine.clock import PushedClock
from engine.database import Database
from tests import postgres
from tests.__main__ import FAST


def _shared(config: pytest.Config) -> Path:
    """A directory that all workers of this run see."""
    given = os.environ.get("HUITOUKAN_TEST_SHARED")
    if given is None:
        raise RuntimeError("the run's shared directory is not set")
    return Path(given)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and "HUITOUKAN_TEST_SHARED" not in os.environ:
        os.environ["HUITOUKAN_TEST_SHARED"] = tempfile.mkdtemp(prefix="huitoukan-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.stop(_shared(config))
        shutil.rmtree(_shared(config), ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where lines are counted, it is on SQLite and without journeys: those run them once more, and counting costs as much again."""
    if os.environ.get(FAST):
        slow = [item for item in items if _is_slow(item)]
        items[:] = [item for item in items if item not in set(slow)]
        config.hook.pytest_deselected(items=slow)
    for item in items:
        if isinstance(item, pytest.Function) and ("postgresql" in item.name or "journeys" in item.path.parts):
            item.add_marker(pytest.mark.no_cover)


def _is_slow(one: pytest.Item) -> bool:
    """Whether a test needs PostgreSQL, a browser, or processes that are started and killed."""
    if "postgresql" in one.name or not {"journeys", "faults", "installation"}.isdisjoint(one.path.parts):
        return True
    module = one.getparent(pytest.Module)
    held = vars(module.obj).values() if module is not None else ()
    return any(getattr(each, "__module__", "") == "tests.journeys.visitor" for each in held)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line that sums up what was skipped, and why."""
    reasons = Counter(
        str(entry.longrepr[2]).removeprefix("Skipped: ")
        for entry in terminalreporter.stats.get("skipped", [])
        if isinstance(entry.longrepr, tuple)
    )
    if reasons:
        told = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common())
        terminalreporter.write_line(f"{reasons.total()} skipped: {told}")


def pytest_collection_finish() -> None:
    """What is imported stays for ever: a collector that looks through it each time takes a fifth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Where nothing may be skipped, a skip is a failure that says what is missing.

    What a test logged may hold half a character, which no worker can hand on.
    """
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    report.sections = [(name, text.encode(errors="replace").decode()) for name, text in report.sections]
    if report.skipped and os.environ.get("HUITOUKAN_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"


@pytest.fixture(scope="session")
def _postgresql_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    server = postgres.server_url(_shared(request.config))
    if server is None:
        pytest.skip(postgres.HOW_TO_GET)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    database = Database(postgres.fresh_database(server, f"huitoukan_{worker}"))
    event.listen(database.engine, "connect", _prepare_early)
    database.create_all()
    with database.engine.begin() as connection:
        connection.execute(text(_EMPTIES))
    yield database
    database.close()


@pytest.fixture(scope="session")
def _empty_file() -> Iterator[Path]:
    """A SQLite file with every table and not a row, to be copied; in memory where that is a folder too."""
    folder = tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    path = Path(folder.name) / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.create_all()
    database.close()
    yield path
    folder.cleanup()


@pytest.fixture(scope="session")
def _sqlite_database(_empty_file: Path) -> Iterator[Database]:
    """One engine for all tests of a worker: what it compiled once it need not compile again."""
    database = Database(f"sqlite:///{_empty_file.with_name('test.db')}")
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """An empty database with every table, once of each kind."""
    found: Database = request.getfixturevalue(f"_{request.param}_database")
    if found.is_sqlite:
        _put_in_place(found, request.getfixturevalue("_empty_file"))
    else:
        _empty(found)
    return found


def _put_in_place(database: Database, empty: Path) -> None:
    """A new file under the old name; whoever still holds the old one keeps it to himself."""
    database.close()
    path = Path(database.url.removeprefix("sqlite:///"))
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    shutil.copy(empty, path)


def _prepare_early(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Tests ask the same of tables that are always small: the server plans each statement once a worker."""
    connection.prepare_threshold, connection.prepared_max = 1, 1_000


def _empty(database: Database) -> None:
    """Take every row away and count from one again."""
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SELECT empty_every_table()"))


_EMPTIES = """
CREATE FUNCTION empty_every_table() RETURNS void LANGUAGE plpgsql AS $$
DECLARE one text;
BEGIN
    FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM %I', one);
    END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one);
    END LOOP;
END $$
"""
"""One call for all: many times faster than TRUNCATE of that many small tables, and than asking for each."""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a single table, once of each kind."""
    return empty_address(request, tmp_path, "empty")


def empty_address(request: pytest.FixtureRequest, folder: Path, name: str) -> str:
    """The address of a database of the asked kind without a single table; ``name`` tells this worker's apart."""
    if request.param == "sqlite":
        return f"sqlite:///{folder / f'{name}.db'}"
    server = postgres.server_url(_shared(request.config))
    if server is None:
        pytest.skip(postgres.HOW_TO_GET)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return postgres.fresh_database(server, f"huitoukan_{worker}_{name}")


@pytest.fixture
def clock() -> PushedClock:
    """A clock that stands at the beginning of the demo campaign."""
    return PushedClock(dt.datetime(2019, 9, 2, 1, 0, tzinfo=dt.UTC))
