"""A long file goes in piece by piece: others write meanwhile, and a death in the middle doubles nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.audit.history import record
from engine.host import SYSTEM
from engine.schema import history
from rectification.core import jobs
from rectification.core.jobs import SILENCE, Job, Run, run_next
from rectification.households.model import Household
from rectification.imports import importing, work
from rectification.imports.uploads import Upload, keep_upload
from rectification.process.job_registry import WORKS
from tests.rectification.campaign import EAST, SmallCampaign

HEADING = "户编号,村代码,户主,户类型,人口"
ROWS = [f"L-{n},{EAST},王{n},边缘户,2" for n in range(9)]


class Killed(BaseException):
    """The process is gone."""


def asked(small: SmallCampaign, rows: list[str], *, skip_bad: bool = False) -> int:
    data = "\n".join((HEADING, *rows)).encode()
    with small.database.writing() as session:
        acting = small.acting(session, "county")
        upload = keep_upload(acting, small.folder, 1, "households", data, "农户.csv")
        work.ask_for_work(acting, upload, kind="import", skip_bad=skip_bad)
        return upload.id


def each_time(monkeypatch: pytest.MonkeyPatch, act: Callable[[Run, int], None]) -> None:
    """Batches of two rows, and something that happens after each."""

    def progress(run: Run, done: int, total: int) -> None:
        act(run, done)

    monkeypatch.setattr(importing, "AT_ONCE", 2)
    monkeypatch.setattr(jobs, "_PAUSE", 0)
    monkeypatch.setattr(Run, "progress", progress)


def told(small: SmallCampaign, upload: int) -> tuple[Any, ...]:
    with small.database.reading() as session:
        one = session.get_one(Upload, upload)
        job = session.get_one(Job, one.job_id)
        numbers = session.scalars(select(Household.number).where(Household.number.startswith("L-")))
        registered = select(func.count()).select_from(history).where(history.c.action == "registered")
        imports = select(func.count()).select_from(history).where(history.c.action == "imported")
        return (
            one.state,
            job.state,
            job.report.get("created"),
            job.report.get("bad"),
            sorted(numbers),
            session.scalar(registered),
            session.scalar(imports),
        )


def test_others_write_while_a_file_goes_in(small: SmallCampaign, monkeypatch: pytest.MonkeyPatch) -> None:
    result: list[int] = []

    def meanwhile(run: Run, done: int) -> None:
        with small.database.writing() as session:
            record(session, SYSTEM, small.clock.now(), "noted", "ticket:1")
            query = select(func.count()).where(Household.number.startswith("L-"))
            result.append(session.scalar(query) or 0)

    each_time(monkeypatch, meanwhile)
    upload = asked(small, ROWS)
    assert run_next(small.engine, small.folder, WORKS)
    assert result == [2, 4, 6, 8, 9]
    assert told(small, upload)[:4] == ("imported", "done", 9, 0)


def test_begun_again_after_a_death_nothing_is_double_and_the_figures_are_those_of_the_whole(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(run: Run, done: int) -> None:
        if done in deaths:
            deaths.remove(done)
            raise Killed

    each_time(monkeypatch, dies)
    upload = asked(small, [*ROWS, "L-4,,,,"], skip_bad=True)
    deaths = [4, 8]
    while deaths:
        with pytest.raises(Killed):
            run_next(small.engine, small.folder, WORKS)
        small.clock.push_by(SILENCE * 2)
    assert run_next(small.engine, small.folder, WORKS)
    numbers = [f"L-{n}" for n in range(9)]
    assert told(small, upload) == ("imported", "done", 9, 1, numbers, 9, 1)


def test_a_bad_row_anywhere_keeps_the_whole_file_out(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    each_time(monkeypatch, lambda run, done: None)
    upload = asked(small, [*ROWS, "L-9,000,王,边缘户,2"])
    assert run_next(small.engine, small.folder, WORKS)
    assert told(small, upload) == ("tried", "done", 9, 1, [], 0, 0)
