"""What lies ahead of a ticket, with names; and who was told of it, held against the history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, update

from engine.expressions import compile_expression
from engine.text import LocalizedText
from notifications.notices import Delivery, Notice
from rectification.escalation.delivery_proof import DeliveryProof, get_delivery_proof, get_sent_notices
from rectification.rescheduling.due_rules import rule_words
from rectification.rescheduling.timeline import UpcomingDate, get_timeline
from tests.rectification.campaign import ZONE, SmallCampaign, day_end, local
from tests.rectification.test_escalation import RECTIFY, due_on_the_12th
from web.i18n import use_language
from web.workshop.deadlines import deadlines_of


@pytest.mark.parametrize(
    ("written", "zh", "en"),
    [
        ("${milestone('closing')}", "“系统内销号”节点", "the milestone “Closed in the provincial system”"),
        (
            "${workdays_before(milestone('reverify'), 2)}",
            "“复核整改成效”节点前 2 个工作日",
            "2 working days before the milestone “Re-verification”",
        ),
        ("${workdays_after(now(), 1)}", "任务交到后 1 个工作日", "1 working day after it was offered"),
        ("${hours_after(now(), 24)}", "任务交到后 24 小时", "24 hours after it was offered"),
        (
            "${workdays_after(visited_on, 2)}",
            "表单中填写的日期（visited_on）后 2 个工作日",
            "2 working days after the date given in the form (visited_on)",
        ),
        ("${due_at}", "本工单的整改时限", "the ticket's due date"),
        (
            "${days_before(if is defined(explain_by) then explain_by else milestone('explanation'), 5)}",
            "本工单的说明期限，或“情况说明提交”节点前 5 天",
            "5 days before the ticket's date for its explanation, or the milestone “Written explanations”",
        ),
        ("${our_own(x) + 3}", "our_own(x) + 3", "our_own(x) + 3"),
    ],
)
def test_a_due_date_says_which_rule_made_it(written: str, zh: str, en: str) -> None:
    assert rule_words(compile_expression(written)) == LocalizedText(zh, en)


@pytest.fixture
def english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("zh")


@pytest.mark.usefixtures("english")
def test_the_owner_of_a_process_reads_rule_and_rules_of_each_step(small: SmallCampaign) -> None:
    with small.database.reading() as session:
        version = small.engine.definitions.current(session, "rectification")
        result = {deadline.element: deadline for deadline in deadlines_of(session, version, "rectification")}
    assert result["record_closure"].rule == "the milestone “Closed in the provincial system”"
    assert result["record_closure"].rules == [
        "3 days before: the owner",
        "1 day before: the owner",
        "when it falls due: the owner",
        "1 day after: the unit's leader",
        "2 days after: the city office",
    ]
    assert result["review_line"].rules[0] == "4 hours before: the owner"


def ahead(small: SmallCampaign, number: int) -> list[UpcomingDate]:
    items = [entry.id for entry in small.open(f"ticket:{number}")]
    with small.database.reading() as session:
        return get_timeline(session, small.engine, items, small.clock.now())


def test_what_is_said_to_lie_ahead_is_what_then_happens(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    dates = ahead(small, number)
    names = [
        (date_.at.astimezone(ZONE).day, told.who, told.level, name)
        for date_ in dates
        for told in date_.notices
        for name in told.names
    ]
    assert names == RECTIFY
    (due,) = [date_ for date_ in dates if date_.kind == "due"]
    assert due.at == day_end(12)
    assert due.rule == LocalizedText("本工单的整改时限", "the ticket's due date")
    timers = {date_.step.en: [step.en for step in date_.leads_to] for date_ in dates if date_.kind == "timer"}
    assert timers == {
        "Explanation milestone": ["Written explanation"],
        "Five days before the explanation milestone": ["Will it close in time?"],
    }
    assert [date_.at for date_ in dates] == sorted(date_.at for date_ in dates)
    small.push(local(14))
    overdue, following = ahead(small, number)[:2]
    assert (overdue.kind, overdue.at) == ("due", day_end(12))
    assert (following.kind, following.at) == ("told", day_end(15))


def test_who_was_told_stands_on_the_ticket_and_is_proved_by_the_history(small: SmallCampaign) -> None:
    small.begin()
    for home in ("201-001", "201-002"):
        small.visit(home, small.failed(home, "E4"))
    small.submit(unvisited_reason="外出务工")
    for ticket in small.tickets():
        small.do("town", ticket.key, "review_line", review="accept")
        small.dispatch(ticket.id, due="2019-09-12")
        small.do("helper", ticket.key, "acknowledge", acknowledged="yes")
    small.leap(local(16))
    number = small.tickets()[0].id
    key = f"ticket:{number}"
    with small.database.writing() as session:
        session.execute(update(Delivery).values(state="sent", sent_at=local(16, 10)))
        session.execute(
            update(Notice).where(Notice.person_id == small.people["town"]).values(read_at=local(16, 11))
        )
    with small.database.reading() as session:
        told = get_sent_notices(session, key)
        assert get_delivery_proof(session, key) == DeliveryProof(3, 3, 0, 0)
    (town,) = [entry for entry in told if entry.person == "town" and entry.level == 2]
    assert (town.with_others, town.late, town.colour) == (True, True, "red")
    assert town.read_at == local(16, 11)
    assert [(way.channel, way.state, way.sent_at) for way in town.ways] == [("mail", "sent", local(16, 10))]
    assert {entry.person for entry in told} >= {"helper", "team_leader", "town", "town_second"}
    with small.database.writing() as session:
        wanted = Notice.person_id == small.people["team_leader"], Notice.level == 1
        session.execute(delete(Delivery))
        session.execute(delete(Notice).where(*wanted))
    with small.database.reading() as session:
        assert get_delivery_proof(session, key) == DeliveryProof(3, 2, 1, 0)
