"""Jobs: long work that somebody asked for and does not wait for: imports, exports, papers by the hundred.

A job is a row; whoever is free claims it. What dies in the middle is begun again by another, so a job's
work must bear being done twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import Clock
from engine.database import Database
from engine.engine import Engine
from engine.errors import NotFound, Refusal
from engine.words import Words
from register.row import Id, LongText, Name, Row

logger = logging.getLogger("huitoukan.jobs")

SILENCE: Final = dt.timedelta(minutes=10)
"""A job that says nothing for this long has died with its process."""


class Job(Row):
    """One piece of long work, who asked for it, how far it is, and the file that came of it.

    Whoever asked may pause a migration: its state is then ``paused``.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state", "state", "id"), Index("ix_jobs_asked_by", "asked_by_id", "id"))

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[dt.datetime]
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), comment="queued, running, done or failed")
    heard_at: Mapped[dt.datetime | None]
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[Name | None] = mapped_column(comment="name of the file that came of it")
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    failure_zh: Mapped[LongText | None]
    failure_en: Mapped[LongText | None]
    finished_at: Mapped[dt.datetime | None]

    @property
    def name(self) -> Words:
        """What it is called."""
        return Words(self.name_zh, self.name_en)

    @property
    def failure(self) -> Words | None:
        """Why it failed, if it did."""
        if self.failure_zh is None or self.failure_en is None:
            return None
        return Words(self.failure_zh, self.failure_en)


@dataclass(slots=True)
class Run:
    """What a job's work gets to do it with."""

    id: int
    engine: Engine
    data_dir: Path
    asked_by: int
    params: Mapping[str, Any]

    @property
    def database(self) -> Database:
        """The one shared truth."""
        return self.engine.database

    @property
    def clock(self) -> Clock:
        """What time it is."""
        return self.engine.clock

    def file(self, name: str) -> Path:
        """Where to write the file called ``name`` to; a later call of :meth:`finish` hands it out."""
        folder = job_folder(self.data_dir, self.id)
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def progress(self, done: int, total: int) -> None:
        """Say how far it is, in a transaction of its own."""
        with self.database.writing() as session:
            _write(session, self.id, done=done, total=total, heard_at=self.clock.now())

    def stop_if_paused(self) -> None:
        """End here for now when somebody paused the job; it is begun again when they let it go on."""
        with self.database.reading() as session:
            if session.scalar(select(Job.state).where(Job.id == self.id)) == "paused":
                raise Paused

    def finish(self, result: str | None = None, **report: Any) -> None:
        """Name the file that came of it, and figures to show beside it."""
        with self.database.writing() as session:
            _write(session, self.id, result=result, report=report)


class Paused(Exception):
    """Somebody paused the job while it was being done."""


Work = Callable[[Run], None]


def job_folder(data_dir: Path, number: int) -> Path:
    """Where a job keeps its files."""
    return data_dir / "jobs" / str(number)


def ask_for(session: Session, kind: str, name: Words, person_id: int, now: dt.datetime, **params: Any) -> Job:
    """Queue a job; its work is done after the commit."""
    row = Job(kind=kind, name_zh=name.zh, name_en=name.en, asked_by_id=person_id, asked_at=now)
    row.params, row.state = params, "queued"
    session.add(row)
    session.flush()
    return row


def job(session: Session, number: int, person_id: int) -> Job:
    """A job that this person asked for.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    found = session.get(Job, number)
    if found is None or found.asked_by_id != person_id:
        raise NotFound(Words("没有这项后台任务。", "There is no such job."))
    return found


def pause(session: Session, one: Job) -> None:
    """Let a job rest where it is; nothing is pausable that has ended."""
    _turn(session, one, ("queued", "running"), "paused")


def go_on(session: Session, one: Job) -> None:
    """Let a paused job go on."""
    _turn(session, one, ("paused",), "queued")


def _turn(session: Session, one: Job, states: tuple[str, ...], state: str) -> None:
    session.execute(update(Job).where(Job.id == one.id, Job.state.in_(states)).values(state=state))


def run_next(engine: Engine, data_dir: Path, works: Mapping[str, Work]) -> bool:
    """Claim the oldest job that waits and do it; whether there was one.

    A failure of the domain is told to whoever asked; any other is logged and told as such.
    """
    claimed = _claim(engine.database, engine.clock)
    if claimed is None:
        return False
    run = Run(claimed.id, engine, data_dir, claimed.asked_by_id, claimed.params)
    try:
        works[claimed.kind](run)
    except Paused:
        return True
    except Refusal as fault:
        _end(run, "failed", fault.words)
    except Exception:
        logger.exception("job %s (%s) failed", claimed.id, claimed.kind)
        _end(
            run,
            "failed",
            Words(
                "出错了，已记录，请重试或联系管理员。",
                "It failed and was logged; try again or tell an administrator.",
            ),
        )
    else:
        _end(run, "done", None)
    return True


def _claim(database: Database, clock: Clock) -> Job | None:
    now = clock.now()
    waits = or_(Job.state == "queued", (Job.state == "running") & (Job.heard_at < now - SILENCE))
    wanted = select(Job).where(waits).order_by(Job.id).limit(1)
    with database.reading() as session:
        if session.scalars(wanted).first() is None:
            return None
    with database.writing() as session:
        found = session.scalars(wanted.with_for_update(skip_locked=True)).first()
        if found is not None:
            found.state, found.heard_at, found.done = "running", now, 0
        return found


def _end(run: Run, state: str, failure: Words | None) -> None:
    with run.database.writing() as session:
        values: dict[str, Any] = {"state": state, "finished_at": run.clock.now()}
        if failure is not None:
            values.update(failure_zh=failure.zh, failure_en=failure.en)
        _write(session, run.id, **values)


def _write(session: Session, number: int, **values: Any) -> None:
    session.execute(update(Job).where(Job.id == number).values(**values))
