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


class Ticker:
    """Calls its tasks one after the other every ``seconds``, never two rounds at once."""

    def __init__(self, tasks: Sequence[Task], seconds: float = 1.0) -> None:
        self._tasks = tasks
        self._turn = threading.Lock()
        self._scheduler = BackgroundScheduler()
        self._scheduler.add_job(
            self.tick, "interval", seconds=seconds, max_instances=1, coalesce=True, misfire_grace_time=None
        )

    def tick(self) -> None:
        """One round; a task that fails does not keep the others from their turn."""
        with self._turn:
            for task in self._tasks:
                try:
                    task()
                except Exception:
                    logger.exception("a task of the ticker failed and will be called again")

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking after the round at hand."""
        self._scheduler.shutdown(wait=True)
