"""Watching the clock: one that jumps far ahead stops the workers until an administrator says that it is right.

A wrong year would fire every deadline of a campaign and tell everybody. What was done until then is kept in one row,
which also says since when something may have been missed.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.clock import Clock
from engine.database import Database
from engine.errors import DomainError
from engine.instances.incidents import record_incident
from engine.schema import incidents, scheduler_progress
from engine.text import LocalizedText

FARTHEST: Final = dt.timedelta(days=60)
"""A longer time between two looks is taken for a wrong clock."""
KEPT_EVERY: Final = dt.timedelta(minutes=10)


class ClockWatch:
    """Whether the workers of this server may go by the clock."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._worked_until: dt.datetime | None = None

    def worked_until(self) -> dt.datetime | None:
        """The last instant at which any server is known to have worked; None on the first day."""
        if self._worked_until is None:
            with self._database.reading() as session:
                self._worked_until = session.execute(
                    select(scheduler_progress.c.worked_until)
                ).scalar_one_or_none()
        return self._worked_until

    def allows(self) -> bool:
        """Whether the clock may be believed; one that jumped is an incident, told once."""
        before, now = self.worked_until(), self._clock.now()
        if before is None or now - before <= FARTHEST:
            return True
        subject = f"clock:{before.isoformat()}"
        with self._database.reading() as session:
            known = session.execute(
                select(incidents.c.resolved_at).where(incidents.c.subject == subject)
            ).all()
        if not known:
            with self._database.writing() as session:
                record_incident(
                    session, subject, "clock", DomainError("clock_jumped", _jumped(before, now)), now
                )
        return any(row.resolved_at is not None for row in known)

    def worked(self) -> None:
        """Keep that everything until now was done; a clock that was put back changes nothing."""
        before, now = self.worked_until(), self._clock.now()
        if before is not None and now - before < KEPT_EVERY:
            return
        with self._database.writing() as session:
            _keep(session, now)
        self._worked_until = now


def _keep(session: Session, now: dt.datetime) -> None:
    if session.execute(select(scheduler_progress.c.id)).first() is None:
        session.execute(insert(scheduler_progress), {"id": 1, "worked_until": now})
    else:
        later = scheduler_progress.c.worked_until < now
        session.execute(update(scheduler_progress).where(later).values(worked_until=now))


def _jumped(before: dt.datetime, now: dt.datetime) -> LocalizedText:
    was, stands = f"{before:%Y-%m-%d}", f"{now:%Y-%m-%d}"
    return LocalizedText(
        f"服务器时钟从 {was} 跳到 {stands}，到期事项已暂停处理，尚未发出任何提醒。时钟不对请先校正；确认无误请点“时钟无误”，漏下的事项会按先后顺序补办。",
        f"The server's clock jumped from {was} to {stands}; nothing that falls due is worked on and nobody was told anything. If the clock is wrong, set it right; if it is right, press “The clock is right”, and what was missed is made up for in its order.",
    )
