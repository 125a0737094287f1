"""A small campaign, furnished, on each kind of database."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.clock import PushedClock
from engine.database import Database
from tests.register.campaign import SmallCampaign


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """A furnished campaign in which nothing has begun yet."""
    found = SmallCampaign(database, clock, tmp_path)
    found.furnish()
    return found
