"""A hundred thousand deadlines at the same instant: what the escalations tell, and what it costs those who submit meanwhile.

Tickets of a whole county fall due in one night; the installation applies every rule of their escalation and tells each person once a
level, while somebody completes tasks at a steady rate. With PostgreSQL (``HUITOUKAN_BENCH_POSTGRES``) two workers apply.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import orjson
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from benchmarks.completion import Tickets
from benchmarks.databases import fresh
from benchmarks.mail import p99
from benchmarks.ticket import QuietWorld
from engine.clock import PushedClock, SystemClock
from engine.database import Database
from engine.engine import Engine
from engine.schema import history, instances, work_items
from engine.workers.ticker import Ticker
from huitoukan.application import TICK_SECONDS
from huitoukan.cli.serving import run_evenly
from notifications.notices import Notice
from rectification.campaigns.model import Campaign
from rectification.escalation import sweep
from rectification.escalation.policy import EscalationStep
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.people.posts import Post
from rectification.places.areas import Division, add_divisions
from rectification.places.units import Unit

BEGINS = dt.datetime(2019, 9, 11, 1, 0, tzinfo=dt.UTC)
DUE = dt.datetime(2019, 9, 24, 15, 59, 59, tzinfo=dt.UTC)
CITY, COUNTY = "341200", "341226"
TOWNS, VILLAGES, HELPERS = 20, 20, 3_000
_HOUR = dt.timedelta(hours=1)
NIGHTS: Mapping[str, dt.datetime] = {
    "due, told to the owners": DUE,
    "a day late, told to the units": DUE + 24 * _HOUR,
    "three days late, told to the towns": DUE + 72 * _HOUR,
}
"""The instants that are measured: a reminder, an overdue notice, an escalation."""


def measure(count: int = 100_000, rate: float = 20.0, workers: int | None = None) -> dict[str, Any]:
    """Rules a second of each night, and the p99 of those who submit beside it against that of a quiet time."""
    with tempfile.TemporaryDirectory() as folder:
        database = fresh(Path(folder), "deadlines")
        crew = workers or (1 if database.is_sqlite else 2)
        tickets = Tickets(database)
        _fill(database, tickets.engine, count)
        _submit_for(tickets, 1.0, rate)
        quiet = p99(_submit_for(tickets, 10.0, rate))
        result: dict[str, Any] = {"deadlines": count, "workers": crew, "quiet p99 ms": round(quiet, 1)}
        for night, now in NIGHTS.items():
            result[night] = _night(database, tickets, now, rate, crew, quiet)
        _nobody_twice(database)
        database.close()
    return result


def _night(
    database: Database, tickets: Tickets, now: dt.datetime, rate: float, crew: int, quiet: float
) -> dict[str, float]:
    before = _count(database, EscalationStep)
    took: Any
    if (
        database.is_sqlite
    ):  # the installation is one process there: its ticker is a thread beside those who submit
        took, ready = SimpleQueue(), threading.Barrier(crew + 1)
        workers: list[Any] = [threading.Thread(target=_apply, args=(database, now, ready, took))]
    else:
        spawn = multiprocessing.get_context("spawn")
        took, ready = spawn.Queue(), spawn.Barrier(crew + 1)
        workers = [spawn.Process(target=_work, args=(database.url, now, ready, took)) for _ in range(crew)]
    for worker in workers:
        worker.start()
    ready.wait()
    latencies = _submit_while(tickets, rate, lambda: any(worker.is_alive() for worker in workers))
    for worker in workers:
        worker.join()
    rules = _count(database, EscalationStep) - before
    beside = p99(latencies) if len(latencies) > 1 else 0.0
    return {
        "rules": rules,
        "rules/s": round(rules / max(took.get() for _ in workers)),
        "p99 ms beside": round(beside, 1),
        "p99 ratio": round(beside / quiet, 2),
        "submitted": len(latencies),
    }


def _work(url: str, now: dt.datetime, ready: Any, took: Any) -> None:
    """A worker of its own, as another server of the installation is."""
    run_evenly()
    _apply(Database(url), now, ready, took)


def _apply(database: Database, now: dt.datetime, ready: Any, took: Any) -> None:
    ready.wait()
    began = time.perf_counter()
    sweep.run_due(database, now)
    took.put(time.perf_counter() - began)


def _nobody_twice(database: Database) -> None:
    """At most one message for each person and level of a night."""
    with database.reading() as session:
        each = select(func.count()).where(Notice.kind.in_(("reminder", "escalated")))
        assert max(session.scalars(each.group_by(Notice.person_id, Notice.level, Notice.at))) == 1


def _count(database: Database, table: type[Any]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def _submit_for(tickets: Tickets, seconds: float, rate: float) -> list[float]:
    until = time.perf_counter() + seconds
    return _submit_while(tickets, rate, lambda: time.perf_counter() < until)


def _submit_while(tickets: Tickets, rate: float, going: Callable[[], bool]) -> list[float]:
    """Seconds that each submission took once it was sent; who falls more than a second behind skips what was missed."""
    found, began, number = [], time.perf_counter(), 0
    while going():
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        at = time.perf_counter()
        tickets.step()
        found.append(time.perf_counter() - at)
        number += 1
        began = max(began, time.perf_counter() - number / rate - 1.0)
    return found


def _fill(database: Database, engine: Engine, count: int) -> None:
    with database.writing() as session:
        _places_and_people(session)
        shapes = _shapes(session)
        for first in range(0, count, 5_000):
            numbers = range(1_000 + first, 1_000 + min(first + 5_000, count))
            for table, shape in shapes.items():
                session.execute(insert(table), [shape(number) for number in numbers])
    _let_days_pass(database)


def _let_days_pass(database: Database) -> None:
    """What the database does by itself in the days before such a night: else the first one pays for the filling."""
    if database.is_sqlite:
        database.close()  # the last to go writes the journal back
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def _places_and_people(session: Session) -> None:
    towns = [f"{COUNTY}{100 + number}" for number in range(TOWNS)]
    villages = [f"{town}{200 + v}" for town in towns for v in range(VILLAGES)]
    places = [Division(CITY, "阜阳市", "city", ""), Division(COUNTY, "颍上县", "county", CITY)]
    places += [Division(town, f"{town}镇", "town", COUNTY) for town in towns]
    places += [Division(village, f"{village}村", "village", village[:-3]) for village in villages]
    add_divisions(session, places)
    session.add(Campaign(id=1, name="回头看", name_en="Look-back", year=2019, area_code=CITY))
    offices = [("county_office", COUNTY), *(("town_office", town) for town in towns)]
    offices += [("team_lead", village) for village in villages]
    total = HELPERS + TOWNS + len(offices)
    session.add_all(
        Person(id=n, name=f"人员{n}", login=f"p{n}", email=f"p{n}@example.cn") for n in range(1, total + 1)
    )
    session.add_all(
        Unit(id=n + 1, name=f"{town}镇政府", area_code=town, kind="town") for n, town in enumerate(towns)
    )
    session.flush()
    since = dt.date(2019, 1, 1)
    for n, town in enumerate(towns):
        leader = Post(person_id=HELPERS + 1 + n, role="unit_leader", scope=f"U{n + 1}", since=since)
        leader.unit_id, leader.area_code = n + 1, town
        session.add(leader)
    for n, (role, scope) in enumerate(offices):
        session.add(
            Post(person_id=HELPERS + TOWNS + 1 + n, role=role, scope=scope, area_code=scope, since=since)
        )


def _shapes(session: Session) -> dict[Any, Callable[[int], dict[str, Any]]]:
    """What one ticket consists of: its row, its instance, its open work with an escalation."""
    instance = session.execute(select(instances).limit(1)).one()._asdict()
    item = session.execute(select(work_items).limit(1)).one()._asdict()
    item.pop("id")

    def ticket(n: int) -> dict[str, Any]:
        town = f"{COUNTY}{100 + n % TOWNS}"
        row = {
            "id": n,
            "campaign_id": 1,
            "number": f"颍上-{n}",
            "village": f"{town}{200 + n // TOWNS % VILLAGES}",
        }
        row |= {"town": town, "county": COUNTY, "item": "E4", "category": "5", "description": "半年未上门"}
        row |= {"found_on": dt.date(2019, 9, 5), "status": "in_progress", "resp_unit_id": n % TOWNS + 1}
        row |= {"resp_person_id": 1 + n % HELPERS, "due_at": DUE, "created_at": BEGINS}
        return row

    def work(n: int) -> dict[str, Any]:
        row = {**item, "instance_id": n, "key": f"ticket:{n}", "owner": f"person:{1 + n % HELPERS}"}
        row |= {
            "due_at": DUE,
            "sort_at": DUE,
            "escalation": "rectify",
            "escalation_step": 4,
            "escalation_at": DUE,
        }
        return {**row, "created_at": BEGINS}

    return {
        Ticket.__table__: ticket,
        instances: lambda n: {**instance, "id": n, "key": f"ticket:{n}"},
        work_items: work,
    }


def timers(count: int = 5_000) -> dict[str, Any]:
    """Timers of diagrams that are due at one instant: each moves its token in its own instance."""
    with tempfile.TemporaryDirectory() as folder:
        database = fresh(Path(folder), "timers")
        tickets = Tickets(database)
        clock = tickets.engine.clock
        assert isinstance(clock, PushedClock)
        with database.writing() as session:
            for number in range(count):
                tickets.engine.start(session, "ticket", f"ticket:{number + 2}", {"person": 7, "town": "3"})
        clock.push_to(clock.now() + dt.timedelta(days=30))
        began, cpu = time.perf_counter(), time.process_time()
        fired = tickets.engine.settle(most=count + 10)
        took, cpu = time.perf_counter() - began, time.process_time() - cpu
        database.close()
    return {"fired": fired, "per second": round(fired / took), "per second of one core": round(fired / cpu)}


WAITS = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="bench"><process id="waits" isExecutable="true">
<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="wait"/>
<intermediateCatchEvent id="wait"><timerEventDefinition><timeDate>${at}</timeDate></timerEventDefinition></intermediateCatchEvent>
<sequenceFlow id="b" sourceRef="wait" targetRef="e"/><endEvent id="e"/></process></definitions>"""


def idle(count: int = 100, seconds: float = 20.0) -> dict[str, Any]:
    """How late a timer fires on the machine's own clock when nothing else happens; the ticker looks once a second."""
    chance = random.Random(5)
    with tempfile.TemporaryDirectory() as folder:
        database = fresh(Path(folder), "idle")
        engine = Engine(database, QuietWorld(), SystemClock())
        with database.writing() as session:
            engine.publish(session, {"waits.bpmn": WAITS.encode()}, "bench")
            for number in range(count):
                at = engine.clock.now() + dt.timedelta(seconds=3 + chance.random() * seconds)
                engine.start(session, "waits", f"waits:{number}", {"at": at.isoformat()})
        ticker = Ticker([engine.settle], TICK_SECONDS)
        ticker.start()
        time.sleep(seconds + 6)
        ticker.stop()
        with database.reading() as session:
            fired = session.scalars(select(history.c.detail).where(history.c.action == "fired")).all()
        database.close()
    late = sorted(orjson.loads(entry)["late"] for entry in fired)
    return {"fired": len(late), "median s": round(late[len(late) // 2], 2), "latest s": round(late[-1], 2)}


if __name__ == "__main__":
    run_evenly()
    print(idle())
    print(measure(*(int(argument) for argument in sys.argv[1:2])))
    print(timers())
