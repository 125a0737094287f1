"""Households that come later begin like the first ones, and only once."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.schema import instances, work_items
from rectification.campaigns.model import get_campaign
from rectification.households.model import Household
from rectification.setup.start_village import begin_village, villages_to_begin
from tests.rectification.campaign import COUNTY, EAST, TOWN, WEST, SmallCampaign


def test_a_household_without_a_helper_is_the_team_leads_to_visit(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        place = {"village": EAST, "town": TOWN, "county": COUNTY}
        late = Household(
            campaign_id=1, number="N-9", head="后补户", kind="edge", members_registered=2, **place
        )
        session.add(late)
    for expected in ([EAST, WEST], [WEST]):
        with small.database.writing() as session:
            campaign = get_campaign(session, 1)
            assert villages_to_begin(session, campaign) == expected
            begin_village(session, small.engine, campaign, EAST)
    with small.database.reading() as session:
        work = select(work_items.c.owner).where(work_items.c.key == f"household:{late.id}")
        assert session.execute(work).scalars().all() == [f"post:team_lead@{EAST}"]
        villages = select(func.count()).where(instances.c.key == f"village:{EAST}")
        assert session.scalar(villages) == 1
