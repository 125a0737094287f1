"""A worker is killed at any statement of what it does: the next one finishes it, and nobody can tell."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import update

from engine.clock import PushedClock
from engine.database import Database
from rectification.campaigns.model import get_campaign
from rectification.core.jobs import SILENCE, Job, run_next
from rectification.process.job_registry import WORKS
from rectification.rescheduling.model import apply, move_milestones
from tests.faults.killing import killed_everywhere
from tests.rectification.campaign import SmallCampaign, local


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """A campaign in which one ticket is being fixed."""
    small_campaign = SmallCampaign(database, clock, tmp_path)
    small_campaign.furnish()
    small_campaign.in_progress()
    return small_campaign


def test_a_worker_killed_at_any_statement_loses_nothing_and_does_nothing_twice(small: SmallCampaign) -> None:
    small.push(local(19))
    small.clock.push_to(local(20))
    before, whole, died = killed_everywhere(small, SmallCampaign.work, SmallCampaign.work)
    assert before != whole
    assert "fired" in {action for action, _key in whole["history"] - before["history"]}
    assert all(whole[name] - before[name] for name in ("work", "notices", "steps"))
    assert len(died) > 50
    assert [at for at, picture in enumerate(died, 1) if picture != whole] == []


def test_who_moves_dates_may_die_anywhere_and_whoever_begins_again_moves_each_once(
    small: SmallCampaign,
) -> None:
    """Re-verification and explanations come so near that a reminder and a timer are due at once."""
    small.push(local(16))
    _ask_and_apply(small)
    before, whole, died = killed_everywhere(small, _move, _begin_again, reading=False)
    assert {action for action, _key in whole["history"] - before["history"]} >= {"rescheduled", "fired"}
    assert all(whole[name] - before[name] for name in ("work", "timers", "moved", "variables", "notices"))
    assert ("move_dates", "done", 2, 2, None) in whole["jobs"]
    assert len(died) > 20
    assert [at for at, picture in enumerate(died, 1) if picture != whole] == []


def _ask_and_apply(small: SmallCampaign) -> None:
    days = {"reverify": 18, "explanation": 18, "closing": 27}
    proposal = {name: {"day": f"2019-09-{day}", "cutoff": None} for name, day in days.items()}
    with small.database.writing() as session:
        number = move_milestones(small.acting(session, "city"), get_campaign(session, 1), proposal, "汛期").id
    _move(small)
    with small.database.writing() as session:
        apply(small.acting(session, "city"), number)


def _move(small: SmallCampaign) -> None:
    while run_next(small.engine, small.folder, WORKS):
        pass
    small.work()


def _begin_again(small: SmallCampaign) -> None:
    """As :func:`_move`, when the dead have said nothing for long enough."""
    long_ago = small.clock.now() - SILENCE - dt.timedelta(seconds=1)
    with small.database.writing() as session:
        session.execute(update(Job).where(Job.state == "running").values(heartbeat_at=long_ago))
    _move(small)
