"""The server is killed while people submit: nothing acknowledged is lost, nothing is done twice."""

from __future__ import annotations

import os
import random
import sys
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
from sqlalchemy import func, select

from engine.audit import chain
from engine.clock import SystemClock
from engine.database import Database
from engine.schema import history, work_items
from huitoukan import schema_versions
from huitoukan.application import build, publish_shipped
from huitoukan.cli import app as huitoukan
from huitoukan.demo_clock import mark_as_demo
from huitoukan.settings import Settings
from rectification.matters.visit import Visit
from rectification.people.model import Person
from rectification.setup.demo import BEGINS_AT, SIZES, build_demo
from tests.forked import READY
from web.security.api_tokens import create_token

KILLS = 20
CLIENTS = ("helper1", "helper2", "helper3", "helper4")
ABSENT = {
    "visited_on": "2019-09-02",
    "second_visitor": "陪同人",
    "met": "absent",
    "next_visit_on": "2019-09-03",
}


class Server:
    """`huitoukan serve` as an operator runs it, and as a power cut ends it."""

    def __init__(self, data: Path, url: str) -> None:
        self._settings = {"HUITOUKAN_DATABASE_URL": url, "HUITOUKAN_DATA_DIR": str(data)}
        self.address = ""

    def start(self) -> None:
        """Start, and read the address that it prints when it listens."""
        ours, its = READY.Pipe(duplex=False)
        self._process = READY.Process(target=_serve, args=(self._settings, its), daemon=True)
        self._process.start()
        its.close()
        with open(ours.fileno(), closefd=False) as printed:
            self.address = printed.readline().split()[-1]
        ours.close()

    def kill(self) -> None:
        """The way that leaves no time for anything."""
        self._process.kill()
        self._process.join()


def _serve(settings: dict[str, str], printed: Connection) -> None:
    os.environ.update(settings)
    os.dup2(printed.fileno(), sys.stdout.fileno())
    huitoukan(["serve", "--port", "0"])


@dataclass
class Tally:
    """What was acknowledged, told apart by the key that each form was sent with."""

    acknowledged: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def add(self, key: str) -> None:
        """One more form was acknowledged."""
        with self.changed:
            self.acknowledged.append(key)
            self.changed.notify_all()

    def refuse(self, words: str) -> None:
        """A form was answered with something else."""
        with self.changed:
            self.refused.append(words)
            self.changed.notify_all()

    def wait_for(self, more: int) -> None:
        """Return when so many more forms were acknowledged."""
        with self.changed:
            goal = len(self.acknowledged) + more
            assert self.changed.wait_for(lambda: self.refused or len(self.acknowledged) >= goal, timeout=120)
        assert self.refused == []


@dataclass
class Client:
    """A phone that sends forms until the line goes dead, and later sends the last one again."""

    token: str
    tally: Tally
    pending: tuple[int, str] | None = None

    def run(self, address: str) -> None:
        """Send until the connection breaks."""
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=60) as line:
                if self.pending is None:
                    first = line.get("/work-items", params={"element": "visit"}).json()["items"][0]
                    self.pending = (first["id"], str(uuid.uuid4()))
                while self._send(line):
                    pass
        except httpx.TransportError:
            return

    def _send(self, line: httpx.Client) -> bool:
        assert self.pending is not None
        item, key = self.pending
        answer = line.post(
            f"/work-items/{item}/completion",
            json={"values": {**ABSENT, "note": key}},
            headers={"Idempotency-Key": key},
        )
        if answer.status_code != 200:
            self.tally.refuse(answer.text)
            return False
        self.tally.add(key)
        self.pending = (answer.json()["next_items"][0], str(uuid.uuid4()))
        return True


def test_twenty_kills_lose_nothing_and_do_nothing_twice(empty_database: str, tmp_path: Path) -> None:
    schema_versions.migrate(empty_database)
    database = Database(empty_database)
    chance = random.Random()
    tokens = _demo(database, tmp_path)
    tally = Tally()
    clients = [Client(token, tally) for token in tokens]
    server = Server(tmp_path / "data", database.url)
    for _ in range(KILLS):
        server.start()
        threads = [threading.Thread(target=client.run, args=(server.address,)) for client in clients]
        for thread in threads:
            thread.start()
        tally.wait_for(chance.randint(1, 12))
        server.kill()
        for thread in threads:
            thread.join()
    assert tally.refused == []
    _every_acknowledged_form_once(database, tally)
    database.close()
    application = build(Settings(data_dir=tmp_path / "data", database_url=database.url))
    while application.seal():
        pass
    with application.database.reading() as session:
        assert chain.verify(session, application.settings.anchor).faults == ()
    application.database.close()


def _demo(database: Database, tmp_path: Path) -> list[str]:
    """A small demo, and the tokens of its helpers."""
    mark_as_demo(database, BEGINS_AT)
    application = build(Settings(data_dir=tmp_path / "data", database_url=database.url))
    publish_shipped(application)
    build_demo(application.database, application.engine, SIZES["small"], lambda _done, _of: None)
    with application.database.writing() as session:
        people = session.scalars(select(Person).where(Person.login.in_(CLIENTS))).all()
        tokens = [create_token(session, person.id, "tests", SystemClock().now()) for person in people]
    application.database.close()
    return tokens


def _every_acknowledged_form_once(database: Database, tally: Tally) -> None:
    with database.reading() as session:
        kept = Counter(session.scalars(select(Visit.note)))
        visits = session.scalar(select(func.count()).select_from(Visit))
        chronicled = session.scalar(select(func.count()).where(history.c.action == "visited"))
        is_open = work_items.c.closed_at.is_(None), work_items.c.process == "household_visit"
        desks = Counter(session.scalars(select(work_items.c.key).where(*is_open)))
    assert set(tally.acknowledged) <= set(kept)
    assert set(kept.values()) == {1}
    assert len(kept) - len(set(tally.acknowledged)) <= len(CLIENTS) * KILLS
    assert visits == chronicled
    assert set(desks.values()) == {1}
