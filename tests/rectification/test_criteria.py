"""Criteria: written by the department in charge, every version kept."""

from __future__ import annotations

import pytest

from engine.errors import NotAllowed, WrongValues
from rectification.campaigns.criteria import get_criteria, set_criterion, versions_of
from tests.rectification.campaign import COUNTY, EAST, SmallCampaign


def say(small: SmallCampaign, who: str, item: str, text: str) -> None:
    with small.database.writing() as session:
        set_criterion(small.acting(session, who), 1, COUNTY, item, text, "")


def test_the_department_in_charge_writes_versions_and_nobody_else(small: SmallCampaign) -> None:
    for who, item in (("town", "E4"), ("health", "A5"), ("helper", "E4")):
        with pytest.raises(NotAllowed):
            say(small, who, item, "每季度上门一次")
    with pytest.raises(WrongValues):
        say(small, "health", "E4", "  ")
    say(small, "health", "E4", "签约并每季度上门一次")
    say(small, "health", "E4", "签约并每季度上门一次")
    say(small, "county", "E4", "签约并每月上门一次")
    with small.database.reading() as session:
        assert [version.version for version in versions_of(session, 1, COUNTY, "E4")] == [2, 1]
        assert get_criteria(session, 1, EAST)["E4"].words.en == "签约并每月上门一次"
    assert small.actions("campaign:1").count("criterion_set") == 2
