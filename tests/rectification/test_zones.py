"""Two campaigns in two zones on a server in a third: each says and keeps its own time."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from engine.errors import WrongValues
from engine.schema import work_items
from rectification.escalation.policy import EscalationStep
from rectification.matters.timezone import set_zone
from rectification.papers.desk import Desk
from tests.rectification.campaign import ZONE, SmallCampaign, local

FAR_ZONE = ZoneInfo("America/New_York")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server's own zone is neither of the two."""
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def due(small: SmallCampaign, home: str) -> dt.datetime:
    moment: dt.datetime = small.item(f"household:{small.homes[home]}", "visit").due_at
    return moment


def end_of(day: int, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime(2019, 9, day, 23, 59, 59, 999_999, tzinfo=zone)


def test_each_campaign_keeps_and_tells_its_own_time(small: SmallCampaign) -> None:
    small.second_county(FAR_ZONE.key)
    small.begin()
    assert due(small, "201-001") == end_of(13, ZONE)
    assert due(small, "301-001") == end_of(13, FAR_ZONE)
    small.push(local(15, 12, 30))
    steps = (
        select(EscalationStep.escalation_at, work_items.c.key)
        .join(work_items, work_items.c.id == EscalationStep.work_item_id)
        .where(work_items.c.element == "visit", EscalationStep.level == 1)
        .order_by(EscalationStep.id)
    )
    with small.database.reading() as session:
        reached = {row.key: row.escalation_at for row in session.execute(steps)}
    day_later = dt.timedelta(days=1)
    assert reached[f"household:{small.homes['201-001']}"] == end_of(13, ZONE) + day_later
    assert reached[f"household:{small.homes['301-001']}"] == end_of(13, FAR_ZONE) + day_later
    told = [notice.words_zh for notice in small.notices("far_helper", "reminder")]
    assert any("9月13日 24:00" in words for words in told), told
    assert all("9月14日" not in words for words in told), "never Shanghai's noon of the day after"


def test_one_who_works_in_both_hears_of_the_first_deadline_in_its_own_time(small: SmallCampaign) -> None:
    small.second_county("Pacific/Auckland")
    small.begin()
    mine = f"person:{small.people['helper']}"
    with small.database.writing() as session:
        far = work_items.c.key == f"household:{small.homes['301-001']}"
        session.execute(update(work_items).where(far).values(owner=mine))
    small.leap(local(14, 12))
    told = small.notices("helper", "reminder")[-1].words_zh
    assert told.startswith("4 件事项")
    assert "最早的期限是 9月13日 24:00" in told, "20:00 in Shanghai"


def test_rules_days_and_papers_go_by_the_zone_of_their_campaign(small: SmallCampaign) -> None:
    small.second_county(FAR_ZONE.key)
    small.clock.push_to(dt.datetime(2019, 9, 2, 20, 0, tzinfo=dt.UTC))  # the 3rd in Shanghai
    with small.database.reading() as session:
        days = {
            number: Desk(session, small.engine, small.folder, "", small.clock.now(), number, 1).today.day
            for number in (1, 2)
        }
    assert days == {1: 3, 2: 2}
    with small.database.writing() as session:
        with pytest.raises(WrongValues):
            set_zone(small.acting(session, "city"), 2, "Mars/Olympus")
        set_zone(small.acting(session, "city"), 2, "Asia/Urumqi")
    with small.database.reading() as session:
        zone = small.world.zone_of(session, {"campaign": 2})
        assert (zone.key, small.world.zone_of(session, {"campaign": 1}).key) == ("Asia/Urumqi", ZONE.key)
