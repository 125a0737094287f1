"""Taking back: a step that was completed stands open again, and nothing of it is left but the history."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from engine.errors import AlreadyDone, DomainError, NotAllowed, WrongValues
from engine.schema import history, instances, subscriptions, timers, work_items
from notifications.notices import Notice
from rectification.matters.issue_list import TicketReturn
from rectification.matters.ticket import Ticket
from rectification.tickets.closures import ClosureRequest
from rectification.tickets.dispatch import Acknowledgement, Dispatch
from rectification.tickets.explanations import Explanation
from rectification.tickets.recall import last_step_of, take_step_back
from rectification.tickets.reverifications import Reverification
from tests.rectification.campaign import SmallCampaign, local
from tests.rectification.test_requests import ask_transfer

TABLES = (Ticket, Dispatch, Acknowledgement, ClosureRequest, Reverification, Explanation, TicketReturn)


def facts(small: SmallCampaign, key: str) -> dict[str, Any]:
    """Everything that stands about a ticket, but for the numbers of tokens to come."""
    with small.database.reading() as session:
        row = session.execute(select(instances).where(instances.c.key == key)).one()
        mine = work_items.c.instance_id == row.id, work_items.c.closed_at.is_(None)
        waiting = select(timers.c.element, timers.c.token, timers.c.due_at, timers.c.retry_at)
        result: dict[str, Any] = {
            "state": {**orjson.loads(row.state), "n": None},
            "status": row.status,
            "work": session.execute(select(work_items).where(*mine).order_by(work_items.c.id)).all(),
            "timers": set(session.execute(waiting.where(timers.c.instance_id == row.id)).all()),
            "waits": set(
                session.execute(select(subscriptions).where(subscriptions.c.instance_id == row.id)).all()
            ),
        }
        for table in TABLES:
            result[table.__tablename__] = session.execute(select(table.__table__).order_by(table.id)).all()
    return result


def take_back(small: SmallCampaign, who: str, item: int, reason: str = "填错了") -> None:
    with small.database.writing() as session:
        take_step_back(small.acting(session, who), item, reason)


def there_and_back(small: SmallCampaign, who: str, key: str, element: str, do: Callable[[], Any]) -> None:
    """A step is done, taken back without a trace, and done again."""
    item, before = small.item(key, element).id, facts(small, key)
    do()
    assert facts(small, key) != before
    with small.database.reading() as session:
        done = last_step_of(small.acting(session, who), key)
    assert done is not None
    assert done.item == item
    take_back(small, who, item)
    assert facts(small, key) == before, element
    do()


def test_each_step_of_a_ticket_is_taken_back_without_a_trace(small: SmallCampaign) -> None:
    small.begin()
    small.visit("201-001", small.failed("201-001", "E4"))
    small.submit(unvisited_reason="外出务工")
    number = small.tickets()[0].id
    key = f"ticket:{number}"

    def town(element: str, **values: Any) -> Callable[[], Any]:
        return lambda: small.do("town", key, element, **values)

    there_and_back(
        small, "town", key, "review_line", town("review_line", review="return", review_reason="请补充")
    )
    small.do("lead", key, "correct_line", description="E4 有问题")
    there_and_back(small, "town", key, "review_line", town("review_line", review="accept"))
    there_and_back(small, "town", key, "dispatch", lambda: small.dispatch(number))

    def helper(element: str, **values: Any) -> Callable[[], object]:
        return lambda: small.do("helper", key, element, **values)

    there_and_back(small, "helper", key, "acknowledge", helper("acknowledge", acknowledged="yes"))
    with small.database.writing() as session:
        session.get_one(Ticket, number).slow = True  # the mark comes back with the work
    shown = [small.photo(key), small.paper(key)]
    closing = helper("rectify", outcome="apply_closure", result="已签约", evidence=shown, self_check=True)
    there_and_back(small, "helper", key, "rectify", closing)
    result = {
        "reverify_result": "not_fixed",
        "method": "on_site",
        "second_verifier": "钱二",
        "demand": "补材料",
    }
    there_and_back(small, "town", key, "reverify", town("reverify", **result))
    small.do("helper", key, "rectify", outcome="cannot_close", result="卫生院改造", self_check=True)
    there_and_back(small, "helper", key, "write_explanation", lambda: small.explained(number))
    agreed = town("town_review", town_decision="agree", town_opinion="同意")
    there_and_back(small, "town", key, "town_review", agreed)
    with small.database.reading() as session:
        taken = select(history.c.element).where(history.c.action == "taken_back").order_by(history.c.id)
        assert len(session.scalars(taken).all()) == 8


def test_only_the_doer_takes_back_and_only_what_nobody_touched(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    item = small.item(key, "rectify").id
    small.fixed(number)
    with pytest.raises(WrongValues, match="Some values"):
        take_back(small, "helper", item, reason="")
    with pytest.raises(NotAllowed):
        take_back(small, "helper_second", item)
    take_back(small, "helper", item, reason="照片传错了")
    with small.database.reading() as session:
        told = session.scalars(select(Notice.person_id).where(Notice.kind == "taken_back")).all()
    assert sorted(told) == sorted([small.people["town"], small.people["town_second"]])
    with pytest.raises(DomainError, match="not been done"):
        take_back(small, "helper", item)
    small.fixed(number)
    small.engine.claim(small.item(key, "reverify").id, small.actor("town"), small.check("town"))
    with pytest.raises(DomainError, match="town has already gone on"):
        take_back(small, "helper", item)
    small.verified(number, "fixed")
    with pytest.raises(DomainError, match="followed"):
        take_back(small, "helper", item)


def test_a_timer_that_fired_or_a_result_that_counts_leaves_no_way_back(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    ask_transfer(small, number)
    item = small.item(key, "accept_transfer").id
    small.do("village_office", key, "accept_transfer", transfer_taken="yes")
    with pytest.raises(DomainError, match="has taken effect"):
        take_back(small, "village_office", item)
    item = small.item(key, "rectify").id
    small.do("village_office", key, "rectify", outcome="cannot_close", result="卫生院改造")
    small.push(local(30, 23))
    small.explained(number, who="village_office")
    small.do("town", key, "town_review", town_decision="agree", town_opinion="同意")
    with pytest.raises(DomainError, match="followed"):
        take_back(small, "village_office", item)


def test_of_taking_back_and_claiming_at_the_same_instant_one_wins(small: SmallCampaign) -> None:
    number = small.in_progress()
    key = f"ticket:{number}"
    for _round in range(8):
        item = small.item(key, "rectify").id
        small.fixed(number)
        offered = small.item(key, "reverify").id
        won = at_once(
            partial(small.engine.claim, offered, small.actor("town"), small.check("town")),
            partial(take_back, small, "helper", item),
        )
        assert won in ([True, False], [False, True])
        if won == [True, False]:
            assert small.item(key, "reverify").owner == f"person:{small.people['town']}"
            small.verified(number, "not_fixed", demand="补材料")
        else:
            assert small.waiting(key) == ["rectify"]
            with pytest.raises(AlreadyDone):
                small.engine.claim(offered, small.actor("town"), small.check("town"))


def at_once(*acts: Callable[[], None]) -> list[bool]:
    """Which of some acts that begin at the same instant were let through."""
    ready, won = threading.Barrier(len(acts)), [True] * len(acts)

    def run(place: int) -> None:
        ready.wait()
        try:
            acts[place]()
        except DomainError:
            won[place] = False

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won
