"""Beginning everywhere: a campaign's villages and households, and the cases of its works; a village at a time."""

from __future__ import annotations

from register.beginning import begin_village, villages_to_begin
from register.campaigns import campaign
from register.cases import open_cases, villages_to_open
from register.jobs import Run
from register.subject_checks import begin_departments
from register.works import Work, works


def begin_everywhere(run: Run) -> None:
    """The work of a job: whatever a campaign has not begun yet; done again it finds nothing."""
    with run.database.reading() as session:
        one = campaign(session, run.params["campaign"])
        villages = villages_to_begin(session, one)
        taken = [row.id for row in works(session, one.id)]
    with run.database.writing() as session:
        begin_departments(session, run.engine, campaign(session, one.id))
    for done, code in enumerate(villages, start=1):
        with run.database.writing() as session:
            begin_village(session, run.engine, campaign(session, one.id), code)
        run.progress(done, len(villages))
    for number in taken:
        _open(run, number)


def open_cases_everywhere(run: Run) -> None:
    """The work of a job: a work's case for every household that has none."""
    _open(run, run.params["work"])


def _open(run: Run, number: int) -> None:
    with run.database.reading() as session:
        villages = villages_to_open(session, session.get_one(Work, number))
    for done, code in enumerate(villages, start=1):
        with run.database.writing() as session:
            open_cases(session, run.engine, session.get_one(Work, number), code)
        run.progress(done, len(villages))
