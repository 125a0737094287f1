"""Escalations apply while people act on the same work: whoever comes second goes on from what the first has written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy import func, select, text, update

from engine.database import Database
from engine.schema import work_items
from rectification.escalation import sweep as escalations
from rectification.escalation.acknowledgements import AcknowledgementRequest
from rectification.escalation.sweep import Sweep
from rectification.matters.ticket import Ticket
from rectification.rescheduling.ticket_due_date import change_due
from tests.rectification.campaign import SmallCampaign, day_end, local
from tests.rectification.test_acknowledging import due_on_the_12th, told


def beside_a_sweep(small: SmallCampaign, act: Callable[[], object]) -> None:
    """Act when a sweep has applied what is due and not committed; the sweep goes on once the act waits for it."""
    with ThreadPoolExecutor(1) as another:
        with small.database.writing() as session:
            sweep = Sweep(session, small.clock.now())
            looked = sweep.look(session, 100)
            assert looked
            acting = another.submit(act)
            _wait_until_it_waits(small.database, acting)
            sweep.keep(session, looked, sweep.notices(looked))
        acting.result(timeout=30)


def _wait_until_it_waits(database: Database, acting: Future[object]) -> None:
    """On SQLite whoever wants to write waits for their turn before anything else."""
    waiting = select(func.count()).select_from(text("pg_locks WHERE NOT granted"))
    while not database.is_sqlite and not acting.done():
        with database.reading() as session:
            if session.scalar(waiting):
                return


def test_a_date_that_moves_while_its_rule_is_applied_leaves_that_rule_behind(small: SmallCampaign) -> None:
    number = due_on_the_12th(small)
    small.push(local(13, 9))
    small.clock.push_to(local(14, 0))

    def move() -> None:
        with small.database.writing() as session:
            change_due(small.acting(session, "city"), number, dt.date(2019, 9, 20), "材料缺货")

    beside_a_sweep(small, move)
    assert told(small, number) == [(14, 1, "team_leader", False)]
    with small.database.reading() as session:
        rule = select(work_items.c.escalation_step, work_items.c.escalation_at).where(
            work_items.c.element == "rectify"
        )
        assert session.execute(rule).one() == (6, day_end(23))
        assert session.scalar(select(func.count(AcknowledgementRequest.id))) == 0, "the rule lies ahead again"


def test_work_is_done_while_its_rule_is_applied(small: SmallCampaign) -> None:
    """Its service task writes the ticket that the sweep raises: neither stops for ever in front of the other."""
    small.begin()
    number = small.accepted()
    small.clock.push_to(local(12, 9))
    beside_a_sweep(small, lambda: small.dispatch(number))
    assert (small.ticket(number).status, small.ticket(number).escalation_level) == ("assigned", 3)


def test_a_ticket_that_somebody_is_writing_is_left_for_the_next_look(small: SmallCampaign) -> None:
    """They may want its work next; waiting for each other would end with one of them refused."""
    number = due_on_the_12th(small)
    small.push(local(13, 9))
    small.clock.push_to(local(14, 0))
    with ThreadPoolExecutor(1) as another:
        with small.database.writing() as session:
            session.execute(update(Ticket).where(Ticket.id == number).values(slow=False))
            applying = another.submit(escalations.run_due, small.database, small.clock.now())
            if not small.database.is_sqlite:  # where whoever writes has the only turn
                applying.result(timeout=30)
                assert told(small, number) == []
        applying.result(timeout=30)
    small.work()
    assert told(small, number) == [(14, 1, "team_leader", False)]
