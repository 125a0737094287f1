"""The clock of a demo database: it stands still until a newcomer pushes it.

Its time is a row that only `huitoukan demo` writes when it builds a demo; without that row there is
no such clock, and a real database has none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from sqlalchemy import Column, Integer, Table, insert, select, update

from engine.database import Database, Instant, metadata

demo_clock_table = Table(
    "demo_clock", metadata, Column("id", Integer, primary_key=True), Column("at", Instant, nullable=False)
)


class DemoClock:
    """Time in a demo. Everything that waits for the clock is worked through after each push."""

    def __init__(self, database: Database, at: dt.datetime) -> None:
        self._database = database
        self._at = at
        self.after_push: Callable[[], object] = lambda: None
        self.next_after: Callable[[dt.datetime], dt.datetime | None] = lambda _now: None

    def now(self) -> dt.datetime:
        return self._at

    def push_to(self, at: dt.datetime) -> None:
        """Move forward to an instant and let everything due until then happen."""
        if at <= self._at:
            return
        self._at = at
        with self._database.writing() as session:
            session.execute(update(demo_clock_table).values(at=at))
        self.after_push()

    def next_deadline(self) -> dt.datetime | None:
        """Push to the next instant at which something falls due."""
        at = self.next_after(self._at)
        if at is not None:
            self.push_to(at)
        return at

    def one_day_on(self) -> dt.datetime:
        """Push by one day, through every deadline on the way in its order."""
        goal = self._at + dt.timedelta(days=1)
        while (at := self.next_after(self._at)) is not None and at < goal:
            self.push_to(at)
        self.push_to(goal)
        return self._at


def demo_clock_of(database: Database) -> DemoClock | None:
    """The clock of this database, if it is a demo."""
    with database.reading() as session:
        at = session.execute(select(demo_clock_table.c.at)).scalar_one_or_none()
    return None if at is None else DemoClock(database, at)


def mark_as_demo(database: Database, at: dt.datetime) -> DemoClock:
    """Make this (new) database a demo whose clock stands at ``at``."""
    with database.writing() as session:
        session.execute(insert(demo_clock_table), {"id": 1, "at": at})
    return DemoClock(database, at)
