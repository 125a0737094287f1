"""Ladders: who is told before, at and after a due date, level by level. Telling moves no token.

The rungs stand in the published decision table ``escalation.dmn``. A work item carries how many rungs
are behind it and when the next one falls due; :func:`climb` climbs them for many items at once, and tells
when everything that is due has been climbed, so that a person hears once of a night on which much falls due.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from engine.database import Database
from engine.schema import work_items
from register.acknowledging import anything_unacknowledged
from register.announcements import announce, anything_to_announce
from register.escalations import ITEM, Climb, keep, pass_over
from register.rung_times import Reckoning, RungTimes, passed, rung_times
from register.rungs import LadderStep, Rung, rungs
from register.standing import Standing
from register.zone import local_zone

AT_ONCE: Final = 200
"""Work items in one transaction."""
PAUSE: Final = 0.005
"""Seconds between two transactions where only one may write at a time: others wait their turn."""


_LONG_AGO: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY: Final = dt.timedelta(days=1)


def first_rung(
    session: Session, ladder: str, belongs_to: str | None, due_at: dt.datetime, now: dt.datetime
) -> dt.datetime | None:
    """When a ladder first has somebody to tell about work that is offered now."""
    _, _, first = passed(rung_times(session, belongs_to).of(rungs(session, ladder), due_at, now), 0, now, now)
    return first


def rung_after_move(
    session: Session,
    item: int,
    ladder: str,
    belongs_to: str | None,
    due_at: dt.datetime,
    created_at: dt.datetime,
) -> tuple[int, dt.datetime | None]:
    """Where a ladder goes on when a deadline moved: above every rung that was climbed, also one that has passed by now.

    Reminders that would have come before the work was offered stay behind; what comes at or after a due date does not.
    """
    climbed = select(func.max(LadderStep.rung)).where(LadderStep.work_item_id == item)
    last = session.scalar(climbed)
    drawn = rungs(session, ladder)
    times = rung_times(session, belongs_to).of(drawn, due_at, created_at)
    for place in range(0 if last is None else last + 1, len(drawn)):
        if drawn[place].offset >= dt.timedelta() or times[place] > created_at:
            return place, times[place]
    return len(drawn), None


def climb(database: Database, now: dt.datetime) -> int:
    """Climb every rung that fell due and tell those who stand there; returns how many work items it took on."""
    with database.reading() as session:
        if not anything_due(session, now) and not anything_to_announce(session, now, swept=True):
            return 0
        night = Night(session, now)
    taken = 0
    while step := _one_sweep(database, night):
        taken += step
        if database.is_sqlite:
            time.sleep(PAUSE)
    while step := _one_passing_over(database, night):
        taken += step
    while _one_announcement(database, now):
        pass
    return taken


def _one_sweep(database: Database, night: Night) -> int:
    with database.writing() as session:
        return night.sweep(session, AT_ONCE)


def _one_passing_over(database: Database, night: Night) -> int:
    """After the sweep, so that whoever has climbed and waited too long alike is asked first and passed over later."""
    with database.reading() as session:
        if not anything_unacknowledged(session, night.now):
            return 0
    with database.writing() as session:
        return night.pass_over(session, AT_ONCE)


def _one_announcement(database: Database, now: dt.datetime) -> int:
    with database.reading() as session:
        if not anything_to_announce(session, now, swept=not anything_due(session, now)):
            return 0
    with database.writing() as session:
        return announce(session, now)


def anything_due(session: Session, now: dt.datetime) -> bool:
    """Whether a rung has fallen due, or somebody's time to acknowledge one is over."""
    due = session.execute(select(work_items.c.id).where(*_is_due(now)).limit(1)).first()
    return due is not None or anything_unacknowledged(session, now)


class Night:
    """Everything that is due at one instant, climbed in as many transactions as it takes."""

    def __init__(self, session: Session, now: dt.datetime) -> None:
        self.now = now
        self._standing = Standing(now.astimezone(local_zone(session)).date())
        self._reckoning = Reckoning()
        self._known: dict[tuple[str, dt.datetime, RungTimes], Sequence[dt.datetime]] = {}
        self._ladders: dict[str, Sequence[Rung]] = {}

    def sweep(self, session: Session, limit: int) -> int:
        """Climb every rung that fell due, for up to ``limit`` work items; returns how many it took on."""
        due = select(*ITEM).where(*_is_due(self.now)).order_by(work_items.c.rung_at, work_items.c.id)
        items = session.execute(due.limit(limit).with_for_update(skip_locked=True)).all()
        for ladder in {item.ladder for item in items} - self._ladders.keys():
            self._ladders[ladder] = rungs(session, ladder)
        climbs: list[Climb] = []
        places: dict[tuple[int, dt.datetime | None], list[int]] = defaultdict(list)
        for item in items:
            ladder = self._ladders[item.ladder]
            times = self._times_of(session, item)
            climbed, behind, next_at = passed(times, item.rung, item.created_at, self.now)
            climbs += [Climb(item, ladder[place], times[place]) for place in climbed]
            places[behind, next_at].append(item.id)
        if climbs:
            keep(session, self._standing, climbs, self.now)
        move_on(session, places)
        return len(items)

    def _times_of(self, session: Session, item: Found[Any]) -> Sequence[dt.datetime]:
        """Deadlines share their instants: reckoned once for all that was offered well before the first rung."""
        ladder, due = self._ladders[item.ladder], item.due_at
        times = self._reckoning.of(session, item.belongs_to)
        known = self._known.get((item.ladder, due, times))
        if known is None:
            known = self._known[item.ladder, due, times] = times.of(ladder, due, _LONG_AGO)
        if times.workdays is None or not known or item.created_at < known[0] - _DAY:
            return known
        return times.of(ladder, due, item.created_at)

    def pass_over(self, session: Session, limit: int) -> int:
        """Tell whoever stands above of what nobody acknowledged in time; returns how many it took on."""
        return pass_over(session, self._standing, self.now, limit)


def move_on(session: Session, places: Mapping[tuple[int, dt.datetime | None], Sequence[int]]) -> None:
    """Write how many rungs are behind work items and when the next falls due; deadlines share their instants."""
    for (behind, next_at), numbers in places.items():
        session.execute(_move_on, {"numbers": numbers, "behind": behind, "next_at": next_at})


def _is_due(now: dt.datetime) -> tuple[Any, ...]:
    return work_items.c.closed_at.is_(None), work_items.c.rung_at.is_not(None), work_items.c.rung_at <= now


_move_on = (
    update(work_items)
    .where(work_items.c.id.in_(bindparam("numbers", expanding=True)))
    .values(rung=bindparam("behind"), rung_at=bindparam("next_at"))
)
