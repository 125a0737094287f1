"""The ticker: wakes what has to look at the clock. It owns no deadline.

APScheduler runs one in-memory job; the due tables are the truth, so a tick that is lost, late or
doubled changes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from apscheduler.schedulers.background import BackgroundScheduler

logger = logging.getLogger("huitoukan.ticker")

Task = Callable[[], object]


Failure = Callable[[str, Exception | None], object]
"""Told when a task begins to fail, with its name and what it raised, and when it works again (None)."""
LONGEST_REST = 60
"""Rounds that a failing task sits out at most."""


class Ticker:
    """Calls its tasks one after the other every ``seconds``, never two rounds at once.

    A task that fails does not keep the others from their turn: it sits out 1, 2, 4 … rounds.
    """

    def __init__(
        self, tasks: Sequence[Task], seconds: float = 1.0, on_failure: Failure | None = None
    ) -> None:
        self._tasks = tasks
        self._on_failure = on_failure
        self._failures: dict[Task, int] = {}
        self._resting: dict[Task, int] = {}
        self._turn = threading.Lock()
        self._scheduler = BackgroundScheduler()
        self._scheduler.add_job(
            self.tick, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None
        )

    def tick(self) -> None:
        """One round."""
        with self._turn:
            for task in self._tasks:
                rest = self._resting.get(task, 0)
                if rest:
                    self._resting[task] = rest - 1
                else:
                    self._call(task)

    def _call(self, task: Task) -> None:
        name = getattr(task, "__name__", "task")
        try:
            task()
        except Exception as fault:
            failures = self._failures[task] = self._failures.get(task, 0) + 1
            self._resting[task] = min(2 ** (failures - 1), LONGEST_REST)
            if failures == 1:
                logger.exception("the task %s failed and will be called again", name)
                self._tell(name, fault)
        else:
            if self._failures.pop(task, 0):
                self._tell(name, None)

    def _tell(self, name: str, fault: Exception | None) -> None:
        try:
            if self._on_failure is not None:
                self._on_failure(name, fault)
        except Exception:
            logger.exception("the failure of %s could not be noted", name)

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking after the round at hand."""
        self._scheduler.shutdown(wait=True)
