"""An open page hears at once that its reader was told something, whichever server told it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from engine.clock import PushedClock
from engine.database import Database
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from tests.web.application import HELPER, LEAD, START, TinyHouse, build_house
from tests.web.conftest import Street
from web.app import create_app
from web.security import sessions
from web.security.authenticate import cookie_name


@contextmanager
def served(application: TinyHouse) -> Iterator[str]:
    """The installation on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        app = create_app(application, machine_clock=PushedClock(START))
        config = uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=5)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        finally:
            application.bell.stop()
            server.should_exit = True
            thread.join()


@contextmanager
def page(application: TinyHouse, address: str, person: int) -> Iterator[Iterator[str]]:
    """What an open page hears."""
    with application.database.writing() as session:
        cookie = sessions.open_session(session, person, START)
    with httpx.stream(
        "GET", f"{address}/events", cookies={cookie_name(application): cookie}, timeout=20
    ) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield (line for line in answer.iter_lines() if line.startswith(("event", "retry")))


def told(application: TinyHouse, person: int) -> None:
    with application.database.writing() as session:
        notify_many(
            session,
            [NotificationRequest(person, "offered", "ticket:1", LocalizedText("新", "New"), "/")],
            application.clock.now(),
        )


def test_a_page_hears_what_any_server_tells(street: Street, tmp_path: Path) -> None:
    here = street.application
    here.bell.pass_on()  # what tests before this one told in the same database
    shared = here.database.is_sqlite
    there = here if shared else build_house(tmp_path, database=Database(here.database.url))
    with served(there) as address, page(there, address, HELPER) as heard, page(there, address, LEAD) as other:
        assert next(heard).startswith("retry")
        assert next(other).startswith("retry")
        if not shared:
            there.bell.start()
            assert next(heard) == next(other) == "event: told", "whoever begins to listen looks once"
        told(here, HELPER)
        assert here.bell.pass_on() == 1
        assert here.bell.pass_on() == 0
        assert next(heard) == "event: told"
        told(here, LEAD)
        told(here, LEAD)
        assert here.bell.pass_on() == 1, "one ring for many notices"
        assert next(other) == "event: told"
        there.bell.stop()
        assert list(heard) == [], "the other page's news is not this one's"
    if not shared:
        there.database.close()


def test_what_was_taken_back_rings_nobody(street: Street) -> None:
    def taken_back() -> None:
        with street.application.database.writing() as session:
            notify_many(
                session, [NotificationRequest(HELPER, "offered", "x", LocalizedText("新", "New"), "/")], START
            )
            raise ZeroDivisionError

    street.application.bell.pass_on()  # what tests before this one told through the same database
    with pytest.raises(ZeroDivisionError):
        taken_back()
    assert street.application.bell.pass_on() == 0


def test_the_marks_are_counted_for_a_page_that_asks(street: Street) -> None:
    told(street.application, HELPER)
    browser = street.person(HELPER)
    assert browser.get("/notices/count").json() == {"bell": 1, "overdue": 0}
    browser.post("/notices/read")
    assert browser.get("/notices/count").json() == {"bell": 0, "overdue": 0}
