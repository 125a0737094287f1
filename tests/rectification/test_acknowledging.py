"""Acknowledging by leaders: in time, for another, too late, or never; and what goes up then."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import Row, select

from engine.errors import AlreadyDone, DomainError, NotAllowed
from engine.schema import history, work_items
from huitoukan.application import shipped_files
from rectification.escalation.acknowledgements import acknowledge, waiting_for
from rectification.escalation.delivery_proof import get_delivery_proof, get_sent_notices
from rectification.escalation.policy import EscalationStep
from rectification.escalation.sweep import Sweep
from rectification.handover.naming_deputies import DeputyRequest, end_deputy, name_deputy
from rectification.matters.ticket import Ticket
from rectification.papers.facts.pressure import supervision
from rectification.papers.printing import desk_for
from rectification.rescheduling.ticket_due_date import change_due
from rectification.tickets.recall import take_step_back
from tests.rectification.campaign import SmallCampaign, local

TABLE = "escalation.dmn"


def asking(table: bytes, hours: dict[str, int]) -> bytes:
    """A table whose rules of these names ask for an acknowledgement within so many hours."""
    for rule, most in hours.items():
        cell = rf'(id="{rule}_acknowledge_hours">\s*<text>)0(</text>)'
        table, found = re.subn(cell.encode(), rb"\g<1>%d\g<2>" % most, table)
        assert found == 1
    return table


def due_on_the_12th(small: SmallCampaign) -> int:
    """A ticket whose unit's leader has twelve hours, and whose town has a day, to acknowledge that it is late."""
    files = shipped_files()
    with small.database.writing() as session:
        table = asking(files[TABLE], {"rectify_6": 12, "rectify_7": 24})
        colour = rb'(id="rectify_7_colour">\s*<text>)"red"'
        table = re.sub(colour, rb'\g<1>"yellow"', table)
        small.engine.publish(session, {**files, TABLE: table}, "tests")
    small.begin()
    number = small.accepted()
    small.dispatch(number, due="2019-09-12")
    small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    return number


def waits(small: SmallCampaign, who: str) -> list[int]:
    day = small.clock.now().date()
    with small.database.reading() as session:
        return [entry.id for entry in waiting_for(session, small.people[who], day)]


def sign(small: SmallCampaign, who: str, number: int) -> None:
    with small.database.writing() as session:
        acknowledge(small.acting(session, who), number)


def told(small: SmallCampaign, number: int) -> list[tuple[int, int, str, bool]]:
    """Day, level and person of what was applied from the first day overdue on; whether it was for want of a receipt."""
    names = {number: name for name, number in small.people.items()}
    mine = work_items.c.key == f"ticket:{number}", work_items.c.element == "rectify", EscalationStep.level > 0
    query = (
        select(EscalationStep).join(work_items, work_items.c.id == EscalationStep.work_item_id).where(*mine)
    )
    with small.database.reading() as session:
        rows: list[Row[EscalationStep]] = list(session.execute(query.order_by(EscalationStep.id)).all())
    return [
        (
            one.at.astimezone(dt.timezone(dt.timedelta(hours=8))).day,
            one.level,
            names[one.person_id or 0],
            one.rule < 0,
        )
        for (one,) in rows
    ]


def test_what_nobody_acknowledges_goes_one_level_up_once(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    small.push(local(14, 9))
    assert told(small, number) == [(13, 1, "team_leader", False)]
    [asked] = small.notices("team_leader", "escalated")
    assert "请在 9月14日 11:59 前签收" in asked.words_zh
    small.clock.push_to(local(14, 13))
    with small.database.writing() as session:  # the process dies before anybody is told
        sweep = Sweep(session, small.clock.now())
        assert (sweep.pass_over(session, 10), sweep.pass_over(session, 10)) == (1, 0)
    for _again in range(2):
        small.work()
        assert told(small, number)[1:] == [(14, 2, "town", True), (14, 2, "town_second", True)]
        [up] = small.notices("town", "escalated")
        assert (up.level, "下级未按时签收" in up.words_zh) == (2, True)
    assert small.ticket(number).escalation_level == 2
    with small.database.reading() as session:
        desk = desk_for(session, small.engine, small.folder, "http://x", small.people["town"], 1)
        paper = supervision(desk, session.get_one(Ticket, number))
    assert (paper["颜色"], paper["督办单号"][-2:]) == ("黄色", "-2"), "the level's colour is the table's"
    small.push(local(18, 9))
    assert told(small, number)[3:] == [
        (15, 2, "town", False), (15, 2, "town_second", False),
        (16, 3, "county", True), (16, 3, "county_second", True),
        (17, 3, "county", False), (17, 3, "county_second", False),
    ]  # fmt: skip
    with small.database.reading() as session:
        delivery_proof = get_delivery_proof(session, f"ticket:{number}")
    assert (delivery_proof.backed, delivery_proof.unbacked, delivery_proof.unknown) == (
        delivery_proof.in_history,
        0,
        0,
    )


def stands_in(small: SmallCampaign, deputy: str) -> int:
    """Somebody stands in for the unit's leader through September; returns the number of that."""
    with small.database.writing() as session:
        proposal = DeputyRequest(small.people[deputy], dt.date(2019, 9, 2), dt.date(2019, 9, 30), None)
        return name_deputy(small.acting(session, "team_leader"), proposal).id


def test_a_deputy_acknowledges_for_a_leader_and_nobody_is_passed_over(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    stands_in(small, "lead")
    small.push(local(14, 9))
    assert waits(small, "helper") == []
    [asked] = waits(small, "lead")
    assert waits(small, "team_leader") == [asked]
    with pytest.raises(NotAllowed):
        sign(small, "town", asked)
    sign(small, "lead", asked)
    assert waits(small, "team_leader") == []
    with pytest.raises(AlreadyDone):
        sign(small, "team_leader", asked)
    small.push(local(15, 9))
    assert {entry[3] for entry in told(small, number)} == {False}
    with small.database.reading() as session:
        query = select(history.c.person, history.c.on_behalf_of).where(history.c.action == "signed_for")
        assert session.execute(query).one() == (small.people["lead"], small.people["team_leader"])
        lines = [
            sent_notice
            for sent_notice in get_sent_notices(session, f"ticket:{number}")
            if sent_notice.acknowledge_by is not None
        ]
    assert {(line.level, line.acknowledged_by, line.acknowledged_at) for line in lines} == {
        (1, "lead", local(14, 9))
    }
    assert {line.person for line in lines} == {"lead", "team_leader"}


def test_after_days_down_each_is_asked_once_and_work_that_is_done_waits_for_nobody(
    small: SmallCampaign,
) -> None:
    number = due_on_the_12th(small)
    small.push(local(12, 9))
    before = len(small.notices())
    small.leap(local(20, 9))
    assert {entry[3] for entry in told(small, number)} == {False}, (
        "nobody is passed over before they were asked"
    )
    fresh = [
        (notice.person_id, notice.level) for notice in small.notices()[before:] if notice.kind == "escalated"
    ]
    assert len(fresh) == len(set(fresh)), "each person hears once a level"
    levels = {"team_leader": 1, "town": 2, "town_second": 2, "county": 3, "county_second": 3}
    assert {(small.people[name], level) for name, level in levels.items()} <= set(fresh)
    [first] = waits(small, "team_leader")
    small.fixed(number)
    with pytest.raises(DomainError, match="over"):
        sign(small, "team_leader", first)
    small.push(local(22, 9))
    assert {entry[3] for entry in told(small, number)} == {False}


def test_a_date_that_moved_ahead_leaves_nothing_to_acknowledge(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    small.push(local(14, 9))
    assert len(waits(small, "team_leader")) == 1
    with small.database.writing() as session:
        change_due(small.acting(session, "city"), number, dt.date(2019, 9, 20), "材料缺货")
    assert waits(small, "team_leader") == []
    small.push(local(14, 13))
    assert [entry[3] for entry in told(small, number)] == [False]


def test_a_escalation_that_is_drawn_anew_takes_nothing_back_that_leaders_were_asked(
    small: SmallCampaign,
) -> None:
    """It says when rules are applied from now on; this one was applied, and nobody acknowledged it."""
    number = due_on_the_12th(small)
    small.push(local(14, 9))
    later = (rb'(id="rectify_6_offset_hours">\s*<text>)24(</text>)', rb"\g<1>70\g<2>")
    with small.database.writing() as session:
        files = small.engine.definitions.current(session, "rectification").files
        table, found = re.subn(*later, files[TABLE])
        small.engine.publish(session, {**files, TABLE: table}, "tests")
    assert found == 1
    small.push(local(14, 13))
    assert [entry[3] for entry in told(small, number)] == [False, True, True]


def test_whoever_stands_in_no_more_acknowledges_nothing(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    standing = stands_in(small, "lead")
    small.push(local(14, 9))
    [asked] = waits(small, "lead")
    with small.database.writing() as session:
        end_deputy(small.acting(session, "team_leader"), standing)
    assert (waits(small, "lead"), waits(small, "team_leader")) == ([], [asked])
    with pytest.raises(NotAllowed):
        sign(small, "lead", asked)
    small.push(local(14, 13))
    assert [entry[3] for entry in told(small, number)] == [False, False, True, True]


def test_work_that_is_taken_back_goes_up_when_its_leader_stayed_silent_meanwhile(
    small: SmallCampaign,
) -> None:
    number = due_on_the_12th(small)
    small.push(local(14, 9))
    item = small.item(f"ticket:{number}", "rectify").id
    small.fixed(number)
    small.push(local(14, 13))
    assert [entry[3] for entry in told(small, number)] == [False]
    with small.database.writing() as session:
        take_step_back(small.acting(session, "helper"), item, "照片传错了")
    for _again in range(2):
        small.push(local(14, 14))
        assert told(small, number)[1:] == [(14, 2, "town", True), (14, 2, "town_second", True)]
