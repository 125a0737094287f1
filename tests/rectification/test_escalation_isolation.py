"""What fails on one escalation is put off alone and told as an incident; every other level is reached in the same sweep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.schema import incidents, work_items
from huitoukan.application import shipped_files
from rectification.escalation.policy import EscalationStep
from rectification.escalation.recipients import RecipientResolver
from tests.engine.test_isolation import FAULTS
from tests.rectification.campaign import SmallCampaign, local
from tests.rectification.test_acknowledging import TABLE, asking


def two_late_tickets(small: SmallCampaign) -> list[int]:
    small.begin()
    small.push(local(3))
    for home in ("201-001", "201-002"):
        small.visit(home, small.failed(home, "E4"))
    small.submit(unvisited_reason="外出务工")
    numbers = [ticket.id for ticket in small.tickets()]
    for number in numbers:
        small.do("town", f"ticket:{number}", "review_line", review="accept")
        small.dispatch(number, due="2019-09-12")
        small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    return numbers


def failing(key: str, fault: Exception, method: Callable[..., Any]) -> Callable[..., Any]:
    def planted(self: RecipientResolver, who: str, item: Any, *more: Any) -> Any:
        if item.key == key:
            raise fault
        return method(self, who, item, *more)

    return planted


def levels(small: SmallCampaign, number: int) -> int:
    with small.database.reading() as session:
        query = select(func.count(EscalationStep.id)).join(
            work_items, work_items.c.id == EscalationStep.work_item_id
        )
        return session.execute(query.where(work_items.c.key == f"ticket:{number}")).scalar_one()


@pytest.mark.parametrize("name", FAULTS)
def test_a_escalation_that_fails_is_put_off_alone(
    small: SmallCampaign, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = two_late_tickets(small)
    before = levels(small, bad), levels(small, good)
    with monkeypatch.context() as planted:
        planted.setattr(
            RecipientResolver, "people", failing(f"ticket:{bad}", FAULTS[name], RecipientResolver.people)
        )
        small.clock.push_to(local(14, 12))
        small.work()
        small.work()
        assert levels(small, bad) == before[0]
        assert levels(small, good) > before[1]
        with small.database.reading() as session:
            rows = session.execute(select(incidents.c.doing, incidents.c.instance_id)).all()
            wrong = select(work_items.c.instance_id).where(work_items.c.key == f"ticket:{bad}").limit(1)
            instance = session.execute(wrong).scalar_one()
        assert set(rows) == {("escalation", instance)}
    small.clock.push_by(dt.timedelta(minutes=30))
    small.work()
    assert levels(small, bad) == levels(small, good)


def test_passing_over_one_silent_leader_may_fail_without_the_others(
    small: SmallCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = shipped_files()
    with small.database.writing() as session:
        table = asking(files[TABLE], {"rectify_6": 12, "rectify_7": 24})
        small.engine.publish(session, {**files, TABLE: table}, "tests")
    bad, good = two_late_tickets(small)
    monkeypatch.setattr(
        RecipientResolver, "above", failing(f"ticket:{bad}", KeyError("planted"), RecipientResolver.above)
    )
    small.push(local(15))
    with small.database.reading() as session:
        told = select(work_items.c.key).join(EscalationStep, work_items.c.id == EscalationStep.work_item_id)
        passed_over = set(session.scalars(told.where(EscalationStep.rule < 0)))
        noted = set(session.scalars(select(incidents.c.doing)))
    assert (passed_over, noted) == ({f"ticket:{good}"}, {"escalation"})
