"""After an outage everything that fell due happens in its order, as if the server had run; a wrong clock stops it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.clock import PushedClock
from engine.database import Database
from engine.schema import history, incidents, instances, timers, work_items
from engine.workers.scheduler_progress import ClockWatch
from rectification.escalation.policy import EscalationStep
from rectification.matters.ticket import Ticket
from rectification.process.making_up import make_up
from tests.rectification.campaign import EAST, SmallCampaign, local


@pytest.fixture
def on_time(tmp_path: Path) -> Iterator[SmallCampaign]:
    """The same campaign on a server that never stops."""
    database = Database(f"sqlite:///{tmp_path / 'on_time.db'}")
    database.create_all()
    small_campaign = SmallCampaign(
        database, PushedClock(dt.datetime(2019, 9, 2, 1, 0, tzinfo=dt.UTC)), tmp_path
    )
    small_campaign.furnish()
    yield small_campaign
    database.close()


def until_the_eighth(small: SmallCampaign) -> None:
    """Four tickets: one due soon, one late, one whose fix waits to be verified, one that the town has not read."""
    small.begin()
    small.push(local(3))
    for home in ("201-001", "201-002"):
        small.visit(home, {**small.failed(home, "E4"), **small.failed(home, "E3")})
    small.submit(unvisited_reason="外出务工")
    numbers = [ticket.id for ticket in small.tickets()]
    for number, day in zip(numbers[:3], ("2019-09-12", "2019-09-18", "2019-09-20"), strict=True):
        small.do("town", f"ticket:{number}", "review_line", review="accept")
        small.dispatch(number, due=day)
    for number in numbers[1:3]:
        small.do("helper", f"ticket:{number}", "acknowledge", acknowledged="yes")
    small.fixed(numbers[2])
    small.push(local(8, 10))


def facts(small: SmallCampaign) -> dict[str, list[object]]:
    """What a campaign has come to; not when it was written down or told."""
    work, step = work_items.c, EscalationStep
    with small.database.reading() as session:
        result = {
            "tickets": select(Ticket.id, Ticket.status, Ticket.due_at, Ticket.escalation_level, Ticket.slow),
            "instances": select(instances.c.process, instances.c.key, instances.c.status, instances.c.ended_at),
            "work": select(
                work.key, work.element, work.owner, work.due_at, work.created_at, work.closed_at, work.outcome,
                work.escalation_step, work.escalation_at,
            ),
            "levels": select(
                work.key, work.element, step.rule, step.level, step.who, step.person_id, step.escalation_at
            ).join(work_items, work.id == step.work_item_id),
            "timers": select(instances.c.key, timers.c.element, timers.c.due_at).join(instances),
        }  # fmt: skip
        return {
            name: sorted((tuple(row) for row in session.execute(wanted)), key=str)
            for name, wanted in result.items()
        }


@pytest.mark.parametrize("ends", [local(15), local(26), local(12, month=10)], ids=["list", "explain", "all"])
def test_an_outage_ends_in_the_same_facts(
    small: SmallCampaign, on_time: SmallCampaign, ends: dt.datetime
) -> None:
    for entry in (small, on_time):
        until_the_eighth(entry)
        assert facts(entry)["levels"]
    small.leap(ends)
    on_time.push(ends)
    for name, rows in facts(on_time).items():
        assert facts(small)[name] == rows, name


def test_what_was_missed_is_told_once_a_person_and_only_of_what_is_still_open(small: SmallCampaign) -> None:
    until_the_eighth(small)
    before = len(small.notices())
    small.leap(local(12, month=10))
    told = small.notices()[before:]
    assert all(entry.at == small.clock.now() for entry in told)
    assert (
        max(
            Counter(
                entry.person_id for entry in told if (entry.dedupe or "").startswith("escalation:")
            ).values()
        )
        == 1
    )
    with small.database.reading() as session:
        query = select(work_items.c.id).where(work_items.c.closed_at.is_(None))
        still_open = {f"/work-items/{number}" for number in session.scalars(query)}
    assert {entry.link for entry in told if entry.kind == "offered"} <= {*still_open, "/"}
    assert any(entry.kind == "offered" for entry in told)


def test_history_says_when_it_was_written_and_as_of_when_it_counts(small: SmallCampaign) -> None:
    until_the_eighth(small)
    small.leap(local(26))
    with small.database.reading() as session:
        rows = session.execute(select(history).where(history.c.action == "fired")).all()
        instants = session.scalars(select(history.c.at).order_by(history.c.id)).all()
    late = [row for row in rows if row.at == small.clock.now()]
    assert late
    assert all('"as_of"' in row.detail and '"late"' in row.detail for row in late)
    assert list(instants) == sorted(instants)


def test_a_form_sent_before_that_is_made_up_for_sets_nothing_going_out_of_order(
    small: SmallCampaign,
) -> None:
    until_the_eighth(small)
    open_before = Counter(row.element for row in small.open())
    small.clock.push_to(local(12, month=10))
    small.visit("201-003")
    after = open_before - Counter(["visit"]) + Counter(["check_visit"])
    assert Counter(row.element for row in small.open()) == after
    make_up(small.engine)
    assert Counter(row.element for row in small.open()) != after


def test_a_day_ends_at_midnight(small: SmallCampaign) -> None:
    small.begin()
    small.push(local(13, 23, 59, 59).replace(microsecond=400_000))
    small.visit("201-001")
    assert "visit" not in small.waiting(f"household:{small.homes['201-001']}")
    assert f"village:{EAST}" in {row.key for row in small.open()}


def test_a_clock_that_jumps_stops_the_workers_until_somebody_confirms_it(
    database: Database, small: SmallCampaign
) -> None:
    watch, clock = ClockWatch(database, small.clock), small.clock
    assert watch.allows()
    watch.worked()
    clock.push_by(dt.timedelta(days=20))
    assert watch.allows()
    watch.worked()
    clock.push_by(dt.timedelta(days=366))
    for entry in (watch, watch, ClockWatch(database, clock)):  # told once, by whichever server sees it
        assert not entry.allows()
    with database.reading() as session:
        incident = session.execute(select(incidents.c.id, incidents.c.words_zh)).one()
    assert "2020" in incident.words_zh
    small.engine.retry(incident.id, small.actor("county"))
    assert watch.allows()
    watch.worked()
    clock.push_by(dt.timedelta(days=1))
    assert ClockWatch(database, clock).allows()
