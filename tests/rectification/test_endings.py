"""Ending a ticket without repair takes two people."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from engine.errors import AlreadyDone, DomainError, NotAllowed, WrongValues
from engine.schema import instances, timers, work_items
from rectification.handover.naming_deputies import DeputyRequest, name_deputy
from rectification.matters.issue_list import TicketVoid
from rectification.tickets.cancellations import get_cancellations, propose_cancellation
from rectification.tickets.recall import take_step_back
from tests.rectification.campaign import ZONE, SmallCampaign, local


def propose(small: SmallCampaign, who: str, number: int, reason: str = "户主已全家迁出") -> None:
    with small.database.writing() as session:
        propose_cancellation(small.acting(session, who), number, reason)


def decide(small: SmallCampaign, who: str, number: int, decision: str, opinion: str = "") -> None:
    answers = {"ending_decision": decision, "ending_opinion": opinion or None}
    small.do(who, f"ticket:{number}", "confirm_ending", **answers)


def test_it_goes_on_until_a_second_person_confirms_and_then_all_of_it_ends(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    with pytest.raises(NotAllowed):
        propose(small, "helper", number)
    with pytest.raises(WrongValues):
        propose(small, "town", number, reason="")
    propose(small, "town", number)
    with pytest.raises(DomainError, match="waits for a second person"):
        propose(small, "county", number)
    assert small.waiting(key) == ["confirm_ending", "rectify"]
    item = small.item(key, "rectify").id
    with pytest.raises(NotAllowed):
        decide(small, "town", number, "confirm")
    decide(small, "county", number, "confirm")
    assert small.waiting(key) == []
    one = small.ticket(number)
    assert (one.status, one.close_type) == ("void", "terminated")
    with small.database.reading() as session:
        assert session.scalars(select(timers.c.id).join(instances).where(instances.c.key == key)).all() == []
        assert session.scalars(select(TicketVoid.reason)).all() == ["户主已全家迁出"]
        (kept,) = get_cancellations(session, number)
        row = session.execute(select(work_items).where(work_items.c.id == item)).one()
    assert (kept.confirmed, kept.decided_by_id) == (True, small.people["county"])
    assert (row.outcome, row.closed_by) == ("cancelled", "county")
    with pytest.raises(AlreadyDone):
        small.engine.complete(item, {}, small.actor("helper"))
    assert {notice.person_id for notice in small.notices(kind="ending")} == {
        small.people["town"],
        small.people["helper"],
    }
    with pytest.raises(DomainError, match="no longer being worked on"):
        propose(small, "county", number)
    small.push(local(30, 23))
    assert small.ticket(number).status == "void"


def test_the_second_person_is_another_one_and_may_refuse(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    propose(small, "county", number)
    with pytest.raises(WrongValues) as refused:
        decide(small, "county", number, "confirm")
    assert set(refused.value.problems) == {"ending_decision"}
    today = small.clock.now().astimezone(ZONE).date()
    with small.database.writing() as session:
        proposal = DeputyRequest(small.people["county_second"], today, today + dt.timedelta(days=2))
        name_deputy(small.acting(session, "county"), proposal)
    with pytest.raises(WrongValues, match="Some values"):
        decide(small, "county_second", number, "confirm")
    with pytest.raises(WrongValues):
        decide(small, "city", number, "refuse")
    item = small.item(key, "confirm_ending").id
    decide(small, "city", number, "refuse", "请先核实去向")
    with pytest.raises(DomainError), small.database.writing() as session:
        take_step_back(small.acting(session, "city"), item, "再想想")
    assert small.waiting(key) == ["rectify"]
    assert small.ticket(number).status == "in_progress"
    small.fixed(number)
    assert "ending_refused" in small.actions(key)
