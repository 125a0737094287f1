"""Deadlines that move: who was told is not told again, and nobody who should hear is left out."""

from __future__ import annotations

import datetime as dt

from engine.expressions import Expression
from engine.rescheduling import reschedule
from engine.world import Values
from tests.register.campaign import SmallCampaign, local
from tests.register.test_ladders import due_on_the_12th, told


def move(small: SmallCampaign, number: int, due: dt.datetime) -> None:
    def affected(rule: Expression) -> bool:
        return "due_at" in rule.names

    def rewriting(scope: object) -> Values:
        return {"due_at": due.isoformat()}

    instance = small.item(f"ticket:{number}", "rectify").instance_id
    with small.database.writing() as session:
        reschedule(small.engine, session, instance, affected, rewriting, small.actor("county"))
    small.work()


def test_a_later_date_tells_nobody_again_and_still_everybody_new(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(14))
    before = told(small, item)
    assert before[-1] == (13, "unit_leader", 1, "team_leader")
    move(small, number, local(17, 23, 59, 59))
    small.push(local(23))
    assert [one[:3] for one in told(small, item)[len(before) :]] == [
        (20, "town", 2),
        (20, "town", 2),
        (22, "county", 3),
        (22, "county", 3),
    ]


def test_an_earlier_date_tells_at_once_what_has_passed_by_now(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(6))
    move(small, number, local(8, 23, 59, 59))
    small.push(local(14))
    assert [one[:3] for one in told(small, item)] == [
        (5, "owner", 0),
        (5, "owner", 0),
        (5, "unit_leader", 0),
        (7, "owner", 0),
        (8, "owner", 0),
        (9, "unit_leader", 1),
        (11, "town", 2),
        (11, "town", 2),
        (13, "county", 3),
        (13, "county", 3),
    ]


def test_reminders_that_came_too_late_come_after_all_when_they_lie_ahead_again(small: SmallCampaign) -> None:
    small.begin()
    small.push(local(11))
    number = small.accepted()
    small.dispatch(number, due="2019-09-12")
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    item = small.item(f"ticket:{number}", "rectify").id
    move(small, number, local(21, 23, 59, 59))
    small.push(local(20))
    assert [one[:3] for one in told(small, item)] == [
        (14, "owner", 0),
        (18, "owner", 0),
        (18, "unit_leader", 0),
    ]
