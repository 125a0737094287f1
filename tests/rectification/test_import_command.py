"""`huitoukan import` and jobs that begin processes: others write in between, and one bad household harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from sqlalchemy import func, select, text

from engine.audit.history import record
from engine.database import Database
from engine.host import SYSTEM
from engine.schema import instances
from huitoukan.cli import importing
from rectification.core import jobs
from rectification.core.jobs import Job, enqueue, run_next
from rectification.households.model import Household
from rectification.imports import KINDS, ImportOptions, bring_in
from rectification.imports import importing as batches
from rectification.matters.timezone import acting_now
from rectification.process.job_registry import WORKS
from tests.rectification.campaign import EAST, SmallCampaign

HEADING = "户编号,村代码,户主,户类型,人口"
ROWS = [f"C-{n},{EAST},王{n},边缘户,2" for n in range(9)]


class OtherWriter:
    """Somebody of another process who writes whenever long work stands back, and would rather fail than wait."""

    def __init__(self, small: SmallCampaign, monkeypatch: pytest.MonkeyPatch) -> None:
        self.database, self.clock = Database(small.database.url), small.clock
        self.seen: list[tuple[int, int]] = []
        for owner in (importing, jobs):
            monkeypatch.setattr(owner, "stand_back", self.write)

    def write(self, _database: Database) -> None:
        with self.database.writing() as session:
            if self.database.is_sqlite:
                session.execute(text("PRAGMA busy_timeout = 0"))
            record(session, SYSTEM, self.clock.now(), "noted", "ticket:1")
            kept = select(func.count()).where(Household.number.startswith("C-"))
            begun = select(func.count()).where(
                Household.number.startswith("C-"), Household.status.is_not(None)
            )
            self.seen.append((session.scalar(kept) or 0, session.scalar(begun) or 0))


def bring(small: SmallCampaign, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: list[str]) -> None:
    file = tmp_path / "households.csv"
    file.write_text("\n".join((HEADING, *rows)), encoding="utf-8")
    monkeypatch.setattr(importing, "opened", lambda _data: small)
    importing.bring(None, "households", file, skip_bad=False)


def test_others_write_while_the_command_imports_and_begins(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    monkeypatch.setattr(jobs, "LONGEST", 0)
    other = OtherWriter(small, monkeypatch)
    bring(small, monkeypatch, tmp_path, ROWS)
    other.database.close()
    assert other.seen[:5] == [(2, 0), (4, 0), (6, 0), (8, 0), (9, 0)]
    begun = [some for _kept, some in other.seen]
    assert begun == sorted(begun)
    assert set(begun) == set(range(10)), "one household at a time"
    said = capsys.readouterr()
    assert "9 new, 0 changed" in said.out
    assert "] 9/9" in said.err


def test_a_bad_row_keeps_the_whole_file_out(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 2)
    with pytest.raises(typer.Exit):
        bring(small, monkeypatch, tmp_path, [*ROWS, "C-9,000,王,边缘户,2"])
    said = capsys.readouterr().out
    assert "Nothing was written: 9 would be new, 0 changed, 0 as before, 1 with problems" in said
    assert "--skip-bad" in said
    with small.database.reading() as session:
        assert session.scalar(select(func.count()).where(Household.number.startswith("C-"))) == 0


def test_a_household_whose_process_cannot_start_leaves_the_others_alone(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with small.database.writing() as session:
        rows = "\n".join((HEADING, *ROWS[:4])).encode()
        system = acting_now(session, small.engine, SYSTEM)
        assert bring_in(system, "households", rows, "农户.csv").created == 4
        bad = session.scalars(select(Household.id).where(Household.number == "C-1")).one()
        name = KINDS["households"].words
        number = enqueue(small.acting(session, "county"), "begin_campaign", name, campaign=1).id
    real = small.engine.start

    def start(session: object, process: str, key: str, *rest: object, **more: object) -> object:
        found = real(session, process, key, *rest, **more)  # type: ignore[arg-type]
        if key == f"household:{bad}":
            raise RecursionError("too deep")
        return found

    monkeypatch.setattr(small.engine, "start", start)
    assert run_next(small.engine, small.folder, WORKS)
    with small.database.reading() as session:
        begun = select(Household.number).where(
            Household.number.startswith("C-"), Household.status.is_not(None)
        )
        assert sorted(session.scalars(begun)) == ["C-0", "C-2", "C-3"]
        half = select(func.count()).where(instances.c.key == f"household:{bad}")
        assert session.scalar(half) == 0, "nothing is left of what failed"
        job = session.get_one(Job, number)
        assert (job.state, job.failure_zh) == ("failed", job.failure_zh)
        assert "1 处没有开始" in (job.failure_zh or "")
    monkeypatch.undo()
    with small.database.writing() as session:
        enqueue(small.acting(session, "county"), "begin_campaign", name, campaign=1)
    assert run_next(small.engine, small.folder, WORKS)
    with small.database.reading() as session:
        assert session.get_one(Household, bad).status is not None


def test_a_run_that_was_ended_before_the_visits_began_is_mended_by_running_it_again(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as ended:
        ended.setattr(importing, "begin_campaign", _killed)
        with pytest.raises(KeyboardInterrupt):
            bring(small, ended, tmp_path, ROWS)
    bring(small, monkeypatch, tmp_path, ROWS)
    with small.database.reading() as session:
        waiting = select(func.count()).where(Household.number.startswith("C-"), Household.status.is_(None))
        assert session.scalar(waiting) == 0
    about = [notice.about for notice in small.notices(kind="offered")]
    assert not [entry for entry in about if entry.startswith("household:")], (
        "one notice, however many households"
    )
    assert "desk" in about


def _killed(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_the_template_of_a_kind_is_written_once_and_brings_nothing_in_itself(
    small: SmallCampaign, tmp_path: Path
) -> None:
    file = tmp_path / "people.xlsx"
    importing.write_template("people", file, "en")
    with small.database.writing() as session:
        system = acting_now(session, small.engine, SYSTEM)
        report = bring_in(system, "people", file.read_bytes(), file.name, ImportOptions(trial=True))
    assert (report.problems, report.rows) == ([], 0)
    for kind, where in (("people", file), ("nothing", tmp_path / "other.xlsx")):
        with pytest.raises(typer.Exit):
            importing.write_template(kind, where, "en")
