"""Jobs: long work that somebody asked for and does not wait for: imports, exports, papers by the hundred.

A job is a row; whoever is free claims it. What dies in the middle is begun again by another, so a job's
work must bear being done twice.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import JSON, ForeignKey, Index, String, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import Clock
from engine.database import Database
from engine.engine import Engine
from engine.errors import DomainError, NotFound
from engine.json import Json, JsonObject
from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.core.model import Id, LongText, Model, Name

logger = logging.getLogger("huitoukan.jobs")
T = TypeVar("T")

SILENCE: Final = dt.timedelta(minutes=10)
"""A job that says nothing for this long has died with its process."""
RETRIES: Final = (dt.timedelta(minutes=1), dt.timedelta(minutes=5), dt.timedelta(minutes=25))
"""When what a full disk, a lost connection or a lack of memory stopped is begun again; after the last it has failed."""
DEATHS: Final = 3
"""So often a job may take its process with it before it has failed."""
_MAY_PASS: Final = (OSError, OperationalError, MemoryError)
"""Faults of the surroundings: the same work may go well a little later."""
LONGEST: Final = 0.1
"""Seconds after which a transaction of long work ends."""
_PAUSE: Final = 0.1
"""Seconds: as long as SQLite lets a process nap that waits for its turn to write."""


class Job(Model):
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
    params: Mapped[dict[str, Json]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), comment="queued, running, done or failed")
    heartbeat_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, comment="how often it was stopped by its surroundings")
    not_before: Mapped[dt.datetime | None] = mapped_column(comment="it rests until then")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    result: Mapped[Name | None] = mapped_column(comment="name of the file that came of it")
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    failure_zh: Mapped[LongText | None]
    failure_en: Mapped[LongText | None]
    finished_at: Mapped[dt.datetime | None]

    @property
    def name(self) -> LocalizedText:
        """What it is called."""
        return LocalizedText(self.name_zh, self.name_en)

    @property
    def failure(self) -> LocalizedText | None:
        """Why it failed, if it did."""
        if self.failure_zh is None or self.failure_en is None:
            return None
        return LocalizedText(self.failure_zh, self.failure_en)


@dataclass(slots=True)
class Run:
    """What a job's work gets to do it with."""

    id: int
    engine: Engine
    data_dir: Path
    asked_by: int
    params: JsonObject

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
            _write(session, self.id, done=done, total=total, heartbeat_at=self.clock.now())

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


def enqueue(context: ActionContext, kind: str, name: LocalizedText, **params: Any) -> Job:
    """Queue a job for the actor; its work is done after the commit."""
    assert context.actor.person is not None
    row = Job(kind=kind, name_zh=name.zh, name_en=name.en)
    row.asked_by_id, row.asked_at = context.actor.person, context.now
    row.params, row.state = params, "queued"
    context.session.add(row)
    context.session.flush()
    return row


def get_job(session: Session, number: int, person_id: int) -> Job:
    """A job that this person asked for.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    job = session.get(Job, number)
    if job is None or job.asked_by_id != person_id:
        raise NotFound(LocalizedText("没有这项后台任务。", "There is no such job."))
    return job


def pause(session: Session, job: Job) -> None:
    """Let a job rest where it is; nothing is pausable that has ended."""
    _turn(session, job, ("queued", "running"), "paused")


def go_on(session: Session, job: Job) -> None:
    """Let a paused job go on."""
    _turn(session, job, ("paused",), "queued")


def _turn(session: Session, job: Job, states: tuple[str, ...], state: str) -> None:
    session.execute(update(Job).where(Job.id == job.id, Job.state.in_(states)).values(state=state))


def run_next(engine: Engine, data_dir: Path, works: Mapping[str, Work]) -> bool:
    """Claim the oldest job that waits and do it; whether there was one.

    A failure of the domain is told to whoever asked; any other is logged and told as such. What the surroundings
    stopped is put off and begun again; jobs that were never stopped come first.
    """
    database, clock = engine.database, engine.clock
    number = _claim(database, clock)
    if number is None:
        return False
    try:
        with database.reading() as session:
            claimed = session.get_one(Job, number)
        works[claimed.kind](Run(number, engine, data_dir, claimed.asked_by_id, claimed.params))
    except Paused:
        return True
    except DomainError as fault:
        _fail(database, number, clock.now(), fault.words)
    except Exception as fault:  # whatever one job does, the others are done
        logger.exception("job %s failed", number)
        if not isinstance(fault, _MAY_PASS) or not _put_off(database, number, clock.now()):
            _fail(database, number, clock.now(), _broken(fault))
    else:
        with database.writing() as session:
            _write(session, number, state="done", finished_at=clock.now())
    return True


def _broken(fault: Exception) -> LocalizedText:
    kind = type(fault).__name__
    return LocalizedText(
        f"出错了，已记录（{kind}），请重试或联系管理员。",
        f"It failed and was logged ({kind}); try again or tell an administrator.",
    )


def _claim(database: Database, clock: Clock) -> int | None:
    """The number of the job that was claimed. A row is looked at without its fields: one that cannot be read fails by itself."""
    now = clock.now()
    rests = Job.not_before.is_not(None) & (Job.not_before > now)
    silent = (Job.state == "running") & (Job.heartbeat_at < now - SILENCE)
    waits = or_((Job.state == "queued") & ~rests, silent)
    columns = (Job.id, Job.state, Job.attempts)
    query = select(*columns).where(waits).order_by(Job.attempts, Job.id).limit(1)
    with database.reading() as session:
        if session.execute(query).first() is None:
            return None
    with database.writing() as session:
        row = session.execute(query.with_for_update(skip_locked=True)).first()
        if row is None:
            return None
        died = row.state == "running"
        _write(session, row.id, state="running", heartbeat_at=now, done=0, attempts=row.attempts + died)
    if died and row.attempts + 1 > DEATHS:
        _fail(database, row.id, now, _DIED)
        return _claim(database, clock)
    return int(row.id)


_DIED: Final = LocalizedText(
    f"服务进程在办理中中断了 {DEATHS} 次以上，已停止。请联系管理员。",
    f"The server's process ended over it more than {DEATHS} times; it was stopped. Please tell an administrator.",
)


def _put_off(database: Database, number: int, now: dt.datetime) -> bool:
    """Begin again later; whether there is a later."""
    with database.writing() as session:
        attempts = session.execute(select(Job.attempts).where(Job.id == number)).scalar_one()
        if attempts >= len(RETRIES):
            return False
        again = {"state": "queued", "attempts": attempts + 1, "not_before": now + RETRIES[attempts]}
        _write(session, number, **again)
    return True


def _fail(database: Database, number: int, now: dt.datetime, words: LocalizedText) -> None:
    values = {"failure_zh": words.zh, "failure_en": words.en, "finished_at": now}
    with database.writing() as session:
        _write(session, number, state="failed", **values)


def in_turns(
    database: Database,
    things: Sequence[T],
    prepare: Callable[[Session], Callable[[T], None]],
    failed: Callable[[T, Exception], None],
) -> None:
    """Do something with each of these, in transactions that end soon, so that others write in between.

    ``prepare`` answers, for one transaction, with what does it. Whatever is raised over one of them leaves nothing of that one; ``failed`` is told, and the others are done.
    """
    left = list(reversed(things))
    while left:
        end = time.monotonic() + LONGEST
        with database.writing() as session:
            do = prepare(session)
            while left:
                thing = left.pop()
                try:
                    with session.begin_nested():
                        do(thing)
                except Exception as fault:
                    failed(thing, fault)
                if time.monotonic() > end:
                    break
        stand_back(database)


def stand_back(database: Database) -> None:
    """Between two transactions of long work: SQLite lets one write at a time, and whoever waits asks again and again."""
    if database.is_sqlite:
        time.sleep(_PAUSE)


def _write(session: Session, number: int, **values: object) -> None:
    session.execute(update(Job).where(Job.id == number).values(**values))
