"""A desk with the work of two campaigns says each deadline in its campaign's zone; the zone is set on the campaign's page."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import update

from engine.host import CLOCK
from engine.schema import work_items
from rectification.campaigns.model import Campaign, Milestone, get_campaign
from rectification.households.model import Household
from tests.web.application import COUNTY, HELPER, STRANGER, start_visit
from tests.web.conftest import Street


def second_campaign(street: Street) -> int:
    """In New York, with its visits due on the same day; returns the work item of its one household."""
    with street.application.database.writing() as session:
        dates = [Milestone(name="visits", day=dt.date(2019, 9, 13), cutoff=None)]
        campaign = Campaign(id=2, name="远地", name_en="Far", year=2019, area_code="341200", milestones=dates)
        campaign.zone_name = "America/New_York"
        session.add(campaign)
        session.flush()
        home = session.get_one(Household, 3)
        home.campaign_id = campaign.id
    return start_visit(street.application, 3, 2)


def test_each_row_and_each_page_says_its_campaigns_own_time(street: Street) -> None:
    near, far = start_visit(street.application), second_campaign(street)
    helper = street.person(HELPER)
    desk = helper.get("/").text
    whens = re.findall(r'<span class="small">([^<]*9月13日[^<]*)</span>', desk)
    assert whens == ["9月13日 周五 24:00 前"] * 2
    for at_hand in ("1", "2"):
        helper.client.cookies.set("campaign", at_hand)
        for number in (near, far):
            assert "9月13日 周五 24:00 前" in helper.get(f"/work-items/{number}").text, (at_hand, number)


@pytest.mark.parametrize(("by", "zh", "en"), [
    ("王帮扶", "王帮扶", "王帮扶 already"), (CLOCK.name, "期限已到", "The deadline passed"),
])  # fmt: skip
def test_whoever_comes_too_late_reads_when_in_the_campaigns_zone(
    street: Street, by: str, zh: str, en: str
) -> None:
    far = second_campaign(street)
    at = dt.datetime(2019, 9, 3, 1, 30, tzinfo=dt.UTC)
    with street.application.database.writing() as session:
        closed = {"closed_at": at, "closed_by": by, "outcome": "completed"}
        session.execute(update(work_items).where(work_items.c.id == far).values(**closed))
    late = street.program(HELPER).post(f"/api/v1/work-items/{far}/completion", json={"values": {}}).json()
    assert late["code"] == "already_done"
    assert zh in late["message_zh"]
    assert "9月2日 21:30" in late["message_zh"]
    assert en in late["message_en"]
    assert "Mon 2 Sep, 21:30" in late["message_en"]
    assert late["at"] == at.isoformat()
    assert "UTC" not in late["message_zh"] + late["message_en"]


def test_the_zone_is_set_on_the_campaigns_page_and_an_unknown_one_is_refused(street: Street) -> None:
    with street.application.database.writing() as session:
        session.get_one(Campaign, 1).area_code = "341226"
    office = street.person(COUNTY)
    page = office.get("/campaigns/1").text
    assert "<option selected>Asia/Shanghai</option>" in page
    assert office.post("/campaigns/1/zone", {"zone": "Asia/Urumqi"}).status_code == 303
    with street.application.database.reading() as session:
        assert get_campaign(session, 1).zone_name == "Asia/Urumqi"
    wrong = office.post("/campaigns/1/zone", {"zone": "Mars/Olympus"})
    assert wrong.status_code == 422
    assert "没有这个时区" in wrong.text
    assert street.person(STRANGER).post("/campaigns/1/zone", {"zone": "Asia/Tokyo"}).status_code == 403
