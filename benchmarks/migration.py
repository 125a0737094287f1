"""A thousand running tickets to another version: judged, moved and undone, against writing the same rows plainly."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.host import Actor, Step, Values
from engine.migration.move import judge, migrate
from engine.migration.tokens import MovePlan
from engine.migration.undo import undo
from engine.schema import instances, moves, work_items
from huitoukan.application import shipped_files
from rectification.process.host import DomainHost

OWNER = Actor("流程管理员", 1)
START: Values = {
    "campaign": 1, "ticket": 1, "household": 1, "village": "341226100200", "town": "341226100", "county": "341226",
    "item": "E4", "category": "5", "office": "post:town_office@341226100", "reporter": "post:team_lead@341226100200",
    "list_submitted": True, "description": "",
}  # fmt: skip


def measure(count: int = 1_000) -> str:
    """Seconds for a thousand, how many verdicts came true, and the ratio to plain updates of two rows."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder, 'm.db')}")
        database.create_all()
        clock = PushedClock(dt.datetime(2019, 9, 9, 1, tzinfo=dt.UTC))
        engine = Engine(database, _World(Path(folder)), clock)
        files = {name: data for name, data in shipped_files().items() if not name.endswith(".json")}
        with database.writing() as session:
            engine.publish(session, files, "b")
            for number in range(count):
                engine.start(session, "rectification", f"ticket:{number}", START)
        changed = files["rectification.bpmn"].replace('name="审核问题"'.encode(), 'name="审核"'.encode())
        with database.writing() as session:
            target = engine.definitions.version(
                session, engine.publish(session, {**files, "rectification.bpmn": changed}, "b")
            )
            numbers = list(session.execute(select(instances.c.id)).scalars())
        plan = MovePlan(target)
        began = time.perf_counter()
        with database.reading() as session:
            verdicts = [judge(engine, session, number, plan) for number in numbers]
        judged = time.perf_counter()
        done = [migrate(engine, number, plan, OWNER, "b") for number in numbers]
        moved = time.perf_counter()
        with database.reading() as session:
            made = list(session.execute(select(moves.c.id)).scalars())
        for number in made:
            undo(engine, number, OWNER)
        undone = time.perf_counter()
        _plainly(database, numbers)
        plain = time.perf_counter() - undone
        same = sum(a.outcome == b.outcome for a, b in zip(verdicts, done, strict=True))
        database.close()
        return (
            f"{count} tickets: judged {judged - began:.2f} s, moved {moved - judged:.2f} s, "
            f"undone {undone - moved:.2f} s; verdict equal {same} of {count}; "
            f"moving / two plain updates in a transaction = {(moved - judged) / plain:.1f}"
        )


class _World(DomainHost):
    """The domain without rows: nobody is told, and days are counted without a calendar."""

    def functions(self, step: Step) -> Mapping[str, Callable[..., Any]]:
        """What the first steps of a ticket ask."""
        return {
            "now": lambda: step.now,
            "post": lambda role, scope: f"post:{role}@{scope}",
            "workdays_after": lambda at, days: at + dt.timedelta(days=days),
        }

    def status_changed(self, step: object, status: str) -> None:
        """No ticket has a row here."""

    def offered(self, session: object, work: object, now: object) -> None:
        """Nobody is told."""

    def first_escalation(self, session: object, deadline: object) -> None:
        """No escalation."""

    def escalation_after_move(self, session: object, item: int, deadline: object, now: object) -> Any:
        """No escalation."""


def _plainly(database: Database, numbers: list[int]) -> None:
    """What a move cannot do without: the instance's version and the work item's."""
    for number in numbers:
        with database.writing() as session:
            session.execute(update(instances).where(instances.c.id == number).values(definition_id=1))
            session.execute(
                update(work_items).where(work_items.c.instance_id == number).values(definition_id=1)
            )
