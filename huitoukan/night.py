"""A night on which much falls due, climbed by a process of its own: those who submit share no interpreter with it.

With PostgreSQL there are several servers to share the work; SQLite's house is one process, and this is its second.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Final

from engine.database import Database
from register import ladders

LONG: Final = 5_000
"""Work items with a rung that fell due: for fewer, a process would begin longer than they take."""


def climb(database: Database, now: dt.datetime) -> int:
    """Climb every rung that fell due and tell those who stand there; returns how many work items it took on.

    Raises:
        CalledProcessError: the process ended early; what it has committed stays, and the next call goes on.
    """
    if database.is_sqlite:
        with database.reading() as session:
            due = ladders.count_due(session, now, LONG)
        if due >= LONG:
            command = [sys.executable, "-m", "huitoukan.night", database.url, now.isoformat()]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            return int(done.stdout)
    return ladders.climb(database, now)


if __name__ == "__main__":
    sys.stdout.write(str(ladders.climb(Database(sys.argv[1]), dt.datetime.fromisoformat(sys.argv[2]))))
