"""Completing one human task with everything in the transaction, against a plain state machine.

The plain one does, per step, one read, one update and two inserts with SQLAlchemy Core, on the same
database settings (SQLite, synchronous=FULL). Both are measured in turns in the same run.
"""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, insert, select, update

from benchmarks.ticket import TICKET, QuietWorld
from engine.clock import PushedClock
from engine.database import BigId, Database, Instant
from engine.engine import Engine
from engine.host import Actor
from engine.schema import work_items

NOW = dt.datetime(2019, 9, 2, 1, 0, tzinfo=dt.UTC)
LI = Actor("李明", person=7)


class PlainMachine:
    """One read, one update, two inserts: the least that a durable ticket can cost."""

    def __init__(self, database: Database) -> None:
        self.database = database
        plain = MetaData()
        self.tickets = Table(
            "plain_tickets",
            plain,
            Column("id", BigId, primary_key=True),
            Column("status", String(20)),
            Column("version", Integer),
        )
        self.log = Table(
            "plain_log",
            plain,
            Column("id", BigId, primary_key=True),
            Column("ticket", BigId),
            Column("at", Instant),
            Column("detail", String),
        )
        self.work = Table(
            "plain_work",
            plain,
            Column("id", BigId, primary_key=True),
            Column("ticket", BigId),
            Column("name", String),
            Column("due", Instant),
        )
        plain.create_all(database.engine)
        self.read = select(self.tickets).where(self.tickets.c.id == bindparam("n"))
        self.change = (
            update(self.tickets)
            .where(self.tickets.c.id == bindparam("n"))
            .values(status=bindparam("s"), version=self.tickets.c.version + 1)
        )
        with database.writing() as session:
            session.execute(insert(self.tickets), {"id": 1, "status": "a", "version": 1})

    def step(self) -> None:
        """One durable step."""
        with self.database.writing() as session:
            row = session.execute(self.read, {"n": 1}).one()
            session.execute(self.change, {"n": 1, "s": "b" if row.status == "a" else "a"})
            session.execute(insert(self.log), {"ticket": 1, "at": NOW, "detail": '{"values":{}}'})
            session.execute(insert(self.work), {"ticket": 1, "name": "next", "due": NOW})


class Tickets:
    """The engine, stepping a ticket of four tasks in a loop of rework."""

    def __init__(self, database: Database) -> None:
        self.engine = Engine(database, QuietWorld(), PushedClock(NOW))
        with database.writing() as session:
            self.engine.publish(session, {"ticket.bpmn": TICKET}, "bench")
            self.instance = self.engine.start(
                session, "ticket", "ticket:1", {"person": 7, "town": "341226100"}
            )
            self.item = session.execute(
                select(work_items.c.id).where(work_items.c.closed_at.is_(None))
            ).scalar_one()

    def step(self) -> None:
        """Complete the task at hand."""
        self.item = self.engine.complete(self.item, {"ok": False, "result": "整改完成"}, LI).next_items[0]


def per_second(step: Callable[[], None], seconds: float) -> float:
    """Steps per second over a span of wall time."""
    until = time.perf_counter() + seconds
    done, began = 0, time.perf_counter()
    while time.perf_counter() < until:
        step()
        done += 1
    return done / (time.perf_counter() - began)


def measure(rounds: int = 5, seconds: float = 1.0) -> Mapping[str, Any]:
    """Rates in turns, and the median ratio of engine to plain."""
    with tempfile.TemporaryDirectory() as folder:
        one, two = (
            Database(f"sqlite:///{Path(folder) / 'plain.db'}"),
            Database(f"sqlite:///{Path(folder) / 'engine.db'}"),
        )
        two.create_all()
        plain, tickets = PlainMachine(one), Tickets(two)
        for step in (plain.step, tickets.step):
            per_second(step, 0.5)
        pairs = [(per_second(plain.step, seconds), per_second(tickets.step, seconds)) for _ in range(rounds)]
        one.close()
        two.close()
    return {
        "plain steps/s": round(statistics.median(p for p, _ in pairs)),
        "engine completions/s": round(statistics.median(e for _, e in pairs)),
        "ratio engine/plain": round(statistics.median(e / p for p, e in pairs), 3),
    }


if __name__ == "__main__":
    print(measure())
