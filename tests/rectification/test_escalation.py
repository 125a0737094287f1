"""Escalations: every rule is told once, to whoever stands there, also after the installation was down."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Row, delete, func, select, update

from engine.clock import PushedClock
from engine.database import Database
from engine.host import Deadline
from engine.schema import work_items
from notifications.notices import Delivery, Notice
from notifications.preferences import NotificationPreference
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.jobs import run_next
from rectification.escalation import sweep as escalations
from rectification.escalation.batches import close, get_unannounced
from rectification.escalation.digests import announce
from rectification.escalation.policy import EscalationStep, get_levels
from rectification.escalation.reminders import keep_to_workdays
from rectification.people.posts import Post
from rectification.process.job_registry import WORKS
from rectification.rescheduling.timeline import get_timeline
from tests.rectification.campaign import CITY, EAST, SmallCampaign, day_end, local

RECTIFY = [
    (5, "owner", 0, "helper"),
    (9, "owner", 0, "helper"),
    (9, "unit_leader", 0, "team_leader"),
    (11, "owner", 0, "helper"),
    (12, "owner", 0, "helper"),
    (13, "unit_leader", 1, "team_leader"),
    (15, "town", 2, "town"),
    (15, "town", 2, "town_second"),
    (17, "county", 3, "county"),
    (17, "county", 3, "county_second"),
]
"""Day, who, level and person of each rule of a ticket that is due on the 12th."""


def due_on_the_12th(small: SmallCampaign) -> int:
    small.begin()
    number = small.accepted()
    small.dispatch(number, due="2019-09-12")
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    return number


def steps(small: SmallCampaign, item: int) -> list[Row[EscalationStep]]:
    query = select(EscalationStep).where(EscalationStep.work_item_id == item)
    with small.database.reading() as session:
        return list(session.execute(query.order_by(EscalationStep.rule, EscalationStep.person_id)).all())


def told(small: SmallCampaign, item: int) -> list[tuple[int, str, int, str]]:
    names = {number: name for name, number in small.people.items()}
    shanghai = dt.timezone(dt.timedelta(hours=8))
    return [
        (
            one.escalation_at.astimezone(shanghai).day,
            one.who,
            one.level,
            names.get(one.person_id or 0, "nobody"),
        )
        for (one,) in steps(small, item)
    ]


def test_each_rule_is_told_once_and_on_time(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(18))
    assert told(small, item) == RECTIFY
    assert not any(one.late for (one,) in steps(small, item))
    assert all(one.at == one.escalation_at for (one,) in steps(small, item))
    assert small.ticket(number).escalation_level == 3
    small.work()
    assert told(small, item) == RECTIFY


def test_after_days_down_each_rule_is_told_once_and_marked_late(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    before = len(small.notices("helper"))
    small.leap(local(18))
    assert told(small, item) == RECTIFY
    assert all(one.late for (one,) in steps(small, item))
    assert small.ticket(number).escalation_level == 3
    fresh = small.notices("helper")[before:]
    assert [(entry.kind, entry.level) for entry in fresh if entry.level == 0] == [("reminder", 0)]


def test_a_person_hears_of_many_overdue_things_in_one_sentence(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    for size in ("AT_ONCE", "AHEAD"):
        monkeypatch.setattr(escalations, size, 1)  # a batch is applied in many transactions
    small.begin()
    for home in ("201-001", "201-002", "201-003"):
        small.visit(home, small.failed(home, "E4"))
    small.submit()
    for ticket in small.tickets():
        small.do("town", ticket.key, "review_line", review="accept")
        small.dispatch(ticket.id, due="2019-09-12")
        small.do("helper", ticket.key, "acknowledge", acknowledged="yes")
    small.leap(local(16))
    overdue = [notice for notice in small.notices("town") if notice.kind == "escalated" and notice.level == 2]
    assert [entry.about for entry in overdue] == ["desk"]
    assert "3 件事项" in overdue[0].words_zh
    assert "3 of them overdue" in overdue[0].words_en


def test_one_day_makes_one_mail_and_what_is_only_for_the_app_makes_none(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    key = f"ticket:{number}"
    small.push(local(13))
    with small.database.reading() as session:
        mails = select(Notice.at, Delivery.digest_key).join(
            Delivery, Delivery.notice_id == Notice.id, isouter=True
        )
        rows = session.execute(
            mails.where(
                Notice.about == key, Notice.kind == "reminder", Notice.person_id == small.people["helper"]
            ).order_by(Notice.id)
        ).all()
    days = [(row.at.astimezone(dt.timezone(dt.timedelta(hours=8))).day, row.digest_key) for row in rows]
    assert days[0] == (5, None)
    assert all(key is not None for _, key in days[1:])
    assert {key.rpartition(":")[0] for _, key in days[1:] if key} == {f"mail:{small.people['helper']}"}


def test_work_that_is_done_or_changed_hands_tells_nobody_any_more(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(10))
    small.fixed(number)
    small.push(local(18))
    assert [entry[0] for entry in told(small, item)] == [5, 9, 9]
    assert small.ticket(number).escalation_level == 0


def test_rules_from_before_the_work_was_offered_tell_nobody(small: SmallCampaign) -> None:
    small.begin()
    small.push(local(10))
    number = small.accepted()
    small.dispatch(number, due="2019-09-12")
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(12))
    assert told(small, item) == [(11, "owner", 0, "helper")]


def test_where_nobody_stands_on_a_rule_the_next_one_is_told(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        session.execute(delete(Post).where(Post.person_id == small.people["team_leader"]))
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(14))
    assert told(small, item)[-2:] == [(13, "unit_leader", 1, "town"), (13, "unit_leader", 1, "town_second")]


def test_someone_who_left_is_not_told(small: SmallCampaign) -> None:
    with small.database.writing() as session:
        session.execute(
            update(Post)
            .where(Post.person_id == small.people["town_second"])
            .values(until=dt.date(2019, 9, 14))
        )
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(16))
    assert [entry[3] for entry in told(small, item) if entry[1] == "town"] == ["town"]


def test_the_reminders_of_the_list_go_out_before_the_holiday(small: SmallCampaign) -> None:
    small.begin()
    small.do("lead", f"village:{EAST}", "finish_visits")
    item = small.item(f"village:{EAST}", "submit_list").id
    small.push(local(13, 0))
    assert told(small, item) == [(12, "owner", 0, "lead")]


def test_overdue_work_can_still_be_done(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    small.push(local(14))
    small.fixed(number)
    assert small.ticket(number).status == "submitted"


@pytest.mark.parametrize(
    "escalation",
    ["visit", "list", "review", "acknowledge", "rectify", "reverify", "explanation", "closing", "hung"],
)
def test_every_escalation_rises_in_time_and_begins_with_the_owner(
    small: SmallCampaign, escalation: str
) -> None:
    with small.database.reading() as session:
        levels = get_levels(session, escalation, None)
    assert [level.offset for level in levels] == sorted(level.offset for level in levels)
    assert levels[0].who == "owner"
    late = [level.level for level in levels if level.offset > dt.timedelta(0)]
    assert late == sorted(set(late))
    assert all(level.level == 0 for level in levels if level.offset <= dt.timedelta(0))


def test_work_that_comes_back_after_its_whole_escalation_is_told_to_the_last_rule_once(
    small: SmallCampaign,
) -> None:
    number = due_on_the_12th(small)
    key = f"ticket:{number}"
    small.push(local(11))
    small.fixed(number)
    small.push(local(19))
    last = [(17, "county", 3, "county"), (17, "county", 3, "county_second")]  # when it fell due
    for heard in (last, []):
        small.verified(number, "not_fixed", demand="补材料")
        item = small.item(key, "rectify").id
        small.push(small.clock.now() + dt.timedelta(hours=1))
        assert told(small, item) == heard
        assert small.ticket(number).escalation_level == 3
        small.fixed(number)


def test_a_escalation_that_nobody_drew_tells_nobody(small: SmallCampaign) -> None:
    with small.database.reading() as session:
        assert get_levels(session, "无此督办安排", None) == ()
        assert (
            escalations.get_first_level(session, Deadline(1, "无此督办安排", None, local(20), local(2)))
            is None
        )


def test_two_sweeps_at_once_tell_once(database: Database, clock: PushedClock, small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    clock.push_to(local(12))
    for _ in range(2):
        with database.writing() as session:
            sweep = escalations.Sweep(session, clock.now())
            seen = sweep.look(session, 500)
            sweep.keep(session, seen, sweep.notices(seen))
    assert told(small, item) == RECTIFY[:4]
    assert small.notices("helper", "reminder") == [], "nobody is told before the batch is applied"
    with database.writing() as session:
        open_one = get_unannounced(session)
        assert open_one is not None
        close(session, open_one.id)
    assert announce(database, open_one, clock.now())
    assert not announce(database, open_one, clock.now()), "it looked before the first had told"
    assert len(small.notices("helper", "reminder")) == 1
    small.work()  # as after a crash between the two
    assert len(small.notices("helper", "reminder")) == 1
    small.work()
    assert len(small.notices("helper", "reminder")) == 1
    with database.reading() as session:
        rule, at = session.execute(
            select(work_items.c.escalation_step, work_items.c.escalation_at).where(work_items.c.id == item)
        ).one()
        assert (
            session.scalar(select(func.count(EscalationStep.id)).where(EscalationStep.work_item_id == item))
            == 4
        )
    assert (rule, at) == (4, day_end(12))


@pytest.mark.parametrize(
    "change",
    [
        {"closed_at": local(11)},
        {"owner": "person:1"},
        {"due_at": local(12, 22), "escalation_at": local(9, 22)},
        {"escalation_at": local(13)},
        {"escalation_step": 2},
    ],
    ids=["done", "passed on", "another date", "another day for its reminder", "applied by another"],
)
def test_what_changes_between_looking_and_applying_is_looked_at_again(
    database: Database, clock: PushedClock, small: SmallCampaign, change: dict[str, Any]
) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    clock.push_to(local(12))
    with database.reading() as session:
        sweep = escalations.Sweep(session, clock.now())
        seen = sweep.look(session, 500)
    with database.writing() as session:
        session.execute(update(work_items).where(work_items.c.id == item).values(**change))
    with pytest.raises(escalations.MeanwhileChanged), database.writing() as session:
        sweep.keep(session, seen, sweep.notices(seen))
    assert told(small, item) == []


def test_reminders_that_would_fall_on_a_day_off_come_before_it_once_the_campaign_says_so(
    small: SmallCampaign,
) -> None:
    """Also where a newer campaign says otherwise; and what nobody can mute is said by the campaign of the work."""
    small.begin()
    with small.database.writing() as session:
        newer = Campaign(
            name="再回头看", name_en="Again", year=2019, area_code=CITY, settings={"floor": "blue"}
        )
        session.add(newer)
        session.add(
            NotificationPreference(person_id=small.people["team_leader"], matter="deadline", mail=False)
        )
    number = small.accepted()
    small.dispatch(number, due="2019-09-17")  # the 13th to the 15th are off
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(11))
    with small.database.writing() as session:
        keep_to_workdays(small.acting(session, "county"), 1, True)
    while run_next(small.engine, small.folder, WORKS):
        pass
    with small.database.reading() as session:
        ahead = get_timeline(session, small.engine, [item], small.clock.now())
    at = day_end(12)
    assert [(entry.kind, entry.at) for entry in ahead][:2] == [("told", at), ("told", day_end(16))]
    small.push(local(18))
    assert [entry[0] for entry in told(small, item)] == [10, 12, 12, 16, 17], "the deadline itself stays"
    assert small.ticket(number).due_at == day_end(17)
    assert mailed(small, "team_leader") == [False], "blue cannot be muted in the newer campaign alone"
    with small.database.writing() as session:
        get_campaign(session, 1).settings = {**get_campaign(session, 1).settings, "floor": "yellow"}
        get_campaign(session, 2).settings = {}
    small.push(local(19))
    assert mailed(small, "team_leader") == [False, True]


def mailed(small: SmallCampaign, who: str) -> list[bool]:
    """Whether each reminder and escalation went out to somebody by mail."""
    wanted = select(Delivery.id).outerjoin_from(Notice, Delivery, Delivery.notice_id == Notice.id)
    mine = Notice.person_id == small.people[who], Notice.kind.in_(("reminder", "escalated"))
    with small.database.reading() as session:
        return [row is not None for row in session.scalars(wanted.where(*mine).order_by(Notice.id))]
