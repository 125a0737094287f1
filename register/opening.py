"""Beginning everywhere: a campaign's villages and households, and the cases of its works; a village at a time."""

from __future__ import annotations

from collections.abc import Callable

from engine.engine import Engine
from register.beginning import begin_village, villages_to_begin
from register.campaigns import campaign
from register.cases import open_cases, villages_to_open
from register.jobs import Run
from register.subject_checks import begin_departments
from register.works import Work, works

Progress = Callable[[int, int], None]
"""Is told after each village: how many are done, of how many."""


def begin_campaign(engine: Engine, campaign_id: int, progress: Progress = lambda _done, _total: None) -> None:
    """Start whatever a campaign has not begun yet; done again it finds nothing, so a crash loses nothing."""
    database = engine.database
    with database.writing() as session:
        one = campaign(session, campaign_id)
        begin_departments(session, engine, one)
        villages = villages_to_begin(session, one)
        taken = [row.id for row in works(session, campaign_id)]
    for done, code in enumerate(villages, start=1):
        with database.writing() as session:
            begin_village(session, engine, campaign(session, campaign_id), code)
        progress(done, len(villages))
    for number in taken:
        _open(engine, number, progress)


def begin_everywhere(run: Run) -> None:
    """The work of a job: a campaign begins."""
    begin_campaign(run.engine, run.params["campaign"], run.progress)


def open_cases_everywhere(run: Run) -> None:
    """The work of a job: a work's case for every household that has none."""
    _open(run.engine, run.params["work"], run.progress)


def _open(engine: Engine, number: int, progress: Progress) -> None:
    with engine.database.reading() as session:
        villages = villages_to_open(session, session.get_one(Work, number))
    for done, code in enumerate(villages, start=1):
        with engine.database.writing() as session:
            open_cases(session, engine, session.get_one(Work, number), code)
        progress(done, len(villages))
