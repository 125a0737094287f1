"""Beginning everywhere: a campaign's villages and households, and the cases of its works; some households at a time.

Others write in between, and a household whose process cannot start leaves the others alone.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.errors import DomainError
from engine.instances.incidents import words_of
from engine.json import as_int
from engine.text import LocalizedText
from rectification.campaigns.model import get_campaign
from rectification.core.jobs import Run, in_turns
from rectification.core.keys import household_key, village_key
from rectification.matters.case import homes_to_open, open_case, villages_to_open
from rectification.matters.issue_list import hold_village
from rectification.setup.start_village import begin_list, begin_visit, homes_to_begin, villages_to_begin
from rectification.visits.village_forms import begin_departments
from rectification.work_streams.model import WorkStream, get_work_streams

logger = logging.getLogger("huitoukan.jobs")

Progress = Callable[[int, int], None]
"""Is told now and then how many villages are done, of how many."""


def begin_campaign(engine: Engine, campaign_id: int, progress: Progress = lambda _done, _total: None) -> None:
    """Start whatever a campaign has not begun yet; done again it finds nothing, so a crash loses nothing.

    Raises:
        DomainError: some households could not begin; everything else has.
    """
    database, failures = engine.database, _Failures()
    with database.writing() as session:
        begin_departments(session, engine, get_campaign(session, campaign_id))
    with database.reading() as session:
        villages = villages_to_begin(session, get_campaign(session, campaign_id))
        taken = [row.id for row in get_work_streams(session, campaign_id)]

    def begin(session: Session) -> Callable[[int], None]:
        return partial(begin_visit, session, engine, get_campaign(session, campaign_id))

    for done, code in enumerate(villages, start=1):
        try:
            with database.writing() as session:
                begin_list(session, engine, get_campaign(session, campaign_id), code)
        except Exception as fault:  # whatever one village's process does, the others begin
            failures.note(village_key(code), fault)
            continue
        with database.reading() as session:
            numbers = homes_to_begin(session, get_campaign(session, campaign_id), code)
        in_turns(database, numbers, begin, failures.note_household)
        progress(done, len(villages))
    for number in taken:
        _open(engine, number, progress, failures)
    failures.tell()


def begin_everywhere(run: Run) -> None:
    """The work of a job: a campaign begins."""
    begin_campaign(run.engine, as_int(run.params["campaign"]), run.progress)


def open_cases_everywhere(run: Run) -> None:
    """The work of a job: a work's case for every household that has none."""
    failures = _Failures()
    _open(run.engine, as_int(run.params["work"]), run.progress, failures)
    failures.tell()


def _open(engine: Engine, number: int, progress: Progress, failures: _Failures) -> None:
    with engine.database.reading() as session:
        villages = villages_to_open(session, session.get_one(WorkStream, number))
    for done, code in enumerate(villages, start=1):
        with engine.database.reading() as session:
            numbers = homes_to_open(session, session.get_one(WorkStream, number), code)

        def open_some(session: Session, village: str = code) -> Callable[[int], None]:
            hold_village(session, village)
            return partial(open_case, session, engine, session.get_one(WorkStream, number))

        in_turns(engine.database, numbers, open_some, failures.note_household)
        progress(done, len(villages))


class _Failures:
    """The households and villages whose process could not start."""

    def __init__(self) -> None:
        self.count = 0
        self._first = LocalizedText("", "")

    def note(self, key: str, fault: Exception) -> None:
        logger.error("nothing could begin at %s", key, exc_info=fault)
        self.count += 1
        if self.count == 1:
            self._first = words_of(fault)

    def note_household(self, number: int, fault: Exception) -> None:
        self.note(household_key(number), fault)

    def tell(self) -> None:
        if not self.count:
            return
        words = LocalizedText(
            f"有 {self.count} 处没有开始，其余都已开始，可再次启动。第一处原因：{self._first.zh}",
            f"{self.count} could not begin, all others have; it can be begun again. The first reason: {self._first.en}",
        )
        raise DomainError("not_begun", words)
