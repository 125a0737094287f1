"""Opening a work's cases everywhere: one transaction for each village."""

from __future__ import annotations

from register.cases import open_cases, villages_to_open
from register.jobs import Run
from register.works import Work


def open_cases_everywhere(run: Run) -> None:
    """The work of a job: every village that has households without a case; done again it finds none."""
    with run.database.reading() as session:
        villages = villages_to_open(session, session.get_one(Work, run.params["work"]))
    for done, code in enumerate(villages, start=1):
        with run.database.writing() as session:
            open_cases(session, run.engine, session.get_one(Work, run.params["work"]), code)
        run.progress(done, len(villages))
