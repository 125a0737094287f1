"""Whether this server can work, for the machine that watches it."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass
from typing import Final

from sqlalchemy import or_, select

from engine.clock import Clock
from engine.outages import is_outage
from engine.probing import probe
from engine.worklist.selectables import open_incidents
from web.application import Application

EVERY: Final = dt.timedelta(seconds=5)
"""However often it is asked, the database and the disk are tried once in this time."""


@dataclass(frozen=True, slots=True)
class Health:
    """``stopped`` are the tasks that fail, and the clock when nobody has confirmed that it is right, with since when."""

    can_write: bool
    stopped: tuple[tuple[str, dt.datetime], ...] = ()

    @property
    def status(self) -> str:
        """``ok``, ``degraded`` (people can work, something in the background does not) or ``away``."""
        if not self.can_write:
            return "away"
        return "degraded" if self.stopped else "ok"

    def as_json(self) -> dict[str, object]:
        """For programs; what went wrong is told inside, to those who may read incidents."""
        return {
            "status": self.status,
            "stopped": [{"subject": subject, "since": at.isoformat()} for subject, at in self.stopped],
        }


class HealthCheck:
    """Tries the database and the disk now and then, one request at a time; the others hear what came of it last."""

    def __init__(self, application: Application, clock: Clock) -> None:
        self._application = application
        self._clock = clock
        self._lock = threading.Lock()
        self._last: Health | None = None
        self._tried_at: dt.datetime | None = None

    def health(self) -> Health:
        """How it stands, as of at most :data:`EVERY` ago."""
        last = self._last
        if not self._lock.acquire(blocking=last is None) and last is not None:
            return last
        try:
            now = self._clock.now()
            if self._last is None or self._tried_at is None or abs(now - self._tried_at) >= EVERY:
                self._last, self._tried_at = self._tried(), now
            return self._last
        finally:
            self._lock.release()

    def _tried(self) -> Health:
        database = self._application.database
        try:
            probe(database, self._application.settings.data_dir)
            with database.reading() as session:
                incident = open_incidents.c
                mine = or_(incident.subject.startswith("task:"), incident.subject.startswith("clock:"))
                query = select(incident.subject, incident.happened_at).where(mine)
                rows = session.execute(query.order_by(incident.id)).all()
        except Exception as fault:
            if not is_outage(fault):
                raise
            return Health(can_write=False)
        return Health(can_write=True, stopped=tuple((row.subject, row.happened_at) for row in rows))
