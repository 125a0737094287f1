"""A demo campaign that really listens: the installation, its server, and a colleague for each post."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import SystemClock
from engine.database import Database
from huitoukan.application import RunningApplication, build, publish_shipped
from huitoukan.cli.serving import bound
from huitoukan.demo_clock import mark_as_demo
from huitoukan.settings import Settings
from rectification.people.model import Person
from rectification.setup.demo import BEGINS_AT, SIZES, build_demo
from web.app import create_app
from web.security.api_tokens import create_token
from web.security.demo_links import create_demo_link


@dataclass
class Way:
    """How one person gets in."""

    id: int
    name: str
    link: str
    token: str


@dataclass
class Demo:
    """A demo campaign and its address."""

    application: RunningApplication
    address: str
    clients: list[httpx.Client] = field(default_factory=list)
    """Closed when the demo ends."""

    def way_of(self, login: str) -> Way:
        """The sign-in link and the token of a demo person, for instance ``team_lead1``."""
        with self.application.database.writing() as session:
            return _way(session, session.scalars(select(Person).where(Person.login == login)).one())


def _way(session: Session, who: Person) -> Way:
    token = create_token(session, who.id, "tests", SystemClock().now())
    return Way(who.id, who.name, create_demo_link(session, who.id), token)


@contextmanager
def served_demo(database: Database, folder: Path) -> Iterator[Demo]:
    """A small demo campaign on this database, served on a port of its own."""
    mark_as_demo(database, BEGINS_AT)
    sock = bound("127.0.0.1", 0)
    address = f"http://127.0.0.1:{sock.getsockname()[1]}"
    application = build(Settings(data_dir=folder / "data", database_url=database.url, public_url=address))
    publish_shipped(application)
    build_demo(application.database, application.engine, SIZES["small"], lambda _done, _of: None)
    server = uvicorn.Server(uvicorn.Config(create_app(application), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    one = Demo(application, address)
    try:
        yield one
    finally:
        for client in one.clients:
            client.close()
        server.should_exit = True
        thread.join()
        sock.close()
        application.database.close()


@pytest.fixture
def demo(database: Database, tmp_path: Path) -> Iterator[Demo]:
    """A demo of its own for each test."""
    with served_demo(database, tmp_path) as one:
        yield one
