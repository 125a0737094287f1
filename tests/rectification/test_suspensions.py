"""Suspensions: a pause moves the due date, gives back what it does not use, and ends with its ticket."""

from __future__ import annotations

import datetime as dt

import pytest

from engine.errors import DomainError, NotAllowed, WrongValues
from rectification.matters.pause import allow, suspension_of
from rectification.rescheduling.pauses import suspend, take_up_again
from rectification.tickets.reopenings import reopen
from rectification.tickets.slow_progress import ask_unmoved, lay_down
from tests.rectification.campaign import SmallCampaign, day_end, local
from tests.rectification.test_requests import closed


def test_a_ticket_rests_only_where_its_campaign_allows_it_and_gives_back_what_it_does_not_use(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()  # due on the 20th
    key, until = f"ticket:{number}", dt.date(2019, 9, 6)

    def rest(who: str) -> None:
        with small.database.writing() as session:
            suspend(small.acting(session, who), number, until, "山洪断路")

    with pytest.raises(DomainError) as refused:
        rest("county")
    assert refused.value.code == "not_suspendable"
    with small.database.writing() as session:
        allow(small.acting(session, "city"), 1, yes=True)
    with pytest.raises(NotAllowed):
        rest("helper")
    rest("county")
    assert small.item(key, "rectify").due_at == day_end(24)
    with pytest.raises(DomainError):
        rest("county")
    small.push(local(3))
    with small.database.writing() as session:
        lay_down(small.acting(session, "city"), 1, 1, 2)
    assert ask_unmoved(small.engine) == 0, "a day of rest is no day without progress"
    with small.database.writing() as session:
        take_up_again(small.acting(session, "county"), number, "路已抢通")
    assert small.item(key, "rectify").due_at == small.ticket(number).due_at == day_end(21)
    assert [action for action in small.actions(key) if "suspend" in action or "taken" in action] == [
        "suspended",
        "taken_up_again",
    ]
    with small.database.reading() as session:
        assert suspension_of(session, small.ticket(number), dt.date(2019, 9, 3)) is None
    small.push(local(4))
    assert ask_unmoved(small.engine) == 1


def test_a_pause_ends_with_the_ticket_and_is_not_carried_into_its_next_round(small: SmallCampaign) -> None:
    number = small.in_progress()
    with small.database.writing() as session:
        allow(small.acting(session, "city"), 1, yes=True)
        suspend(small.acting(session, "county"), number, dt.date(2019, 9, 6), "山洪断路")
    closed(small, number)
    small.push(local(3))
    with small.database.writing() as session:
        due = dt.date(2019, 9, 20)
        reopen(small.acting(session, "inspector"), number, kind="relapse", reason="又不上门了", due=due)
    with small.database.writing() as session:
        assert suspension_of(session, small.ticket(number), dt.date(2019, 9, 3)) is None
        with pytest.raises(DomainError):
            take_up_again(small.acting(session, "county"), number, "路已抢通")
    assert small.ticket(number).due_at == day_end(20)


def test_a_pause_that_would_not_reach_today_is_answered_beside_its_day(small: SmallCampaign) -> None:
    number = small.in_progress()
    small.push(local(24))
    with small.database.writing() as session:
        allow(small.acting(session, "city"), 1, yes=True)
        with pytest.raises(WrongValues) as refused:
            suspend(small.acting(session, "city"), number, dt.date(2019, 9, 25), "山洪断路")
    assert set(refused.value.problems) == {"until"}
