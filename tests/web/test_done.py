"""What I have done: found again after it went on to others, read-only and as far as rights go."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.clock import PushedClock
from engine.database import Database
from tests.rectification.campaign import SmallCampaign
from tests.web.test_consultations import street_of


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """A furnished campaign in which nothing has begun yet."""
    small = SmallCampaign(database, clock, tmp_path)
    small.furnish()
    return small


def test_whoever_handed_work_on_finds_it_again(small: SmallCampaign) -> None:
    number = small.in_progress()
    other = {"to_unit": small.units["clinic"], "to_person": small.people["clinic_leader"]}
    small.do("helper", f"ticket:{number}", "rectify", outcome="transfer", result="由卫生院负责", **other)
    small.do("clinic_leader", f"ticket:{number}", "accept_transfer", transfer_taken="yes")
    street = street_of(small)
    mine = street.person(small.people["helper"]).get("/done").text
    assert f'href="/tickets/{number}"' in mine, "they still see the ticket of their household"
    for step in ("落实整改", "签收"):
        assert step in mine
    assert "签收" not in street.person(small.people["lead"]).get("/done").text
    assert "会列在这里" in street.person(small.people["inspector"]).get("/done").text
    clinic = street.person(small.people["clinic_leader"])
    assert f'href="/tickets/{number}"' in clinic.get("/done").text
    assert 'href="/done"' in clinic.get("/").text
