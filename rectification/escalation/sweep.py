"""Escalations: who is told before, at and after a due date, level by level. Telling moves no token.

The rules stand in the published decision table ``escalation.dmn``. A work item carries how many rules
are behind it and when the next one falls due; `run_due` applies them to many items at once, and tells
when everything that is due has been applied, so that a person gets one message however much fell due.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from engine.clock import written_at
from engine.database import Database, rows_of
from engine.host import Deadline
from engine.instances import store
from engine.instances.incidents import back_off, record_incident
from engine.worklist.selectables import open_work, work_items
from rectification.escalation import batches
from rectification.escalation.acknowledgements import (
    anything_unacknowledged,
    forget_ahead,
    put_off_acknowledgement,
    take_unacknowledged,
)
from rectification.escalation.apply import (
    ITEM,
    Alike,
    Notices,
    Reached,
    attempts_of,
    keep,
    load,
    notices_of,
    pass_over,
    without_held,
)
from rectification.escalation.batches import PATIENCE
from rectification.escalation.digests import announce
from rectification.escalation.owed import notify_owed
from rectification.escalation.owed_levels import forget_owed
from rectification.escalation.policy import EscalationPolicies, EscalationRule, EscalationStep, get_levels
from rectification.escalation.recipients import RecipientResolver
from rectification.escalation.schedule import EscalationTimes, LevelSchedule, get_level_times, passed
from rectification.matters.timezone import Zones

AT_ONCE: Final = 100
"""Work items in one transaction where only one may write at a time: more hold up those who submit for longer."""
AHEAD: Final = 500
"""So many are looked at together, and applied together where that holds up only whoever wants the same work."""
_LONG_AGO: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY: Final = dt.timedelta(days=1)


def get_first_level(session: Session, deadline: Deadline) -> dt.datetime | None:
    """When an escalation first has somebody to tell about work that is offered now.

    Work may come back so late that nobody would ever be told: the last rule is applied then, unless it was before.
    """
    now, times = deadline.offered_at, _times(session, deadline, _drawn(session, deadline))
    _, _, first = passed(times, 0, now, now)
    if (
        first is None
        and times
        and times[-1] >= deadline.due_at
        and not _applied_before(session, deadline, len(times) - 1)
    ):
        return times[-1]
    return first


def _applied_before(session: Session, deadline: Deadline, rule: int) -> bool:
    """Whether the rule was applied to other work of the same instance, due at the same instant."""
    work = work_items.c
    same = (
        work.instance_id == deadline.instance,
        work.escalation == deadline.escalation,
        work.due_at == deadline.due_at,
    )
    query = select(EscalationStep.id).join(work_items, work.id == EscalationStep.work_item_id)
    return session.scalar(query.where(*same, EscalationStep.rule == rule).limit(1)) is not None


def get_level_after_move(
    session: Session, item: int, deadline: Deadline, now: dt.datetime
) -> tuple[int, dt.datetime | None]:
    """Where an escalation goes on when a deadline moved: above every rule that was applied, also one that has passed by now.

    Reminders that would have come before the work was offered stay behind; what comes at or after a due date does not.
    Nobody is to acknowledge a rule any more that lies ahead again, and it is owed to nobody.
    """
    applied = select(func.max(EscalationStep.rule)).where(EscalationStep.work_item_id == item)
    last = session.scalar(applied)
    drawn = _drawn(session, deadline)
    times = _times(session, deadline, drawn)
    ahead = [place for place, at in enumerate(times) if at > now]
    forget_ahead(session, item, ahead)
    forget_owed(session, item, ahead)
    for place in range(0 if last is None else last + 1, len(drawn)):
        if drawn[place].offset >= dt.timedelta() or times[place] > deadline.offered_at:
            return place, times[place]
    return len(drawn), None


def _drawn(session: Session, deadline: Deadline) -> Sequence[EscalationRule]:
    return get_levels(session, deadline.escalation, deadline.work_scope)


def _times(session: Session, deadline: Deadline, drawn: Sequence[EscalationRule]) -> Sequence[dt.datetime]:
    return get_level_times(session, deadline.work_scope).of(drawn, deadline.due_at, deadline.offered_at)


def run_due(database: Database, now: dt.datetime, announce: bool = True) -> int:
    """Apply every rule that fell due and notify its recipients; returns how many work items it took on.

    Without ``announce`` they are told later, together with those of the instants that follow.
    """
    taken = notify_owed(database, now)
    with database.reading() as session:
        if not anything_due(session, now) and batches.get_unannounced(session) is None:
            return taken
        sweep = Sweep(session, now)
    while step := _one_sweep_or_each(database, sweep):
        taken += step
    while step := _one_passing_over(database, sweep):
        taken += step
    while announce and _one_announcement(database, now):
        pass
    return taken


def _one_sweep_or_each(database: Database, sweep: Sweep) -> int:
    """A batch; where anything in it fails, its pieces one by one, so that what fails is put off alone."""
    try:
        return _one_sweep(database, sweep)
    except Exception:
        with database.reading() as session:
            due = rows_of(session, _due_now, {"now": sweep.now, "limit": AHEAD})
        return sum(_one_alone(database, sweep, item) for item in due)


def _one_alone(database: Database, sweep: Sweep, item: Found[Any]) -> int:
    try:
        with database.writing() as session:
            groups = sweep.look(session, 1, item.id)
            return sweep.keep(session, groups, sweep.notices(groups))
    except Exception as fault:
        with database.writing() as session:
            _put_off(session, item, fault, sweep.now)
        return 1


def _put_off(session: Session, item: Found[Any], fault: Exception, now: dt.datetime) -> None:
    """Note what failed as an incident of the work's instance, and look at it again later, then by a person."""
    again = back_off(now, attempts_of(session, item.instance_id))
    store.put_off_level(session, item.id, again)
    record_incident(session, item.instance_id, "escalation", fault, now)


def _one_sweep(database: Database, sweep: Sweep) -> int:
    """Where only one may write at a time, it looks before its turns, and makes others wait for the writing alone."""
    if database.is_sqlite:
        with database.reading() as session:
            groups = sweep.look(session, AHEAD)
        taken = 0
        with suppress(MeanwhileChanged):
            for in_piece in _in_pieces(groups):
                notices = sweep.notices(in_piece)
                with database.writing() as session:
                    taken += sweep.keep(session, in_piece, notices)
        if taken or not groups:
            return taken
    with database.writing() as session:
        groups = sweep.look(session, AT_ONCE if database.is_sqlite else AHEAD)
        return sweep.keep(session, groups, sweep.notices(groups))


def _in_pieces(groups: Iterable[Alike]) -> Iterator[Sequence[Alike]]:
    """What is applied in one transaction each."""
    piece: list[Alike] = []
    room = AT_ONCE
    for group in groups:
        rest = group.items
        while rest:
            piece.append(group._replace(items=rest[:room]))
            rest, room = rest[room:], room - len(rest[:room])
            if not room:
                yield piece
                piece, room = [], AT_ONCE
    if piece:
        yield piece


def _one_passing_over(database: Database, sweep: Sweep) -> int:
    """After the sweep, so that work whose rule and whose acknowledgement fell due together is asked about first."""
    with database.reading() as session:
        if not anything_unacknowledged(session, sweep.now):
            return 0
    try:
        with database.writing() as session:
            return sweep.pass_over(session, AT_ONCE)
    except Exception:
        with database.writing() as session:
            rows = take_unacknowledged(session, sweep.now, AT_ONCE)
            numbers = [(row.id, row.work_item_id) for row in rows]
        return sum(_pass_over_alone(database, sweep, *number) for number in numbers)


def _pass_over_alone(database: Database, sweep: Sweep, number: int, item: int) -> int:
    try:
        with database.writing() as session:
            return sweep.pass_over(session, 1, number)
    except Exception as fault:
        with database.writing() as session:
            instance = session.scalar(select(work_items.c.instance_id).where(work_items.c.id == item))
            put_off_acknowledgement(session, number, back_off(sweep.now, attempts_of(session, instance)))
            record_incident(session, instance or f"work_item:{item}", "escalation", fault, sweep.now)
        return 1


def _one_announcement(database: Database, now: dt.datetime) -> bool:
    with database.reading() as session:
        batch = batches.get_unannounced(session)
        if batch is None or (batch.open and batch.opened_at > now - PATIENCE and anything_due(session, now)):
            return False
    if batch.open:
        with database.writing() as session:
            batches.close(session, batch.id)
    return announce(database, batch, now)


def anything_due(session: Session, now: dt.datetime) -> bool:
    """Whether a rule has fallen due, or somebody's time to acknowledge one is over."""
    return bool(rows_of(session, _any_due, {"now": now})) or anything_unacknowledged(session, now)


class MeanwhileChanged(Exception):
    """Work that was looked at is done, passed on, or has another date."""


class Sweep:
    """Everything that is due at one instant, applied in as many transactions as it takes."""

    def __init__(self, session: Session, now: dt.datetime) -> None:
        self.now = now
        self._zones = Zones(session)
        self._resolvers: dict[dt.date, RecipientResolver] = {}
        self._reckoning = LevelSchedule()
        self._known: dict[tuple[int, dt.datetime, EscalationTimes], Sequence[dt.datetime]] = {}
        self._escalations = EscalationPolicies(session)

    def look(self, session: Session, limit: int, only: int | None = None) -> Sequence[Alike]:
        """Find the first work items on whose escalations a rule fell due, or one alone; their recipients are loaded.

        In a transaction that may write nobody else takes them.
        """
        query = _take_due if only is None else _take_due.where(open_work.c.id == only)
        items = rows_of(session, query, {"now": self.now, "limit": limit})
        groups = [self._group_of(session, alike) for alike in self._alike(session, items)]
        groups = without_held(session, groups)
        for day, of_day in _by_day(groups):
            load(session, self._resolver_on(day), of_day)
        return groups

    def _resolver_on(self, day: dt.date) -> RecipientResolver:
        """The recipients of a day; when a batch is applied, it may be another day in another campaign's zone."""
        return self._resolvers.setdefault(day, RecipientResolver(day))

    def _day_of(self, zone: ZoneInfo) -> dt.date:
        return written_at(self.now).astimezone(zone).date()

    def _with_resolvers(
        self, items: Iterable[Found[Any]]
    ) -> Iterable[tuple[RecipientResolver, Sequence[Found[Any]]]]:
        days: dict[dt.date, list[Found[Any]]] = defaultdict(list)
        for item in items:
            days[self._day_of(self._zones.of_work(item.work_scope))].append(item)
        return [(self._resolver_on(day), work) for day, work in days.items()]

    def _group_of(self, session: Session, items: Sequence[Found[Any]]) -> Alike:
        first = items[0]
        escalation, times = self._escalation_of(session, first), self._times_of(session, first)
        applied, behind, next_at = passed(times, first.escalation_step, first.created_at, self.now)
        day = self._day_of(self._reckoning.of(session, first.work_scope).zone)
        return Alike(items, [(escalation[place], times[place]) for place in applied], behind, next_at, day)

    def _escalation_of(self, session: Session, item: Found[Any]) -> Sequence[EscalationRule]:
        """One and the same for all work that goes by the same version: it is told apart by its identity."""
        return self._escalations.of(session, item.escalation, item.work_scope)

    def _alike(self, session: Session, items: Sequence[Found[Any]]) -> Iterable[Sequence[Found[Any]]]:
        """Work items to which the same rules apply; when work was offered matters to its first rule, and to working days."""
        groups: dict[tuple[object, ...], list[Found[Any]]] = defaultdict(list)
        for item in items:
            times = self._reckoning.of(session, item.work_scope)
            offered = None if item.escalation_step and times.workdays is None else item.created_at
            escalation = id(self._escalation_of(session, item))
            groups[item.escalation, escalation, item.due_at, item.escalation_step, times, offered].append(
                item
            )
        return groups.values()

    def _times_of(self, session: Session, item: Found[Any]) -> Sequence[dt.datetime]:
        """Deadlines share their instants: reckoned once for all that was offered well before the first rule."""
        escalation, due = self._escalation_of(session, item), item.due_at
        times = self._reckoning.of(session, item.work_scope)
        known = self._known.get((id(escalation), due, times))
        if known is None:
            known = self._known[id(escalation), due, times] = times.of(escalation, due, _LONG_AGO)
        if times.workdays is None or not known or item.created_at < known[0] - _DAY:
            return known
        return times.of(escalation, due, item.created_at)

    def notices(self, groups: Sequence[Alike]) -> Notices:
        """Who is told of what was looked at last."""
        notices: dict[tuple[EscalationRule, dt.datetime], list[Reached]] = defaultdict(list)
        for day, of_day in _by_day(groups):
            for step, reached in notices_of(self._resolver_on(day), of_day).items():
                notices[step] += reached
        return notices

    def keep(self, session: Session, groups: Sequence[Alike], notices: Notices) -> int:
        """Climb what was looked at; returns how many work items it took on.

        Raises:
            MeanwhileChanged: in part or whole it is no longer what it was; nothing of it may be committed.
        """
        for group in groups:
            _step_up(session, group, self.now)
        keep(session, notices, self.now)
        return sum(len(group.items) for group in groups)

    def pass_over(self, session: Session, limit: int, only: int | None = None) -> int:
        """Notify whoever is next above of what nobody acknowledged in time; returns how many it took on."""
        return pass_over(session, self._with_resolvers, self.now, limit, only)


def _by_day(groups: Iterable[Alike]) -> Iterable[tuple[dt.date, Sequence[Alike]]]:
    days: dict[dt.date, list[Alike]] = defaultdict(list)
    for group in groups:
        days[group.day].append(group)
    return days.items()


def _step_up(session: Session, group: Alike, now: dt.datetime) -> None:
    reached = (group.behind, group.next_at)
    if store.advance_levels(session, group.items, now, reached) < len(group.items):
        raise MeanwhileChanged


_is_due: Final = (
    open_work.c.escalation_at.is_not(None),
    open_work.c.escalation_at <= bindparam("now", type_=open_work.c.escalation_at.type),
)
_any_due: Final = select(open_work.c.id).where(*_is_due).limit(1)
_due_now: Final = (
    select(*ITEM)
    .where(*_is_due)
    .order_by(open_work.c.escalation_at, open_work.c.id)
    .limit(bindparam("limit"))
)
_take_due: Final = _due_now.with_for_update(skip_locked=True)
