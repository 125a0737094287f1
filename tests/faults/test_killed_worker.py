"""A worker is killed at any statement of claiming and firing: the next one finishes it, and nobody can tell."""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import event, select, text

from engine.clock import PushedClock
from engine.database import Database, metadata
from engine.schema import history, instances, timers, work_items
from notifications.notices import Delivery, Notice
from register.rungs import LadderStep
from tests.register.campaign import SmallCampaign, local

_READY = multiprocessing.get_context("forkserver")
_READY.set_forkserver_preload([__name__])
Picture = dict[str, Counter[Any]]


def test_a_worker_killed_at_any_statement_loses_nothing_and_does_nothing_twice(
    database: Database, clock: PushedClock, tmp_path: Path
) -> None:
    small = SmallCampaign(database, clock, tmp_path)
    small.furnish()
    small.in_progress()
    small.push(local(19))
    clock.push_to(local(20))
    database.close()
    ours, its = _READY.Pipe(duplex=False)
    nursery = _READY.Process(
        target=_kill_one_after_the_other, args=(database.url, clock.now(), tmp_path, its), daemon=True
    )
    nursery.start()
    its.close()
    before = ours.recv()
    whole = ours.recv()
    assert before != whole
    assert "fired" in {action for action, _key in whole["history"] - before["history"]}
    assert all(whole[name] - before[name] for name in ("work", "notices", "steps"))
    died = list(_received(ours))
    nursery.join()
    assert len(died) > 50
    assert [at for at, picture in enumerate(died, 1) if picture != whole] == []


def _received(line: Connection) -> Iterator[Picture]:
    while True:
        try:
            yield line.recv()
        except EOFError:
            return


def _kill_one_after_the_other(url: str, now: dt.datetime, folder: Path, line: Connection) -> None:
    """In a process of one thread, which may split: a worker that dies, another that goes on, and all as it was."""
    small = SmallCampaign(Database(url), PushedClock(now), folder)
    line.send(_pictured(small.database))
    _keep(small.database)
    line.send(_finished(small))
    for at in itertools.count(1):
        _put_back(small.database)
        worker = os.fork()
        if worker == 0:
            _die(small, at)
        _number, how = os.waitpid(worker, 0)
        if not os.WIFSIGNALED(how):
            break
        line.send(_finished(small))
    _forget(small.database)


def _die(small: SmallCampaign, at: int) -> NoReturn:
    """Do what is due, and die before the n-th statement or commit, or after the last."""
    seen = itertools.count(1)

    def count(*_: Any) -> None:
        if next(seen) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(small.database.engine, "before_cursor_execute", count)
    event.listen(small.database.engine, "commit", count)
    small.work()
    os._exit(0)


def _finished(small: SmallCampaign) -> Picture:
    """What stands there when another worker has done what was left."""
    _wait_for_the_dead(small.database)
    small.work()
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
    wanted = {
        "history": select(history.c.action, history.c.key),
        "work": select(w.element, w.key, w.closed_at, w.due_at, w.rung, w.rung_at),
        "timers": select(t.element, t.due_at, t.attempts),
        "instances": select(i.key, i.status, i.ended_at),
        "notices": select(Notice.person_id, Notice.kind, Notice.words_zh, Notice.level, Notice.at),
        "steps": select(LadderStep.level, LadderStep.at),
        "deliveries": select(Delivery.channel, Delivery.address, Delivery.state),
    }
    with database.reading() as session:
        return {name: Counter(map(tuple, session.execute(one))) for name, one in wanted.items()}


# -- as it was ---------------------------------------------------------------------------------------


def _keep(database: Database) -> None:
    """Remember every row; nobody is connected afterwards."""
    if not database.is_sqlite:
        tables = " ".join(f'CREATE TABLE kept."{one}" AS TABLE "{one}";' for one in metadata.tables)
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
        f'DELETE FROM "{one}"; INSERT INTO "{one}" SELECT * FROM kept."{one}";' for one in metadata.tables
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
