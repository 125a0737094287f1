"""Ladders: who is told before, at and after a due date, level by level. Telling moves no token.

The rungs stand in the published decision table ``escalation.dmn``. A work item carries how many rungs
are behind it and when the next one falls due; :func:`climb` climbs them for many items at once, and tells
when everything that is due has been climbed, so that a person hears once of a night on which much falls due.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from engine.database import Database, rows_of
from engine.given import among
from engine.schema import work_items
from engine.world import Deadline
from register import nights
from register.acknowledging import anything_unacknowledged, forget_ahead
from register.announcements import announce
from register.escalations import ITEM, Told, keep, pass_over, told_by
from register.nights import PATIENCE
from register.rung_times import Reckoning, RungTimes, passed, rung_times
from register.rungs import LadderStep, Rung, rungs
from register.standing import Standing
from register.zone import local_zone

AT_ONCE: Final = 100
"""Work items in one transaction: more of them hold up those who submit meanwhile for longer."""
_LONG_AGO: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY: Final = dt.timedelta(days=1)


def first_rung(session: Session, deadline: Deadline) -> dt.datetime | None:
    """When a ladder first has somebody to tell about work that is offered now."""
    now = deadline.offered_at
    _, _, first = passed(_times(session, deadline, rungs(session, deadline.ladder)), 0, now, now)
    return first


def rung_after_move(
    session: Session, item: int, deadline: Deadline, now: dt.datetime
) -> tuple[int, dt.datetime | None]:
    """Where a ladder goes on when a deadline moved: above every rung that was climbed, also one that has passed by now.

    Reminders that would have come before the work was offered stay behind; what comes at or after a due date does not.
    Nobody is to acknowledge a rung any more that lies ahead again.
    """
    climbed = select(func.max(LadderStep.rung)).where(LadderStep.work_item_id == item)
    last = session.scalar(climbed)
    drawn = rungs(session, deadline.ladder)
    times = _times(session, deadline, drawn)
    forget_ahead(session, item, [place for place, at in enumerate(times) if at > now])
    for place in range(0 if last is None else last + 1, len(drawn)):
        if drawn[place].offset >= dt.timedelta() or times[place] > deadline.offered_at:
            return place, times[place]
    return len(drawn), None


def _times(session: Session, deadline: Deadline, drawn: Sequence[Rung]) -> Sequence[dt.datetime]:
    return rung_times(session, deadline.belongs_to).of(drawn, deadline.due_at, deadline.offered_at)


def climb(database: Database, now: dt.datetime) -> int:
    """Climb every rung that fell due and tell those who stand there; returns how many work items it took on."""
    with database.reading() as session:
        if not anything_due(session, now) and nights.untold(session) is None:
            return 0
        sweep = Sweep(session, now)
    taken = 0
    while step := _one_sweep(database, sweep):
        taken += step
    while step := _one_passing_over(database, sweep):
        taken += step
    while _one_announcement(database, now):
        pass
    return taken


def _one_sweep(database: Database, sweep: Sweep) -> int:
    """Where only one may write at a time, it looks before its turn, and makes others wait for the writing alone."""
    if database.is_sqlite:
        with database.reading() as session:
            seen = sweep.look(session, AT_ONCE)
        if not seen.items:
            return 0
        with database.writing() as session:
            if sweep.due(session, AT_ONCE) == seen.items:
                return sweep.keep(session, seen)
    with database.writing() as session:
        return sweep.keep(session, sweep.look(session, AT_ONCE))


def _one_passing_over(database: Database, sweep: Sweep) -> int:
    """After the sweep, so that whoever has climbed and waited too long alike is asked first and passed over later."""
    with database.reading() as session:
        if not anything_unacknowledged(session, sweep.now):
            return 0
    with database.writing() as session:
        return sweep.pass_over(session, AT_ONCE)


def _one_announcement(database: Database, now: dt.datetime) -> bool:
    with database.reading() as session:
        night = nights.untold(session)
        if night is None or (night.open and night.opened_at > now - PATIENCE and anything_due(session, now)):
            return False
    if night.open:
        with database.writing() as session:
            nights.close(session, night.id)
    return announce(database, night, now)


def anything_due(session: Session, now: dt.datetime) -> bool:
    """Whether a rung has fallen due, or somebody's time to acknowledge one is over."""
    return bool(rows_of(session, _any_due, {"now": now})) or anything_unacknowledged(session, now)


class Steps(NamedTuple):
    """What a look at some work items found: who is told of them, and where that leaves them on their ladders."""

    items: Sequence[Found[Any]]
    told: Told
    places: Mapping[tuple[int, dt.datetime | None], Sequence[int]]


class Sweep:
    """Everything that is due at one instant, climbed in as many transactions as it takes."""

    def __init__(self, session: Session, now: dt.datetime) -> None:
        self.now = now
        self._standing = Standing(now.astimezone(local_zone(session)).date())
        self._reckoning = Reckoning()
        self._known: dict[tuple[str, dt.datetime, RungTimes], Sequence[dt.datetime]] = {}
        self._ladders: dict[str, Sequence[Rung]] = {}

    def due(self, session: Session, limit: int) -> Sequence[Found[Any]]:
        """The first work items on whose ladders a rung fell due; nobody else takes them in this transaction."""
        return rows_of(session, _take_due, {"now": self.now, "limit": limit})

    def look(self, session: Session, limit: int) -> Steps:
        """Find who is told of the first that are due."""
        items = self.due(session, limit)
        for ladder in {item.ladder for item in items} - self._ladders.keys():
            self._ladders[ladder] = rungs(session, ladder)
        climbs: dict[tuple[Rung, dt.datetime], list[Found[Any]]] = defaultdict(list)
        places: dict[tuple[int, dt.datetime | None], list[int]] = defaultdict(list)
        for some in self._alike(session, items):
            ladder, times = self._ladders[some[0].ladder], self._times_of(session, some[0])
            climbed, behind, next_at = passed(times, some[0].rung, some[0].created_at, self.now)
            for place in climbed:
                climbs[ladder[place], times[place]] += some
            places[behind, next_at] += [item.id for item in some]
        return Steps(items, told_by(session, self._standing, climbs), places)

    def keep(self, session: Session, steps: Steps) -> int:
        """Climb what was looked at; returns how many work items it took on."""
        keep(session, steps.told, self.now)
        move_on(session, steps.places)
        return len(steps.items)

    def _alike(self, session: Session, items: Sequence[Found[Any]]) -> Iterable[Sequence[Found[Any]]]:
        """Work items that step alike; when work was offered matters to its first rung, and to working days."""
        found: dict[tuple[Any, ...], list[Found[Any]]] = defaultdict(list)
        for item in items:
            times = self._reckoning.of(session, item.belongs_to)
            offered = None if item.rung and times.workdays is None else item.created_at
            found[item.ladder, item.due_at, item.rung, times, offered].append(item)
        return found.values()

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
        session.connection().execute(_move_on, {"numbers": numbers, "behind": behind, "next_at": next_at})


_is_due: Final = (
    work_items.c.closed_at.is_(None),
    work_items.c.rung_at.is_not(None),
    work_items.c.rung_at <= bindparam("now", type_=work_items.c.rung_at.type),
)
_any_due: Final = select(work_items.c.id).where(*_is_due).limit(1)
_take_due: Final = (
    select(*ITEM)
    .where(*_is_due)
    .order_by(work_items.c.rung_at, work_items.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_move_on: Final = (
    update(work_items)
    .where(among(work_items.c.id, "numbers"))
    .values(rung=bindparam("behind"), rung_at=bindparam("next_at"))
)
