"""A level without a holder goes up, stays owed, and is told once when somebody holds the post again."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from engine.schema import work_items
from notifications.notices import Notice
from rectification.escalation.owed_levels import OwedEscalation
from rectification.escalation.policy import EscalationStep
from rectification.handover.accounts import close_account
from rectification.handover.unattended_work import escalate_unattended, unattended_work
from rectification.matters.subjects import subjects
from rectification.people.deputies import Deputy
from rectification.people.model import Person
from rectification.people.posts import INSTALLATION, Post
from rectification.rescheduling.ticket_due_date import change_due
from tests.rectification.campaign import CITY, COUNTY, FAR_COUNTY, TOWN, SmallCampaign, local
from tests.rectification.test_escalation import due_on_the_12th, told
from tests.rectification.test_unattended_work import leaves


def vacate(small: SmallCampaign, role: str) -> None:
    """Nobody holds any post of a role after the 2nd."""
    with small.database.writing() as session:
        session.execute(update(Post).where(Post.role == role).values(until=dt.date(2019, 9, 2)))


def administrator(small: SmallCampaign, name: str = "admin", scope: str = CITY) -> None:
    with small.database.writing() as session:
        who = Person(name=name, login=name, language="zh")
        session.add(who)
        session.flush()
        small.people[name] = who.id
        row = Post(person_id=who.id, role="admin", scope=scope, since=dt.date(2019, 1, 1))
        row.area_code = None if scope == INSTALLATION else scope
        session.add(row)


def late(small: SmallCampaign, item: int) -> list[tuple[int, bool]]:
    query = select(EscalationStep.rule, EscalationStep.late).where(EscalationStep.work_item_id == item)
    with small.database.reading() as session:
        return [(row.rule, row.late) for row in session.execute(query.order_by(EscalationStep.id))]


def owed(small: SmallCampaign, item: int) -> list[str]:
    wanted = select(OwedEscalation.desk).where(OwedEscalation.work_item_id == item).distinct()
    with small.database.reading() as session:
        return sorted(session.scalars(wanted))


def stand_in(small: SmallCampaign, who: str, deputy: str) -> None:
    with small.database.writing() as session:
        one = Deputy(person_id=small.people[deputy], stands_in_for_id=small.people[who])
        one.since, one.until = dt.date(2019, 9, 2), dt.date(2019, 9, 30)
        session.add(one)


def test_the_highest_level_that_passed_is_told_when_a_holder_returns(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    for role in ("unit_leader", "town_office"):
        vacate(small, role)
    small.push(local(18))
    up = [("county", level) for _, _, level, name in told(small, item) if level and name == "county"]
    assert up == [("county", 1), ("county", 2), ("county", 3)]
    town = f"post:town_office@{TOWN}"
    team = f"post:unit_leader@U{small.units['team']}"
    assert owed(small, item) == [town, team]
    assert "无人在岗" in small.notices("county", "escalated")[0].words_zh
    before = len(told(small, item))
    with small.database.writing() as session:
        small.post(session, "town_second", "town_office", TOWN)
        small.post(session, "team_leader", "unit_leader", f"U{small.units['team']}", unit="team")
    small.work()
    assert len(told(small, item)) == before + 2, "each hears of one level"
    new = [entry for entry in told(small, item) if entry[3] in ("town_second", "team_leader")]
    assert new == [(13, "unit_leader", 1, "team_leader"), (15, "town", 2, "town_second")]
    assert [was_late for _, was_late in late(small, item)[-2:]] == [True, True]
    assert [notice.level for notice in small.notices("town_second", "escalated")] == [2]
    assert "无人在岗" not in small.notices("town_second", "escalated")[0].words_zh
    assert owed(small, item) == []
    small.work()
    assert len(told(small, item)) == before + 2
    assert small.ticket(number).escalation_level == 3


def vacant_but_for_administrators(small: SmallCampaign) -> tuple[int, int]:
    """A ticket, and its step, whose person has left and above which no office has anybody."""
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    for role in ("unit_leader", "town_office", "county_office", "city_office"):
        vacate(small, role)
    leaves(small, "helper")
    return number, item


def test_an_administrator_hears_where_no_office_has_anybody(small: SmallCampaign) -> None:
    administrator(small)
    _number, item = vacant_but_for_administrators(small)
    small.push(local(14))
    assert {entry[3] for entry in told(small, item)} == {"admin"}
    assert {notice.link for notice in small.notices("admin")} == {"/people"}
    with small.database.writing() as session:
        assert escalate_unattended(session, small.clock.now(), dt.date(2019, 9, 14)) == 1
    assert small.notices("admin", "unseen")


@pytest.mark.parametrize("nearest", [COUNTY, INSTALLATION])
def test_only_the_nearest_administrators_hear_and_not_what_it_is_about(
    small: SmallCampaign, nearest: str
) -> None:
    """Nothing of another county's; and administrators see no case, so that no message names one."""
    small.second_county("Asia/Shanghai")
    administrator(small, "elsewhere", FAR_COUNTY)
    administrator(small, "nearest", nearest)
    if nearest != INSTALLATION:
        administrator(small, "general", INSTALLATION)
    number, item = vacant_but_for_administrators(small)
    small.push(local(14))
    assert {entry[3] for entry in told(small, item)} == {"nearest"}
    with small.database.writing() as session:
        escalate_unattended(session, small.clock.now(), dt.date(2019, 9, 14))
    notices = small.notices("nearest")
    assert {notice.kind for notice in notices} >= {"unseen", "escalated"}
    with small.database.reading() as session:
        name = subjects(session, {f"ticket:{number}"})[f"ticket:{number}"].name
    for notice in notices:
        assert notice.link in ("/people", "/unseen")
        assert name.zh not in notice.words_zh
        assert name.en not in notice.words_en
    assert not small.notices("elsewhere")
    assert not (small.notices("general") if nearest != INSTALLATION else ())


def test_whoever_takes_the_work_of_a_closed_account_hears_of_it_once(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    leaves(small, "helper")
    small.push(local(14))
    assert next(entry[3] for entry in told(small, item)) == "team_leader", "up from the owner"
    before = len(small.notices("helper_second"))
    with small.database.writing() as session:
        owner = f"person:{small.people['helper_second']}"
        session.execute(update(work_items).where(work_items.c.id == item).values(owner=owner))
    small.work()
    assert [(day, who) for day, who, _, name in told(small, item) if name == "helper_second"] == [
        (12, "owner")
    ]
    fresh = small.notices("helper_second")[before:]
    assert [entry.kind for entry in fresh] == ["reminder"]
    assert "逾期" in fresh[0].words_zh


def test_a_chain_of_deputies_goes_on_past_a_closed_account(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    stand_in(small, "helper", "helper_second")
    stand_in(small, "helper_second", "village_office")
    stand_in(small, "team_leader", "lead")
    with small.database.writing() as session:
        close_account(small.acting(session, "town"), small.people["helper_second"])
    for who in ("helper", "team_leader"):
        leaves(small, who)
    small.push(local(14))
    assert {entry[3] for entry in told(small, item) if entry[1] == "owner"} == {"village_office"}
    assert {entry[3] for entry in told(small, item) if entry[1] == "unit_leader"} == {"lead"}
    assert owed(small, item) == []
    with small.database.reading() as session:
        assert unattended_work(session, dt.date(2019, 9, 14)) == []
        gone = [small.people[entry] for entry in ("helper", "helper_second", "team_leader")]
        assert session.scalars(select(Notice).where(Notice.person_id.in_(gone), Notice.level > 0)).all() == []


def test_a_level_that_lies_ahead_again_is_owed_to_nobody(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    vacate(small, "town_office")
    small.push(local(16))
    item = small.item(f"ticket:{number}", "rectify").id
    assert owed(small, item) == [f"post:town_office@{TOWN}"]
    with small.database.writing() as session:
        change_due(small.acting(session, "city"), number, dt.date(2019, 9, 23), "等卫生院")
    assert owed(small, item) == []
    with small.database.writing() as session:
        small.post(session, "town_second", "town_office", TOWN)
    small.work()
    assert "town_second" not in {entry[3] for entry in told(small, item)}
