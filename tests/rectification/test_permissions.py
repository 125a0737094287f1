"""Who sees what and who may do what: both follow from the posts of the day."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from engine.errors import NotAllowed
from rectification.access.permissions import (
    may_see,
    may_see_village,
    owners,
    visible_households,
    visible_tickets,
    visible_villages,
)
from rectification.households.model import Household
from rectification.matters.ticket import Ticket
from rectification.people.posts import Post, people_with_posts
from rectification.places.areas import Area
from tests.rectification.campaign import COUNTY, EAST, TOWN, WEST, SmallCampaign, local

TODAY = dt.date(2019, 9, 2)
EVERY = {"east A5", "east E4", "west E3"}
SEEN = {
    "helper": {"east A5", "east E4"},
    "helper_second": set(),
    "west_helper": {"west E3"},
    "lead": {"east A5", "east E4"},
    "village_office": {"east A5", "east E4"},
    "west_lead": {"west E3"},
    "town": EVERY,
    "county": EVERY,
    "city": EVERY,
    "inspector": EVERY,
    "health": {"east E4", "west E3"},
    "health_leader": set(),
    "clinic_leader": {"east E4"},
    "town_leader": set(),
    "county_leader": set(),
}
"""Which tickets whoever holds a post sees: E3 and E4 are the health department's, E4 the clinic has to fix."""

VILLAGES = {
    "helper": {EAST},
    "lead": {EAST},
    "west_lead": {WEST},
    "town": {EAST, WEST},
    "county": {EAST, WEST},
    "inspector": {EAST, WEST},
    "health": set(),
    "clinic_leader": set(),
}


@pytest.fixture
def three(small: SmallCampaign) -> SmallCampaign:
    """Three tickets: two in the east, one in the west."""
    small.begin(EAST, WEST)
    small.visit("201-001", {**small.failed("201-001", "A5"), **small.failed("201-001", "E4")})
    small.visit("202-001", small.failed("202-001", "E3"))
    small.submit(unvisited_reason="外出")
    doctor = next(ticket for ticket in small.tickets() if ticket.item == "E4")
    small.do("town", doctor.key, "review_line", review="accept")
    small.dispatch(doctor.id, "clinic_leader", "clinic")
    return small


def tickets_seen(small: SmallCampaign, who: str, day: dt.date = TODAY) -> set[str]:
    with small.database.reading() as session:
        query = select(Ticket).where(visible_tickets(session, small.people[who], day))
        result = list(session.scalars(query))
        for row in session.scalars(select(Ticket)):
            assert may_see(session, small.people[who], row.key, day) is (row in result)
    return {f"{'east' if entry.village == EAST else 'west'} {entry.item}" for entry in result}


def test_everybody_sees_the_tickets_of_their_posts_and_no_others(three: SmallCampaign) -> None:
    assert {who: tickets_seen(three, who) for who in SEEN} == SEEN


def test_a_post_counts_on_its_days_alone(three: SmallCampaign) -> None:
    with three.database.writing() as session:
        session.execute(
            update(Post)
            .where(Post.person_id == three.people["town"])
            .values(since=dt.date(2019, 9, 3), until=dt.date(2019, 9, 5))
        )
    days = [dt.date(2019, 9, day) for day in (2, 3, 5, 6)]
    assert [tickets_seen(three, "town", day) for day in days] == [set(), EVERY, EVERY, set()]


def test_households_are_seen_by_their_helper_their_offices_and_whoever_must_fix(three: SmallCampaign) -> None:
    expected = {
        "helper": {"201-001", "201-002", "201-003"},
        "helper_second": set(),
        "lead": {"201-001", "201-002", "201-003"},
        "west_lead": {"202-001"},
        "town": {"201-001", "201-002", "201-003", "202-001"},
        "clinic_leader": {"201-001"},
        "health": set(),
    }
    with three.database.reading() as session:
        for who, numbers in expected.items():
            query = select(Household).where(visible_households(session, three.people[who], TODAY))
            assert {row.number for row in session.scalars(query)} == numbers, who
            for home in session.scalars(select(Household)):
                seen = may_see(session, three.people[who], f"household:{home.id}", TODAY)
                assert seen is (home.number in numbers)


def test_villages_are_seen_by_those_who_work_there_and_the_offices_above(three: SmallCampaign) -> None:
    with three.database.reading() as session:
        for who, codes in VILLAGES.items():
            query = select(Area.code).where(visible_villages(session, three.people[who], TODAY))
            assert set(session.scalars(query)) == codes, who
            for code in (EAST, WEST):
                assert may_see_village(session, three.people[who], code, TODAY) is (code in codes)
                assert may_see(session, three.people[who], f"village:{code}", TODAY) is (code in codes)


NOTHINGS = (
    "",
    "ticket",
    "ticket:",
    "ticket:x",
    "ticket:999",
    "city:1",
    "village:999",
    "ticket:１",
    "ticket:²",
    "ticket:99999999999999999999",
)


def test_what_does_not_exist_is_seen_by_nobody(three: SmallCampaign) -> None:
    with three.database.reading() as session:
        assert [key for key in NOTHINGS if may_see(session, three.people["county"], key, TODAY)] == []


def test_a_desk_shows_the_work_of_the_person_and_of_every_post(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        small.post(session, "lead", "town_office", TOWN, unit="town")
    with small.database.reading() as session:
        mine = owners(session, small.people["lead"], TODAY)
    assert mine == [f"person:{small.people['lead']}", f"post:team_lead@{EAST}", f"post:town_office@{TOWN}"]


def test_claimed_work_is_no_longer_everybodys(three: SmallCampaign) -> None:
    key = next(ticket.key for ticket in three.tickets() if ticket.item == "A5")
    item = three.item(key, "review_line")
    three.engine.claim(item.id, three.actor("town_second"))
    with pytest.raises(NotAllowed):
        three.do("town", key, "review_line", review="accept")
    three.do("town_second", key, "review_line", review="accept")


def test_people_are_listed_with_the_posts_of_the_day(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        small.post(session, "lead", "town_office", TOWN, unit="town")
        session.execute(
            update(Post).where(Post.person_id == small.people["helper"]).values(until=dt.date(2019, 9, 1))
        )
    with small.database.reading() as session:
        found = people_with_posts(session, [EAST, COUNTY], TODAY)
        listed = {who.login: [post.role for post in posts] for who, posts in found}
    assert listed["lead"] == ["team_lead", "town_office"]
    assert listed["county"] == ["county_office"]
    assert "helper" not in listed
    assert "town" not in listed
    assert "west_lead" not in listed
    assert local(2).date() == TODAY
