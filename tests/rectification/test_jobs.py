"""Whatever is raised over one job fails that job, with a sentence; the others are done."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from engine.text import LocalizedText
from rectification.core.jobs import DEATHS, RETRIES, SILENCE, Job, Run, Work, enqueue, run_next
from tests.rectification.campaign import SmallCampaign


class Unforeseen(Exception):
    """What nobody has thought of."""


FAULTS: dict[str, Exception] = {
    type(entry).__name__: entry
    for entry in (
        ValueError("1"), TypeError("2"), KeyError("3"), AttributeError("4"), RecursionError("5"), Unforeseen("6"),
        MemoryError("7"), OSError("8"), OperationalError("9", None, Exception()),
    )
}  # fmt: skip
PASSING = ("MemoryError", "OSError", "OperationalError")


def ask(small: SmallCampaign, *kinds: str) -> None:
    with small.database.writing() as session:
        for kind in kinds:
            name = LocalizedText(kind, kind)
            enqueue(small.acting(session, "county"), kind, name)


def do_all(small: SmallCampaign, works: dict[str, Work]) -> None:
    while run_next(small.engine, small.folder, works):
        pass


def states(small: SmallCampaign) -> dict[str, str]:
    with small.database.reading() as session:
        return {row.kind: row.state for row in session.scalars(select(Job))}


def test_a_job_that_fails_leaves_the_others_alone_and_says_why(small: SmallCampaign) -> None:
    done: list[str] = []

    def raising(kind: str) -> Work:
        def work(_run: Run) -> None:
            raise FAULTS[kind]

        return work

    works: dict[str, Work] = {kind: raising(kind) for kind in FAULTS}
    works["innocent"] = lambda _run: done.append("innocent")
    ask(small, *FAULTS, "unknown", "innocent")
    do_all(small, works)
    expected = {kind: "queued" if kind in PASSING else "failed" for kind in FAULTS}
    assert states(small) == {**expected, "unknown": "failed", "innocent": "done"}
    assert done == ["innocent"]
    for wait in RETRIES:
        small.clock.push_by(wait)
        do_all(small, works)
    assert set(states(small).values()) == {"failed", "done"}
    with small.database.reading() as session:
        for job in session.scalars(select(Job).where(Job.kind.in_(FAULTS))):
            assert job.kind in (job.failure_zh or "")
            assert job.finished_at is not None


def test_what_the_surroundings_stopped_is_begun_again_after_those_that_were_not(small: SmallCampaign) -> None:
    done: list[str] = []

    def full_disk(_run: Run) -> None:
        done.append("tried")
        if len(done) == 1:
            raise OSError("no space left")

    works: dict[str, Work] = {"export": full_disk, "other": lambda _run: done.append("other")}
    ask(small, "export")
    do_all(small, works)
    do_all(small, works)
    assert done == ["tried"], "it rests"
    small.clock.push_by(RETRIES[0])
    ask(small, "other")
    do_all(small, works)
    assert done == ["tried", "other", "tried"]
    assert set(states(small).values()) == {"done"}


def test_a_job_that_takes_its_process_with_it_is_not_begun_for_ever(small: SmallCampaign) -> None:
    begun: list[int] = []
    works: dict[str, Work] = {"deadly": lambda run: begun.append(run.id), "other": lambda _run: None}
    ask(small, "deadly", "other")
    for _ in range(DEATHS + 2):
        with small.database.writing() as session:
            dead = {"state": "running", "heartbeat_at": small.clock.now() - SILENCE - dt.timedelta(seconds=1)}
            still = update(Job).where(Job.kind == "deadly", Job.failure_zh.is_(None))
            session.execute(still.values(**dead))
        do_all(small, works)
    assert len(begun) == DEATHS
    assert states(small) == {"deadly": "failed", "other": "done"}
