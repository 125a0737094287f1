"""Making up for an outage: what fell due meanwhile is done in the order of its instants, each as of its own.

Timers, escalation levels, milestones and daily looks end in the same facts as if the server had run all the time;
history, notices and incidents say when it really happened. New work is told when everything is done, and only if it is
still open, so that nobody hears of a step that has passed by then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.clock import as_of
from engine.engine import LATE, Engine
from engine.worklist.selectables import open_work
from rectification.escalation import sweep
from rectification.escalation.acknowledgements import next_unacknowledged
from rectification.matters.timezone import Zones

DailyLook = Callable[[], int]
"""Something that is done once a day; returns how many it did."""
FROM_HOUR: Final = 8
"""Daily looks are not before this hour of the day, in each campaign's zone."""


def make_up(engine: Engine, worked_until: dt.datetime | None = None, daily: DailyLook | None = None) -> int:
    """Do what has been due for longer than a minute; returns at how many instants something was.

    ``worked_until`` is the last instant at which the server is known to have worked: from there on daily looks are
    made up for.
    """
    present, last, count = engine.clock.now(), None, 0
    look_at = _next_look(engine, worked_until) if worked_until is not None and daily is not None else None
    while (at := _next(engine, present, last, look_at)) is not None:
        with as_of(at, present):
            engine.settle()
            sweep.run_due(engine.database, at, announce=False)
            if daily is not None and at == look_at:
                daily()
                look_at = _next_look(engine, at)
        last, count = at, count + 1
    return count


def _next(
    engine: Engine, present: dt.datetime, last: dt.datetime | None, look_at: dt.datetime | None
) -> dt.datetime | None:
    """The first instant that is overdue, after the one that was worked on last."""
    with engine.database.reading() as session:
        due = [engine.next_due(session), _next_level(session, last), next_unacknowledged(session), look_at]
    first = min((at for at in due if at is not None and (last is None or at > last)), default=None)
    return first if first is not None and first <= present - LATE else None


def _next_level(session: Session, after: dt.datetime | None) -> dt.datetime | None:
    """When the next level of open work falls due; what somebody is writing just now waits for a later look."""
    query = select(func.min(open_work.c.escalation_at))
    if after is not None:
        query = query.where(open_work.c.escalation_at > after)
    moment: dt.datetime | None = session.execute(query).scalar_one()
    return moment


def _next_look(engine: Engine, after: dt.datetime) -> dt.datetime:
    with engine.database.reading() as session:
        zones = Zones(session).all
    return min(_look_in(zone, after) for zone in zones)


def _look_in(zone: ZoneInfo, after: dt.datetime) -> dt.datetime:
    local = after.astimezone(zone)
    day = local.date() if local.hour < FROM_HOUR else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(FROM_HOUR), zone).astimezone(dt.UTC)
