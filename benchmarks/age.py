"""What a step costs after a hundred rounds of rework, and with a hundred thousand instances beside it."""

from __future__ import annotations

import datetime as dt
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.completion import LI, NOW, Tickets
from engine.database import Database
from engine.schema import history, instances, work_items


def _step_ms(tickets: Tickets, steps: int) -> list[float]:
    taken = []
    for _ in range(steps):
        began = time.perf_counter()
        tickets.step()
        taken.append((time.perf_counter() - began) * 1000)
    return taken


def rework(rounds: int = 100) -> dict[str, Any]:
    """Median of the last ten rounds against the first ten of the same instance."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'age.db'}")
        database.create_all()
        warm = Tickets(database)
        _step_ms(warm, 50)
        with database.writing() as session:
            fresh = warm.engine.start(session, "ticket", "ticket:2", {"person": 7, "town": "341226100"})
            warm.item = session.execute(
                select(work_items.c.id).where(work_items.c.instance_id == fresh)
            ).scalar_one()
        taken = _step_ms(warm, rounds * 2)
        database.close()
    first, last = statistics.median(taken[:20]), statistics.median(taken[-20:])
    return {
        "first rounds ms": round(first, 3),
        f"round {rounds} ms": round(last, 3),
        "ratio": round(last / first, 3),
    }


def crowd(few: int = 1_000, many: int = 100_000) -> dict[str, Any]:
    """Median step with few and with many instances in the database, the same database growing."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'crowd.db'}")
        database.create_all()
        tickets = Tickets(database)
        _copy_instances(database, 0, few)
        _step_ms(tickets, 100)
        small = statistics.median(_step_ms(tickets, 400))
        _copy_instances(database, few, many)
        _step_ms(tickets, 100)
        large = statistics.median(_step_ms(tickets, 400))
        database.close()
    return {
        f"{few} instances ms": round(small, 3),
        f"{many} instances ms": round(large, 3),
        "ratio": round(large / small, 3),
    }


def _copy_instances(database: Database, first: int, last: int) -> None:
    """Instances like the first one, each with its work item and a row of history."""
    with database.writing() as session:
        model = session.execute(select(instances).order_by(instances.c.id).limit(1)).one()._asdict()
        item = (
            session.execute(select(work_items).where(work_items.c.closed_at.is_(None)).limit(1))
            .one()
            ._asdict()
        )
        item.pop("id")
        for start in range(first + 1_000, last + 1_000, 5_000):
            numbers = range(start, min(start + 5_000, last + 1_000))
            session.execute(insert(instances), [{**model, "id": n, "key": f"ticket:{n}"} for n in numbers])
            due = NOW + dt.timedelta(days=1)
            session.execute(
                insert(work_items),
                [
                    {
                        **item,
                        "instance_id": n,
                        "key": f"ticket:{n}",
                        "owner": f"person:{n % 1000}",
                        "due_at": due + dt.timedelta(minutes=n % 9999),
                        "sort_at": due + dt.timedelta(minutes=n % 9999),
                    }
                    for n in numbers
                ],
            )
            session.execute(
                insert(history),
                [
                    {
                        "at": NOW,
                        "actor": LI.name,
                        "action": "completed",
                        "key": f"ticket:{n}",
                        "instance_id": n,
                        "detail": "{}",
                    }
                    for n in numbers
                ],
            )


if __name__ == "__main__":
    print(rework())
    print(crowd())
