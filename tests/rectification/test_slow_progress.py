"""Slow progress: who is asked for a written statement, when, how often, and what becomes of the mark."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from engine.errors import DomainError, NotAllowed, WrongValues
from engine.schema import history
from rectification.handover.naming_deputies import DeputyRequest, name_deputy
from rectification.matters.ticket import ProgressNote
from rectification.tickets.progress_statements import ProgressStatement, statements_of
from rectification.tickets.slow_progress import ask_unmoved, clear_slow, lay_down, mark_slow
from tests.rectification.campaign import SmallCampaign, day_end, local

WROTE = {"slow_reason": "连日降雨，医生未能上门签约。", "progress_percent": 40, "plan": "本周补签。"}


def look(small: SmallCampaign, after: int | None = 5) -> int:
    """The daily look of a campaign that allows so many days without an update."""
    with small.database.writing() as session:
        lay_down(small.acting(session, "county"), 1, after, 2)
    asked = ask_unmoved(small.engine)
    small.work()
    return asked


def note(small: SmallCampaign, number: int) -> None:
    with small.database.writing() as session:
        who, now = small.people["helper"], small.clock.now()
        session.add(ProgressNote(ticket_id=number, percent=10, text="已联系", by_id=who, at=now))


def mark(small: SmallCampaign, who: str, number: int, reason: str = "两周没有动静") -> None:
    with small.database.writing() as session:
        mark_slow(small.acting(session, who), number, reason)


def asked(small: SmallCampaign, number: int) -> list[ProgressStatement]:
    with small.database.reading() as session:
        statements = statements_of(session, number)
        session.expunge_all()
    return statements


def written(small: SmallCampaign, number: int, who: str = "helper") -> None:
    small.do(who, f"ticket:{number}", "write_statement", **WROTE, promised_on="2019-09-20")


def test_so_many_days_without_a_note_ask_once_and_the_judge_takes_the_mark_away(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    small.push(local(4, 10))
    note(small, number)
    small.push(local(8, 23))
    assert look(small) == 0, "the fourth day without a note is not over"
    small.push(local(9, 8))
    assert look(small, None) == 0, "a campaign that says nothing asks nobody"
    assert look(small) == 1
    assert look(small) == 0, "nobody is asked twice"
    assert small.ticket(number).slow
    item = small.item(key, "write_statement")
    assert (item.owner, item.due_at) == (f"person:{small.people['helper']}", day_end(11))
    with pytest.raises(WrongValues) as wrong:
        small.do("helper", key, "write_statement", **WROTE, promised_on="2019-09-21")
    assert "延期" in wrong.value.problems["promised_on"].zh
    written(small, number)
    with pytest.raises(NotAllowed):
        small.do("helper", key, "judge_statement", slow_decision="clear")
    small.do("town", key, "judge_statement", slow_decision="clear")
    [row] = asked(small, number)
    assert (row.cause, row.asked, row.percent, row.promised_on) == (
        "no_update",
        "5",
        40,
        dt.date(2019, 9, 20),
    )
    assert (row.decision, row.decided_by_id) == ("clear", small.people["town"])
    assert not small.ticket(number).slow
    assert small.ticket(number).status == "in_progress", "the ticket itself goes on as before"
    small.push(local(13, 8))
    assert look(small) == 0, "the count begins anew when the statement is settled"
    small.push(local(14, 8))
    assert look(small) == 1


def test_a_late_statement_goes_up_its_escalation_and_is_called_off_when_the_work_is_done(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    small.push(local(9, 8))
    assert look(small) == 1
    item = small.item(key, "write_statement").id
    small.push(local(13, 9))
    up = [(notice.level, notice.about) for notice in small.notices("team_leader", "escalated")]
    assert up == [(1, key)], "a day late: the unit's leader hears of it"
    small.fixed(number)
    small.work()
    assert item not in [entry.id for entry in small.open(key)]
    [row] = asked(small, number)
    assert row.closed_at is not None
    assert row.decision is None
    assert not small.ticket(number).slow
    before = len(small.notices())
    small.push(local(14, 9))
    assert not [notice for notice in small.notices()[before:] if notice.kind == "escalated"]


def test_a_reviewer_marks_with_a_reason_judges_what_comes_and_keeps_the_mark(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    for who, reason in (("helper", "慢"), ("team_leader", "慢"), ("lead", "慢")):
        with pytest.raises(NotAllowed):
            mark(small, who, number, reason)
    with pytest.raises(WrongValues):
        mark(small, "county", number, " ")
    mark(small, "county", number)
    with pytest.raises(DomainError, match="asked_already"):
        mark(small, "inspector", number)
    written(small, number)
    assert small.item(key, "judge_statement").owner.startswith("post:county_office@")
    with pytest.raises(NotAllowed):
        small.do("town", key, "judge_statement", slow_decision="clear")
    with pytest.raises(DomainError), small.database.writing() as session:
        clear_slow(small.acting(session, "county"), number, "已跟上")
    small.do("county", key, "judge_statement", slow_decision="keep", slow_opinion="每周报告")
    assert small.ticket(number).slow
    [told] = small.notices("helper", "statement")
    assert "每周报告" in told.words_zh
    with small.database.writing() as session:
        clear_slow(small.acting(session, "town"), number, "已跟上")
    assert not small.ticket(number).slow
    assert [action for action in small.actions(key) if "slow" in action or "statement" in action] == [
        "statement_asked", "statement_submitted", "slow_kept", "slow_cleared",
    ]  # fmt: skip


def test_a_deputy_marks_and_whoever_takes_the_ticket_over_writes_by_the_same_date(
    small: SmallCampaign,
) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    with pytest.raises(NotAllowed):
        mark(small, "town_leader", number)
    with small.database.writing() as session:
        proposal = DeputyRequest(small.people["town_leader"], dt.date(2019, 9, 2), dt.date(2019, 9, 30), None)
        name_deputy(small.acting(session, "town"), proposal)
    mark(small, "town_leader", number)
    with small.database.reading() as session:
        query = select(history.c.person, history.c.on_behalf_of).where(history.c.action == "statement_asked")
        assert session.execute(query).one() == (small.people["town_leader"], small.people["town"])
    due = small.item(key, "write_statement").due_at
    small.do(
        "helper", key, "rectify", outcome="transfer", result="由卫生院签约",
        to_unit=str(small.units["team"]), to_person=str(small.people["helper_second"]),
    )  # fmt: skip
    small.do("helper_second", key, "accept_transfer", transfer_taken="yes")
    small.work()
    item = small.item(key, "write_statement")
    assert (item.owner, item.due_at) == (f"person:{small.people['helper_second']}", due)
    written(small, number, "helper_second")
    assert asked(small, number)[0].by_id == small.people["helper_second"]
