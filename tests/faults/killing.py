"""Workers that are killed, each one statement later than the last, and what stands there when the next has finished."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import event, select, text

from engine.clock import PushedClock
from engine.database import Database, metadata
from engine.instances import state
from engine.schema import history, instances, timers, work_items
from notifications.notices import Delivery, Notice
from rectification.core.jobs import Job
from rectification.escalation.policy import EscalationStep
from rectification.rescheduling.model import Rescheduling
from rectification.rescheduling.report import RescheduledDate
from tests.forked import READY
from tests.rectification.campaign import SmallCampaign

Picture = dict[str, Counter[Any]]
Doing = Callable[[SmallCampaign], None]
"""What a worker does; a function of a module, since another process does it."""


def killed_everywhere(
    small: SmallCampaign, work: Doing, finish: Doing, *, reading: bool = True
) -> tuple[Picture, Picture, list[Picture]]:
    """How things stood before, what ``finish`` made of it undisturbed, and what it made of it after each death in ``work``.

    Not ``reading``: it dies before whatever writes and before commits alone, which takes a third of the time.
    """
    database = small.database
    database.close()
    ours, its = READY.Pipe(duplex=False)
    nursery = READY.Process(
        target=_kill_one_after_the_other,
        args=(database.url, small.clock.now(), small.folder, work, finish, reading, its),
        daemon=True,
    )
    nursery.start()
    its.close()
    before, whole, *died = _received(ours)
    nursery.join()
    return before, whole, died


def _received(line: Connection) -> Iterator[Picture]:
    while True:
        try:
            yield line.recv()
        except EOFError:
            return


def _kill_one_after_the_other(
    url: str, now: dt.datetime, folder: Path, work: Doing, finish: Doing, reading: bool, line: Connection
) -> None:
    """In a process of one thread, which may split: a worker that dies, another that goes on, and all as it was."""
    small = SmallCampaign(Database(url), PushedClock(now), folder)
    line.send(_pictured(small.database))
    _keep(small.database)
    line.send(_finished(small, finish))
    for at in itertools.count(1):
        _put_back(small.database)
        worker = os.fork()
        if worker == 0:
            _die(small, work, reading, at)
        _number, how = os.waitpid(worker, 0)
        if not os.WIFSIGNALED(how):
            break
        line.send(_finished(small, finish))
    _forget(small.database)


def _die(small: SmallCampaign, work: Doing, reading: bool, at: int) -> NoReturn:
    """Do what is due, and die before the n-th statement or commit, or after the last."""
    seen = itertools.count(1)

    def count(*_: Any) -> None:
        if next(seen) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        if reading or not text.startswith("SELECT"):
            count()

    event.listen(small.database.engine, "before_cursor_execute", statement)
    event.listen(small.database.engine, "commit", count)
    work(small)
    os._exit(0)


def _finished(small: SmallCampaign, finish: Doing) -> Picture:
    """What stands there when another worker has done what was left."""
    _wait_for_the_dead(small.database)
    finish(small)
    picture = _pictured(small.database)
    small.database.close()
    return picture


def _wait_for_the_dead(database: Database) -> None:
    """PostgreSQL lets go of a dead worker's claim when it has noticed."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    while not database.is_sqlite:
        with database.engine.connect() as connection:
            if connection.execute(others).scalar() == 0:
                return


def _pictured(database: Database) -> Picture:
    """Everything that was done, without numbers that count attempts."""
    w, t, i = work_items.c, timers.c, instances.c
    moved = RescheduledDate
    result: dict[str, Any] = {
        "history": select(history.c.action, history.c.key),
        "work": select(w.element, w.key, w.closed_at, w.due_at, w.escalation_step, w.escalation_at),
        "timers": select(t.element, t.due_at, t.attempts),
        "instances": select(i.key, i.status, i.ended_at),
        "notices": select(Notice.person_id, Notice.kind, Notice.words_zh, Notice.level, Notice.at),
        "steps": select(EscalationStep.level, EscalationStep.at),
        "deliveries": select(Delivery.channel, Delivery.address, Delivery.state),
        "jobs": select(Job.kind, Job.state, Job.done, Job.total, Job.failure_en),
        "moved": select(moved.instance_id, moved.kind, moved.name_en, moved.before, moved.after),
    }
    with database.reading() as session:
        found: dict[str, Counter[Any]] = {
            name: Counter(map(tuple, session.execute(query))) for name, query in result.items()
        }
        kept = session.scalars(select(i.state).where(i.state.is_not(None)))
        found["variables"] = Counter(repr(sorted(state.variables(entry).items())) for entry in kept)
        changes = session.execute(select(Rescheduling.state, Rescheduling.report, Rescheduling.left))
        found["changes"] = Counter(map(repr, changes))
    return found


# -- as it was ---------------------------------------------------------------------------------------


def _keep(database: Database) -> None:
    """Remember every row; nobody is connected afterwards."""
    if not database.is_sqlite:
        tables = " ".join(f'CREATE TABLE kept."{table}" AS TABLE "{table}";' for table in metadata.tables)
        with database.engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA kept; {tables}")
    database.close()
    if database.is_sqlite:
        shutil.copy(_file(database), _file(database).with_name("kept.db"))


def _put_back(database: Database) -> None:
    if database.is_sqlite:
        for end in ("-wal", "-shm"):
            _file(database).with_name(_file(database).name + end).unlink(missing_ok=True)
        shutil.copy(_file(database).with_name("kept.db"), _file(database))
        return
    rows = " ".join(
        f'DELETE FROM "{table}"; INSERT INTO "{table}" SELECT * FROM kept."{table}";'
        for table in metadata.tables
    )
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {rows}")
    database.close()


def _forget(database: Database) -> None:
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA kept CASCADE")
    database.close()


def _file(database: Database) -> Path:
    return Path(database.url.removeprefix("sqlite:///"))
