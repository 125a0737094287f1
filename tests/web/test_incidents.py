"""What stopped is seen, tried again and put right by those who look after the place where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from engine.clock import PushedClock
from engine.database import Database
from engine.schema import history, incidents, instances
from tests.rectification.campaign import SmallCampaign
from tests.web.application import START, give_post
from tests.web.conftest import Street
from tests.web.test_consultations import street_of


@pytest.fixture
def small(database: Database, clock: PushedClock, tmp_path: Path) -> SmallCampaign:
    """Two counties, in each of which a visit has stopped; and something that stopped for the whole installation."""
    small_campaign = SmallCampaign(database, clock, tmp_path)
    small_campaign.furnish()
    small_campaign.second_county("Asia/Shanghai")
    small_campaign.begin()
    said = {
        "doing": "timer",
        "detail": "",
        "happened_at": START,
        "words_zh": "停了。",
        "words_en": "It stopped.",
    }
    with database.writing() as session:
        for home in ("201-001", "301-001"):
            key = f"household:{small_campaign.homes[home]}"
            number = session.scalars(select(instances.c.id).where(instances.c.key == key)).one()
            row = {"instance_id": number, "subject": f"instance:{number}", "element": "visit", "name": home}
            session.execute(insert(incidents), {**said, **row})
        session.execute(insert(incidents), {**said, "subject": "task:deliver", "name": "整个系统"})
    return small_campaign


@pytest.fixture
def street(small: SmallCampaign) -> Street:
    """Its pages."""
    return street_of(small)


def seen(street: Street, who: int) -> set[str]:
    page = street.person(who).get("/incidents")
    assert page.status_code == 200
    return {name for name in ("201-001", "301-001", "整个系统") if name in page.text}


def test_each_office_sees_what_stopped_in_its_area(small: SmallCampaign, street: Street) -> None:
    give_post(street.application, small.people["inspector"], "admin", "341226")
    give_post(street.application, small.people["city"], "process_owner", "341200")
    assert {
        who: seen(street, small.people[who]) for who in ("county", "far_county", "city", "inspector")
    } == {
        "county": {"201-001"},
        "far_county": {"301-001"},
        "city": {"201-001", "301-001"},
        "inspector": {"201-001", "整个系统"},
    }


def test_nobody_touches_what_stopped_elsewhere(small: SmallCampaign, street: Street) -> None:
    far = street.person(small.people["far_county"])
    sent = {"reason": "x", "name": "helper", "value": "1"}
    with small.database.reading() as session:
        before = session.scalars(select(instances.c.state).order_by(instances.c.id)).all()
    for number in (1, 3, 99):
        for act in ("retry", "skip", "correction"):
            assert far.post(f"/incidents/{number}/{act}", sent).status_code == 404, (number, act)
    with small.database.reading() as session:
        assert session.scalars(select(instances.c.state).order_by(instances.c.id)).all() == before
        assert session.scalars(select(incidents.c.resolved_at)).all() == [None] * 3
        acts = session.scalars(select(history.c.action).where(history.c.action.in_(["skipped", "corrected"])))
        assert acts.all() == []
    assert far.post("/incidents/2/correction", sent).status_code == 303
    with small.database.reading() as session:
        key = session.scalars(select(history.c.key).where(history.c.action == "corrected")).one()
    assert key == f"household:{small.homes['301-001']}"


def test_what_an_office_looks_after_is_found_behind_many_of_others(
    small: SmallCampaign, street: Street
) -> None:
    with small.database.writing() as session:
        row = session.execute(select(incidents).where(incidents.c.id == 1)).mappings().one()
        copies = [{**row, "id": 1000 + number} for number in range(700)]
        session.execute(insert(incidents), copies)
        session.execute(update(incidents).where(incidents.c.id == 2).values(name="太和县的"))
    assert "太和县的" in street.person(small.people["far_county"]).get("/incidents").text
