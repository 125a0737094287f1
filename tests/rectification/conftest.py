"""A small campaign, furnished, on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import PushedClock
from engine.database import Database
from rectification.audit.compare import compare
from tests.rectification.campaign import SmallCampaign


@pytest.fixture
def small(
    request: pytest.FixtureRequest, database: Database, clock: PushedClock, tmp_path: Path
) -> Iterator[SmallCampaign]:
    """A furnished campaign in which nothing has begun yet; at the end its history tells everything that was done.

    Tests that write rows themselves are marked ``made_up_rows``.
    """
    small_campaign = SmallCampaign(database, clock, tmp_path)
    small_campaign.furnish()
    yield small_campaign
    if request.node.get_closest_marker("made_up_rows") is None:
        with database.reading() as session:
            assert list(compare(session, tmp_path)) == []
