"""The database or the disk goes away and comes back: 503 in a sentence meanwhile, and two lines in the log."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import event, func, insert, select

from engine.clock import SystemClock
from engine.database import Database
from engine.instances.incidents import record_incident, resolve
from engine.schema import incidents, scheduler_progress
from huitoukan import schema_versions
from huitoukan.application import build
from huitoukan.settings import Settings
from rectification.people.model import Person
from tests.faults.serving import LoggedServer
from tests.postgres import OwnServer
from tests.web.application import ADMIN, HELPER, build_house
from tests.web.conftest import Street, _street
from web.operations.health import EVERY
from web.security import sessions
from web.security.api_tokens import create_token

TIMED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (ERROR|WARNING) huitoukan\.outage: ")
REQUESTS = 10


@pytest.fixture
def server() -> Iterator[OwnServer]:
    own_server = OwnServer()
    yield own_server
    own_server.remove()


@pytest.fixture
def street(database: Database, tmp_path: Path) -> Street:
    """A real house, whose clock was watched before."""
    found = _street(build_house(tmp_path, database=database))
    with database.writing() as session:
        session.execute(insert(scheduler_progress), {"id": 1, "worked_until": found.clock.now()})
    return found


def test_a_postgresql_that_stops_is_told_once_and_answered_503(server: OwnServer, tmp_path: Path) -> None:
    schema_versions.migrate(server.url)
    token, cookie = _somebody(server.url)
    product = LoggedServer(tmp_path, server.url)
    with httpx.Client(base_url=product.address, timeout=60) as client:
        ways: tuple[Callable[[], httpx.Response], ...] = (
            lambda: client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"}),
            lambda: client.get("/", headers={"Cookie": f"session={cookie}; language=en"}),
            lambda: client.post(
                "/sign-in", data={"login": "wang", "password": "x"}, headers={"Origin": product.address}
            ),
        )
        assert [way().status_code for way in ways][:2] == [200, 200]
        assert client.get("/healthz").json()["status"] == "ok"
        for _time in range(2):
            server.stop()
            answers = [way() for _ in range(REQUESTS) for way in ways]
            _until(lambda: client.get("/healthz").status_code == 503)
            assert {answer.status_code for answer in answers} == {503}
            assert {answer.headers["Retry-After"] for answer in answers} == {"30"}
            told = answers[0].json()
            assert told["code"] == "away"
            assert "数据库" in told["message_zh"]
            assert "does not answer" in told["message_en"]
            assert "Away for the moment" in answers[1].text
            server.start()
            _until(lambda: client.get("/healthz").status_code == 200)
            assert [way().status_code for way in ways][:2] == [200, 200]
    assert product.stop() == 0
    lines = product.lines
    assert len(lines) == 4, lines
    assert [found.group(1) for line in lines if (found := TIMED.match(line))] == ["ERROR", "WARNING"] * 2
    assert ["away" in line for line in lines] == [True, False] * 2


def _somebody(url: str) -> tuple[str, str]:
    database, now = Database(url), SystemClock().now()
    with database.writing() as session:
        session.add(Person(id=1, name="王芳", login="wang"))
        session.flush()
        found = create_token(session, 1, "tests", now), sessions.open_session(session, 1, now)
    database.close()
    return found


def _until(ready: Callable[[], bool]) -> None:
    assert any(ready() for _ in range(100_000))


@contextmanager
def read_only(database: Database) -> Iterator[None]:
    """A database that takes no writes, as one is on a disk that was mounted read-only, or on a replica."""

    def prepare(connection: Any, _record: Any) -> None:
        connection.execute(
            "PRAGMA query_only=ON" if database.is_sqlite else "SET default_transaction_read_only = on"
        )
        if not database.is_sqlite:
            connection.commit()

    database.close()
    event.listen(database.engine, "connect", prepare)
    yield
    event.remove(database.engine, "connect", prepare)
    database.close()


def test_a_database_that_only_reads_is_answered_503_where_something_is_written(
    street: Street, caplog: pytest.LogCaptureFixture
) -> None:
    stranger, signed_in = street.stranger(), street.person(ADMIN)
    credentials = {"login": f"p{ADMIN}", "password": "一个 足够长的 密码"}
    with read_only(street.application.database):
        for _ in range(5):
            assert signed_in.get("/").status_code == 200
            answer = stranger.post("/sign-in", credentials)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "暂时无法使用" in answer.text
        assert stranger.get("/healthz").status_code == 503
    street.clock.push_by(EVERY)
    assert stranger.get("/healthz").status_code == 200
    assert stranger.post("/sign-in", credentials).status_code == 303
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


def test_a_full_sqlite_is_an_outage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    street = _street(build_house(tmp_path))
    database = street.application.database
    signed_in = street.person(ADMIN)

    def limit(connection: Any, _record: Any) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")

    database.close()
    event.listen(database.engine, "connect", limit)
    statuses = [
        signed_in.post("/me/tokens", {"name": f"program {number}"}).status_code for number in range(100)
    ]
    full = list(itertools.dropwhile(lambda one: one != 503, statuses))
    assert len(full) > 20
    assert set(statuses) - {503} <= {200, 303}
    assert signed_in.get("/").status_code == 200
    event.remove(database.engine, "connect", limit)
    database.close()
    assert signed_in.get("/healthz").status_code == 200
    assert signed_in.post("/me/tokens", {"name": "program"}).status_code in (200, 303)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]
    assert "full" in caplog.records[0].getMessage()


def test_a_full_disk_beside_the_database_is_an_outage(
    street: Street, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    program = street.program(HELPER)
    paper = {"file": ("a.pdf", b"%PDF-1.4 a", "application/pdf")}
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for _ in range(5):
            answer = program.post("/api/v1/evidence", data={"about": "ticket:1"}, files=paper)
            assert (answer.status_code, answer.json()["code"]) == (503, "away")
        assert program.get("/healthz").status_code == 503
    street.clock.push_by(EVERY)
    assert program.get("/healthz").status_code == 200
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


def test_whoever_asks_often_has_the_database_tried_now_and_then(street: Street) -> None:
    tries: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE scheduler_progress"):
            tries.append(statement)

    event.listen(street.application.database.engine, "before_cursor_execute", note)
    for _ in range(3):
        for _ in range(10):
            assert street.stranger().get("/healthz").json() == {"status": "ok", "stopped": []}
        street.clock.push_by(EVERY)
    event.remove(street.application.database.engine, "before_cursor_execute", note)
    assert len(tries) == 3


@pytest.mark.parametrize("subject", ["task:settle", "clock:2019-09-02"])
def test_what_stopped_in_the_background_is_told_without_sending_people_away(
    street: Street, subject: str
) -> None:
    now = street.application.clock.now()
    with street.application.database.writing() as session:
        record_incident(session, "instance:1", "timer", ValueError("of one ticket alone"), now)
        record_incident(session, subject, "task", ValueError("secret"), now)
    answer = street.stranger().get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "degraded",
        "stopped": [{"subject": subject, "since": now.isoformat()}],
    }
    with street.application.database.writing() as session:
        resolve(session, subject, now)
    street.clock.push_by(EVERY)
    assert street.stranger().get("/healthz").json()["status"] == "ok"


def test_an_outage_is_no_failure_of_the_tasks_that_it_stops(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    application = build(Settings(data_dir=tmp_path, database_url=database.url), clock=SystemClock())
    with read_only(application.database):
        for _round in range(5):
            application.ticker.tick()
    application.ticker.tick()
    with application.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(incidents)) == 0
        assert session.scalar(select(func.count()).select_from(scheduler_progress)) == 1
    assert [(record.name, record.levelno) for record in caplog.records] == [
        ("huitoukan.outage", logging.ERROR),
        ("huitoukan.outage", logging.WARNING),
    ]
    application.pictures.shutdown()
    application.rounds.close()
    application.database.close()
