"""The first page of one person's desk among a hundred thousand open items, against the bare SQL."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.age import _copy_instances
from benchmarks.completion import Tickets
from engine.database import Database
from engine.worklist.queries import desk

_COLUMNS = "id, definition_id, process, key, element, name, owner, due_at, created_at"
_OWNERS = ("person:17", "post:town_office@341226100", "post:helper@341226100201")
_SHARED = f"owner = 'many' AND id IN (SELECT work_item_id FROM work_item_candidates WHERE owner IN {_OWNERS})"
_DESKS = (*(f"owner = '{owner}'" for owner in _OWNERS), _SHARED)
_EACH = " UNION ALL ".join(
    f"SELECT * FROM (SELECT {_COLUMNS}, sort_at FROM work_items WHERE closed_at IS NULL AND {entry} ORDER BY sort_at, id LIMIT 50)"
    for entry in _DESKS
)
_BARE = f"SELECT {_COLUMNS} FROM ({_EACH}) ORDER BY sort_at, id LIMIT 50"
"""The same question as a person would write it by hand: my own work, that of my posts, what is offered to many."""


def _median_ms(ask: Callable[[], object], times: int = 200) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def measure(items: int = 100_000) -> dict[str, Any]:
    """Medians in turns and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'inbox.db'}")
        database.create_all()
        Tickets(database)
        _copy_instances(database, 0, items)
        with database.reading() as session:
            connection = session.connection()

            def bare() -> object:
                return connection.exec_driver_sql(_BARE).all()

            def page() -> object:
                return desk(session, _OWNERS)

            assert len(bare()) == len(page()) == 50  # type: ignore[arg-type]
            pairs = [(_median_ms(bare), _median_ms(page)) for _ in range(5)]
        database.close()
    return {
        "bare SQL ms": round(statistics.median(b for b, _ in pairs), 3),
        "desk ms": round(statistics.median(d for _, d in pairs), 3),
        "ratio": round(statistics.median(d / b for b, d in pairs), 2),
    }


if __name__ == "__main__":
    print(measure())
