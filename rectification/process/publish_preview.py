"""“If I publish this now”: the draft on a copy of the open work, with the real engine on a clock that runs ahead.

The copy is a database of its own in a file that is thrown away; nothing of what happens there is sent or kept.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.authoring import drafts
from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.host import Actor
from engine.json import as_int, as_text
from engine.migration.move import migrate
from engine.migration.tokens import MovePlan
from engine.simulation.copying import copy_running
from engine.worklist.selectables import open_work, running_instances, work_items
from rectification.core.jobs import Run
from rectification.escalation import sweep
from rectification.escalation.policy import EscalationStep
from rectification.people.model import Person
from rectification.process.host import DomainHost
from rectification.process.instance_migrations import changed_times, lies_in

MOST: Final = 2_000
"""Open pieces of work that are copied."""
LONGEST: Final = 60
"""Days that the clock may run ahead."""
_LEFT_OUT: Final = frozenset({
    "history", "messages", "notices", "command_receipts", "audit_seals", "web_api_tokens", "web_demo_links", "web_sessions",
    "web_sign_in_attempts", "deliveries", "drafts", "evidence", "jobs", "ledger_columns", "saved_filters",
    "start_timers", "draft_editors", "draft_reviews", "import_mappings", "incidents", "instance_migrations", "paper_templates",
    "uploads", "demo_clock", "escalation_steps", "owed_escalations", "devices", "push_keys",
    "idempotency_keys", "scheduler_progress", "unnotified_offers", "web_password_links",
})  # fmt: skip
"""What no step of a process reads."""


def preview_publication(run: Run) -> None:
    """The job: its report has what would move, what not and why, what would be overdue, and who would hear of it."""
    params = run.params
    with run.database.reading() as session:
        draft = drafts.get_draft(session, run.engine.definitions, as_int(params["draft"]))
        person = session.get_one(Person, run.asked_by)
        numbers = _open_work(session, as_text(params["process"]), draft.scope)
    now = run.clock.now()
    with _copy(run.database, numbers) as copied:
        clock = PushedClock(now)
        engine = Engine(copied, DomainHost(run.data_dir), clock)
        with copied.writing() as session:
            target = engine.definitions.version(
                session, engine.publish(session, draft.files, person.name, scope=draft.scope)
            )
        report = _moved(run, engine, numbers, target.id, params, Actor(person.name, person.id))
        report["overdue"] = _overdue(copied, numbers, now)
        report["told"] = _told(copied, engine, clock, now, min(as_int(params["days"]), LONGEST))
    run.finish(**report, total=len(numbers))


def _open_work(session: Session, process: str, scope: str) -> list[int]:
    running = running_instances.c
    query = select(running.id).where(running.process == process, lies_in(scope))
    return list(session.execute(query.order_by(running.id).limit(MOST)).scalars())


def _moved(
    run: Run, engine: Engine, numbers: list[int], target: int, params: Any, actor: Actor
) -> dict[str, Any]:
    moved, held = 0, []
    plans: dict[int, MovePlan] = {}
    for done, number in enumerate(numbers, 1):
        with engine.database.reading() as session:
            version = engine.definitions.version(session, target)
            on = session.execute(
                select(running_instances.c.definition_id).where(running_instances.c.id == number)
            ).scalar_one()
            if on not in plans:
                old = engine.definitions.version(session, on)
                anew = changed_times(old, version, params["process"]) if params["rearm"] else []
                plans[on] = MovePlan(version, {}, frozenset(element.name for element in anew))
        verdict = migrate(engine, number, plans[on], actor, "—")
        if verdict.outcome in ("moves", "there"):
            moved += 1
        else:
            held.append([verdict.key, verdict.words.zh, verdict.words.en])
        if done % 50 == 0:
            run.progress(done, len(numbers))
    return {"moved": moved, "held": held}


def _overdue(copied: Database, numbers: list[int], now: dt.datetime) -> list[list[str]]:
    """Open tasks that are overdue the moment it is published: their step and what they are about."""
    query = select(open_work.c.key, open_work.c.name).where(open_work.c.due_at < now)
    with copied.reading() as session:
        return [[row.key, row.name] for row in session.execute(query.order_by(open_work.c.id))]


def _told(
    copied: Database, engine: Engine, clock: PushedClock, now: dt.datetime, days: int
) -> list[list[Any]]:
    """Day by day, whom the escalations would tell about what."""
    for _ in range(days):
        clock.push_by(dt.timedelta(days=1))
        engine.settle()
        sweep.run_due(copied, clock.now())
    query = (
        select(
            EscalationStep.escalation_at,
            EscalationStep.level,
            EscalationStep.colour,
            Person.name,
            work_items.c.key,
            work_items.c.name,
        )
        .join(work_items, work_items.c.id == EscalationStep.work_item_id)
        .join(Person, Person.id == EscalationStep.person_id)
        .where(EscalationStep.escalation_at > now)
        .order_by(EscalationStep.escalation_at, EscalationStep.id)
    )
    with copied.reading() as session:
        return [
            [at.isoformat(), level, colour, person, key, step]
            for at, level, colour, person, key, step in session.execute(query)
        ]


# -- the copy ----------------------------------------------------------------------------------


@contextmanager
def _copy(database: Database, numbers: list[int]) -> Iterator[Database]:
    with tempfile.TemporaryDirectory(prefix="huitoukan-what-if-") as folder:
        copied = Database(f"sqlite:///{Path(folder, 'copy.db')}")
        copied.create_all()
        with database.reading() as source, copied.engine.connect() as raw:
            connection = raw.connection.driver_connection
            assert connection is not None
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("PRAGMA synchronous=OFF")
            with Session(raw) as target:
                copy_running(source, target, numbers, _LEFT_OUT)
                target.commit()
        yield copied
        copied.close()
