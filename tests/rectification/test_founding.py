"""Founding a campaign: other dates, another area, other questions; nothing of the first one changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from engine.errors import WrongValues
from engine.host import SYSTEM
from rectification.campaigns.catalogue import get_check_items
from rectification.campaigns.model import Campaign, get_campaign
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import acting_now
from rectification.setup.create_campaign import OWN, CampaignPlan, create_campaign
from rectification.setup.start_village import begin_village, villages_to_begin
from rectification.work_streams.model import get_work_streams
from rectification.work_streams.paste_parser import read_pasted
from tests.rectification.campaign import EAST, SmallCampaign, local

DAYS: dict[str, dt.date | None] = {
    "visits": dt.date(2019, 10, 10),
    "list": dt.date(2019, 10, 11),
    "reverify": dt.date(2019, 10, 25),
    "explanation": dt.date(2019, 10, 25),
    "closing": dt.date(2019, 10, 31),
}


def plan(small: SmallCampaign) -> CampaignPlan:
    with small.database.reading() as session:
        area = get_campaign(session, 1).area_code
    return CampaignPlan(
        name="安全生产大检查",
        area=area,
        days=DAYS,
        checklist=OWN,
        questions="# 用电\n是否私拉乱接电线？\n消防\t灭火器是否有效？\t否\t是\n消防\t消防通道是否堵塞？\t是\t是",
        works=["safety"],
        households_from=1,
    )


def found(small: SmallCampaign, what: CampaignPlan) -> Campaign:
    with small.database.writing() as session:
        return create_campaign(acting_now(session, small.engine, SYSTEM), what)


def test_a_second_campaign_begins_beside_the_first(small: SmallCampaign) -> None:
    with small.database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Household))
    one = found(small, plan(small))
    with small.database.reading() as session:
        homes = session.scalars(select(Household).where(Household.campaign_id == one.id)).all()
        assert len(homes) == before
        assert {home.status for home in homes} == {None}
        asked = get_check_items(session, one.id)
        assert [(item.code, item.fail_when, item.photo_on_failure) for item in asked] == [
            ("A1", "no", False),
            ("B1", "no", True),
            ("B2", "yes", True),
        ]
        assert [what.code for what in get_work_streams(session, one.id)] == ["safety"]
        assert EAST in villages_to_begin(session, one)
    with small.database.writing() as session:
        assert begin_village(session, small.engine, get_campaign(session, one.id), EAST) > 0
        assert begin_village(session, small.engine, get_campaign(session, one.id), EAST) == 0
    home = next(home for home in homes if home.village == EAST)
    answers = {"A1": {"answer": "no", "reason": "乱接电线"}}
    answers |= {"B1": {"answer": "yes"}, "B2": {"answer": "no"}}
    visit = {"visited_on": "2019-09-02", "met": "home", "members_found": 3, "second_visitor": "李四"}
    small.do("helper", f"household:{home.id}", "visit", **visit, answers=answers)
    with small.database.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        assert (ticket.campaign_id, ticket.item) == (one.id, "A1")


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "长" * 201}),
        ("name_en", {"name_en": "l" * 201}),
        ("visits", {"days": {**DAYS, "visits": dt.date(1800, 1, 1)}}),
        ("closing", {"days": {**DAYS, "closing": dt.date(9999, 12, 31)}}),
        ("income_from", {"income_from": dt.date(200, 1, 1)}),
        ("area", {"area": "999999"}),
        ("list", {"days": {**DAYS, "list": dt.date(2019, 10, 9)}}),
        ("closing", {"days": {**DAYS, "closing": None}}),
        ("buffer_days", {"buffer_days": 14}),
        ("checklist", {"checklist": "77"}),
        ("questions", {"questions": "用电\t是否漏电？\t也许"}),
        ("questions", {"questions": "# 只有类别"}),
        ("households_from", {"households_from": 77}),
        ("income_to", {"income_from": dt.date(2019, 1, 1), "income_to": dt.date(2018, 1, 1)}),
    ],
)
def test_what_cannot_stand_is_said_beside_its_field_and_nothing_is_founded(
    small: SmallCampaign, field: str, change: dict[str, object]
) -> None:
    with pytest.raises(WrongValues) as refused:
        found(small, replace(plan(small), **change))  # type: ignore[arg-type]
    assert field in refused.value.problems
    with small.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Campaign)) == 1


def test_a_campaign_whose_dates_have_passed_is_refused(small: SmallCampaign) -> None:
    small.clock.push_to(local(1, month=11))
    with pytest.raises(WrongValues) as refused, small.database.writing() as session:
        create_campaign(acting_now(session, small.engine, SYSTEM), plan(small))
    assert set(refused.value.problems) == {"closing"}


def test_a_heading_row_pasted_from_excel_is_no_question() -> None:
    read = read_pasted("类别\t问题\t问题答案\t拍照\n消防\t通道是否畅通？\t\t")
    assert [question.text for question in read.questions] == ["通道是否畅通？"]
    assert read.categories == ["消防"]
