"""A furnished house, and browsers and programs that walk in."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from httpx import Response

from engine.clock import PushedClock
from engine.database import Database
from rectification.core.jobs import run_next
from rectification.process.job_registry import WORKS
from tests.web.application import START, TinyHouse, build_house, furnish
from web.app import create_app
from web.security import api_tokens, sessions
from web.security.authenticate import cookie_name

with warnings.catch_warnings():  # the test client would rather have a successor of httpx
    warnings.simplefilter("ignore", UserWarning)
    from starlette.testclient import TestClient


_portals: list[BlockingPortal] = []
"""The event loop in which requests run, while tests of pages do."""


@pytest.fixture(scope="session", autouse=True)
def _portal() -> Iterator[None]:
    """One event loop for all requests of a worker: to start one for each takes as long as the request."""
    with start_blocking_portal() as portal:
        _portals.append(portal)
        yield
        _portals.clear()


def client_of(app: FastAPI, *, follow: bool = False) -> TestClient:
    """Somebody who sends requests to the application."""
    client = TestClient(app, follow_redirects=follow)
    client.portal = _portals[0] if _portals else None
    return client


@dataclass
class Browser:
    """Somebody in front of the pages; ``csrf`` is what the pages carry."""

    app: FastAPI
    csrf: str = ""
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = client_of(self.app)

    def get(self, path: str, **headers: str) -> Response:
        answer: Response = self.client.get(path, headers=headers)
        return answer

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **headers: str) -> Response:
        data = {"_csrf": self.csrf, **(fields or {})}
        answer: Response = self.client.post(path, data=data, headers=headers)
        return answer

    def speaks(self, language: str) -> Browser:
        self.client.cookies.set("language", language)
        return self


@dataclass
class Street:
    """The installation with its application and the machine's own clock."""

    application: TinyHouse
    clock: PushedClock
    app: FastAPI

    def stranger(self) -> Browser:
        """Somebody who is not signed in."""
        return Browser(self.app)

    def person(self, number: int) -> Browser:
        """Somebody who is signed in."""
        with self.application.database.writing() as session:
            token = sessions.open_session(session, number, self.clock.now())
            seat = sessions.find_session(session, token, self.clock.now())
        assert seat is not None
        browser = Browser(self.app, seat.csrf)
        browser.client.cookies.set(cookie_name(self.application), token)
        return browser

    def program(self, number: int) -> TestClient:
        """A program with somebody's personal token."""
        with self.application.database.writing() as session:
            token = api_tokens.create_token(session, number, "test", self.clock.now())
        client = client_of(self.app)
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    def do_jobs(self) -> None:
        """Whatever was asked for and is done in the background."""
        while run_next(self.application.engine, self.application.settings.data_dir, WORKS):
            pass


def _street(application: TinyHouse) -> Street:
    furnish(application)
    clock = PushedClock(START)
    return Street(application, clock, create_app(application, machine_clock=clock))


def build_street(directory: Path) -> Street:
    """A demo's house, on a database of its own."""
    return _street(build_house(directory, demo=True))


@pytest.fixture
def street(database: Database, tmp_path: Path) -> Street:
    """A real house, on each kind of database."""
    return _street(build_house(tmp_path, database=database))


@pytest.fixture
def demo_street(tmp_path: Path) -> Street:
    """A demo's house."""
    return build_street(tmp_path)


def field_of(page: str, name: str) -> str:
    """The value of the first input of this name."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"', page)
    assert found is not None, f"no input {name}"
    return found.group(1)
