"""Deadlines that move: who was told is not told again, and nobody who should hear is left out."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from engine.commands.reschedule import Change, reschedule
from engine.errors import DomainError, NotAllowed, WrongValues
from engine.expressions import Expression
from engine.host import Values
from engine.schema import timers, work_items
from rectification.calendar.holidays import Day
from rectification.campaigns.model import get_campaign
from rectification.core.jobs import run_next
from rectification.process.job_registry import WORKS
from rectification.rescheduling import calendar
from rectification.rescheduling.model import apply, get_rescheduling, move_milestones
from rectification.rescheduling.report import read_report
from rectification.rescheduling.ticket_due_date import change_due, what_would_move
from rectification.rescheduling.timeline import get_timeline
from tests.rectification.campaign import SmallCampaign, day_end, local
from tests.rectification.test_escalation import due_on_the_12th, told


def move(small: SmallCampaign, number: int, due: dt.datetime) -> None:
    def affected(rule: Expression) -> bool:
        return "due_at" in rule.names

    def rewriting(scope: object) -> Values:
        return {"due_at": due.isoformat()}

    instance = small.item(f"ticket:{number}", "rectify").instance_id
    with small.database.writing() as session:
        reschedule(small.engine, session, instance, Change(affected, rewriting), small.actor("county"))
    small.work()


def test_a_later_date_tells_nobody_again_and_still_everybody_new(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(14))
    before = told(small, item)
    assert before[-1] == (13, "unit_leader", 1, "team_leader")
    move(small, number, day_end(17))
    small.push(local(23))
    assert [entry[:3] for entry in told(small, item)[len(before) :]] == [
        (20, "town", 2),
        (20, "town", 2),
        (22, "county", 3),
        (22, "county", 3),
    ]


def test_an_earlier_date_tells_at_once_what_has_passed_by_now(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(6))
    move(small, number, day_end(8))
    small.push(local(14))
    assert [entry[:3] for entry in told(small, item)] == [
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
    move(small, number, day_end(21))
    small.push(local(20))
    assert [entry[:3] for entry in told(small, item)] == [
        (14, "owner", 0),
        (18, "owner", 0),
        (18, "unit_leader", 0),
    ]


# -- milestones and calendars ------------------------------------------------------------------------


def do_jobs(small: SmallCampaign) -> None:
    while run_next(small.engine, small.folder, WORKS):
        pass
    small.work()


def ask(small: SmallCampaign, reason: str = "汛期", **days: str) -> int:
    proposal = {name: {"day": day, "cutoff": None} for name, day in days.items()}
    with small.database.writing() as session:
        one = get_campaign(session, 1)
        number = move_milestones(small.acting(session, "city"), one, proposal, reason).id
    do_jobs(small)
    return number


def applied(small: SmallCampaign, number: int) -> None:
    with small.database.writing() as session:
        apply(small.acting(session, "city"), number)
    do_jobs(small)


def clocks(small: SmallCampaign) -> dict[str, dt.datetime]:
    with small.database.reading() as session:
        rows = session.execute(select(timers.c.element, timers.c.due_at)).all()
    return {row.element: row.due_at for row in rows}


def test_a_moved_milestone_is_looked_at_first_and_then_moves_everything_that_reads_it(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    key, before = f"ticket:{number}", clocks(small)
    asked = ask(small, visits="2019-09-16", list="2019-09-17", explanation="2019-09-28")
    with small.database.reading() as session:
        row = get_rescheduling(session, asked)
        found = read_report(row.report)
    assert clocks(small) == before
    assert (row.state, found.tickets, found.work, found.timers, found.late) == ("ready", 1, 2, 3, 0)
    assert {(line.name_zh, line.after, line.count) for line in found.lines} == {
        ("入户并填写排查表", "2019-09-16T15:59:59.999999+00:00", 2),
        ("清单定稿日", "2019-09-17T15:59:59.999999+00:00", 1),
        ("说明期限前 5 天", "2019-09-23T15:59:59.999999+00:00", 1),
        ("说明期限到", "2019-09-28T15:59:59.999999+00:00", 1),
    }
    applied(small, asked)
    moved = {name: (at - before[name]).days for name, at in clocks(small).items()}
    assert moved == {"list_due": 3, "explanation_nears": 4, "explanation_due": 4}
    assert small.variables(key)["explain_by"] == "2019-09-28T23:59:59.999999+08:00"
    assert ["2 项" in notice.words_zh for notice in small.notices("helper", "rescheduled")] == [True]
    small.push(local(24, 12))
    assert small.waiting(key) == ["rectify", "will_it_close"]
    small.push(local(29))
    assert small.waiting(key) == ["write_explanation"]
    assert small.actions(key).count("rescheduled") == 1


def test_what_passes_while_a_milestone_comes_nearer_happens_at_once_and_only_once(
    small: SmallCampaign,
) -> None:
    key = f"ticket:{small.in_progress()}"
    small.push(local(16))
    asked = ask(small, reverify="2019-09-18", explanation="2019-09-18")
    applied(small, asked)
    assert small.waiting(key) == ["rectify", "will_it_close"]
    again = ask(small, reverify="2019-09-25", explanation="2019-09-26")
    applied(small, again)
    small.push(local(25))
    assert small.waiting(key) == ["rectify", "will_it_close"]
    with pytest.raises(DomainError):
        applied(small, again)


def test_bad_proposals_are_answered_beside_the_milestone(small: SmallCampaign) -> None:
    small.push(local(10))
    for days, field in (
        ({"visits": "2019-09-09"}, "visits"),
        ({"list": "2019-09-25"}, "reverify,explanation"),
        ({}, ""),
    ):
        with pytest.raises(WrongValues) as wrong:
            ask(small, **days)
        assert ",".join(wrong.value.problems) == field
    with pytest.raises(WrongValues) as wrong:
        ask(small, reason=" ", closing="2019-10-08")
    assert list(wrong.value.problems) == ["reason"]


def test_a_changed_calendar_moves_what_counts_working_days_as_of_when_it_was_made(
    small: SmallCampaign,
) -> None:
    """The county changes its own: the campaign is the whole city's, the ticket is the county's."""
    small.begin()
    number = small.accepted()  # on the 2nd; dispatched within one working day
    here, elsewhere = (Day(dt.date(2019, 9, 3), "holiday", name) for name in ("抗台风", "不在本地"))
    with small.database.writing() as session:
        calendar.ask(small.acting(session, "city"), "341226100202", [elsewhere], "不在本地")
        asked = calendar.ask(small.acting(session, "city"), "341226", [here], "抗台风").id
        with pytest.raises(DomainError):
            calendar.apply(small.acting(session, "city"), asked)
    do_jobs(small)
    small.push(local(3, 12))
    with small.database.writing() as session:
        (west,) = calendar.what_follows(session, 1)
        assert read_report(west.report).work == 0, "the ticket lies in the other village"
        calendar.apply(small.acting(session, "city"), asked)
    do_jobs(small)
    assert small.item(f"ticket:{number}", "dispatch").due_at == local(4)
    with small.database.reading() as session:
        others = select(work_items.c.due_at).where(work_items.c.element == "visit")
        assert set(session.scalars(others)) == {day_end(13)}


# -- one deadline ------------------------------------------------------------------------------------


def set_due(small: SmallCampaign, who: str, number: int, day: int, reason: str = "材料缺货") -> list[str]:
    with small.database.reading() as session:
        date = dt.date(2019, 9, day)
        looked_at = what_would_move(small.acting(session, who), number, date, reason)
    with small.database.writing() as session:
        change_due(small.acting(session, who), number, date, reason)
    small.work()
    return [entry.element for entry in looked_at]


def test_the_office_above_changes_one_deadline_and_the_ticket_says_who(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    with pytest.raises(NotAllowed):
        set_due(small, "helper", number, 22)
    with pytest.raises(WrongValues) as wrong:
        set_due(small, "town", number, 20, reason="")
    assert sorted(wrong.value.problems) == ["due", "reason"]
    with pytest.raises(NotAllowed):
        set_due(small, "county", number, 26)  # beyond re-verification: the city
    assert set_due(small, "city", number, 26) == ["rectify", "explanation_due", "explanation_nears"]
    assert set_due(small, "town", number, 12) == ["rectify", "explanation_due", "explanation_nears"]
    work = small.item(key, "rectify")
    assert (work.due_at, small.ticket(number).due_at) == (day_end(12), day_end(12))
    assert small.variables(key)["explain_by"] == "2019-09-24T23:59:59.999999+08:00"
    with small.database.reading() as session:
        due = next(
            entry
            for entry in get_timeline(session, small.engine, [work.id], small.clock.now())
            if entry.kind == "due"
        )
    assert due.rule is not None
    assert due.rule.en == "set by town on 2019-09-02"
    assert small.actions(key)[-2:] == ["due_changed", "due_changed"]
    assert (
        len(small.notices("helper", "rescheduled")) == len(small.notices("team_leader", "rescheduled")) == 2
    )


def test_what_is_overdue_is_put_off_by_the_city_alone(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    item = small.item(f"ticket:{number}", "rectify").id
    small.push(local(14))
    with pytest.raises(NotAllowed):
        set_due(small, "county", number, 20)
    set_due(small, "city", number, 20)
    before = told(small, item)
    small.push(local(24))
    assert [entry[:3] for entry in told(small, item)[len(before) :]] == [(23, "town", 2), (23, "town", 2)]
