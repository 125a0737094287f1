"""Moving dates: the two jobs that work out what a rescheduling would move, and move it.

Looked at first, in transactions that are never committed; then moved, the next due first, one transaction for each
piece of running work. Whoever begins again after a death finds what was moved already unchanged.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from engine.commands.reschedule import Affected, Change, Concerned, Shift, reschedule, shifts
from engine.diagrams.events import CatchEvent
from engine.engine import Engine
from engine.host import Actor
from engine.instances.incidents import words_of
from engine.instances.state import Rewriting
from engine.json import as_int
from engine.text import LocalizedText
from engine.worklist.selectables import instances, open_work, running_instances, timers
from rectification.calendar.calendar import calendars_above
from rectification.calendar.holidays import EVERYWHERE
from rectification.campaigns.model import get_campaign, get_current_campaign
from rectification.core.jobs import Run
from rectification.escalation.reminders import retime_reminders
from rectification.matters.work_scope import area_of
from rectification.people.model import get_person
from rectification.rescheduling import milestones
from rectification.rescheduling.model import CAUSES, Rescheduling, get_rescheduling
from rectification.rescheduling.report import RescheduledDate, report, tell_owners

_PAUSE: Final = 0.005
"""Seconds between two transactions where only one may write at a time: others wait their turn."""
AT_ONCE: Final = 20
"""Pieces of running work that are looked at in one transaction that changes nothing."""


def look(run: Run) -> None:
    """The job that works out what would move: the change is tried in transactions that are never committed."""
    number = as_int(run.params["number"])
    with run.database.trying() as session:
        numbers = _perhaps(session, run.engine, _tried(session, number))
    dates: list[RescheduledDate] = []
    left: list[tuple[str, str, str]] = []
    for first in range(0, len(numbers), AT_ONCE):
        with run.database.trying() as session:
            row = _tried(session, number)
            for ticket in numbers[first : first + AT_ONCE]:
                try:
                    with session.begin_nested():
                        dates += _dates(row, ticket, _look_at(session, run.engine, row, ticket))
                except Exception as fault:  # whatever one instance holds, the others are looked at
                    left.append(_left(session, ticket, fault))
        _so_far(run, min(first + AT_ONCE, len(numbers)), len(numbers))
    with run.database.trying() as session:
        one_campaign = get_campaign(session, _tried(session, number).campaign_id)
        report_of_change = report(session, one_campaign, dates, run.clock.now())
    with run.database.writing() as session:
        row = get_rescheduling(session, number)
        if row.state == "looking":  # it may have been dropped meanwhile
            row.report, row.left, row.state = report_of_change.as_json(), left, "ready"


def move_all(run: Run) -> None:
    """The job that moves them."""
    number, actor = as_int(run.params["number"]), _asker(run)
    with run.database.reading() as session:
        row = get_rescheduling(session, number)
        affected, rewriting = _reads(session, row)
        numbers = _perhaps(session, run.engine, row)
    left: list[tuple[str, str, str]] = []
    for done, ticket in enumerate(numbers, 1):
        try:
            with run.database.writing() as session:
                change = Change(affected, rewriting, _concerned(session, row))
                moved = reschedule(
                    run.engine,
                    session,
                    ticket,
                    change,
                    actor,
                    text=row.reason,
                    rescheduling=row.id,
                )
                session.add_all(_dates(row, ticket, moved))
        except Exception as fault:  # whatever one instance holds, the others move
            with run.database.reading() as session:
                left.append(_left(session, ticket, fault))
        if done % AT_ONCE == 0:
            _so_far(run, done, len(numbers))
    if row.cause == "calendar":
        retime_reminders(run)
    with run.database.writing() as session:
        row = get_rescheduling(session, number)
        now, one_campaign = run.clock.now(), get_campaign(session, row.campaign_id)
        moved_dates = session.scalars(
            select(RescheduledDate).where(RescheduledDate.rescheduling_id == row.id)
        ).all()
        row.report = report(session, one_campaign, moved_dates, now).as_json()
        row.left, row.state, row.finished_at = left, "done", now
        tell_owners(session, row.id, one_campaign, row.reason, now)
    run.progress(len(numbers), len(numbers))


def _so_far(run: Run, done: int, total: int) -> None:
    """Say how far it is; where only one may write at a time, people who wait take their turn."""
    run.progress(done, total)
    if run.database.is_sqlite:
        time.sleep(_PAUSE)


def _asker(run: Run) -> Actor:
    with run.database.reading() as session:
        person = get_person(session, run.asked_by)
    return Actor(person.name, person.id)


def _tried(session: Session, number: int) -> Rescheduling:
    row = get_rescheduling(session, number)
    CAUSES[row.cause].make(session, get_campaign(session, row.campaign_id), row.proposal)
    return row


def _reads(session: Session, row: Rescheduling) -> tuple[Affected, Rewriting]:
    cause, campaign = CAUSES[row.cause], get_campaign(session, row.campaign_id)
    return cause.affected(row.proposal), cause.rewriting(campaign, row.proposal, row.before)


def _look_at(session: Session, engine: Engine, row: Rescheduling, instance: int) -> list[Shift]:
    return shifts(engine, session, instance, Change(*_reads(session, row), _concerned(session, row)))


def _dates(row: Rescheduling, instance: int, moved: Sequence[Shift]) -> list[RescheduledDate]:
    return [
        RescheduledDate(
            rescheduling_id=row.id,
            instance_id=instance,
            kind=shift.kind,
            number=shift.number,
            name_zh=shift.words.zh,
            name_en=shift.words.en,
            before=shift.before,
            after=shift.after,
        )
        for shift in moved
    ]


def _left(session: Session, instance: int, fault: Exception) -> tuple[str, str, str]:
    key = session.scalars(select(instances.c.key).where(instances.c.id == instance)).one()
    words = _UNREADABLE if isinstance(fault, KeyError) else words_of(fault)
    return key, words.zh, words.en


_UNREADABLE: Final = LocalizedText(
    "流程图里找不到它所在的步骤。", "Its diagram does not have the step at which it stands."
)


# -- which running work is concerned ----------------------------------------------------------------


def _perhaps(session: Session, engine: Engine, row: Rescheduling) -> list[int]:
    """Running work with a date whose rule reads what changes, or that keeps one; the next due first."""
    affected, _rewriting = _reads(session, row)
    due: dict[int, dt.datetime] = {}
    running = running_instances.c
    in_use = select(running.definition_id).distinct().order_by(running.definition_id)
    for version in session.scalars(in_use).all():
        for with_date_ in _with_dates(session, engine, version, affected):
            for instance, at in session.execute(with_date_):
                due[instance] = min(at, due.get(instance, at))
    if row.cause == "milestones" and milestones.kept_in_tickets(row.proposal):
        tickets = select(running.id).where(running.key.like("ticket:%"))
        for instance in session.scalars(tickets):
            due.setdefault(instance, dt.datetime.max.replace(tzinfo=dt.UTC))
    return sorted(due, key=lambda number: (due[number], number))


def _with_dates(session: Session, engine: Engine, version: int, affected: Affected) -> Iterator[Any]:
    elements = engine.definitions.version(session, version).elements
    work = [
        place
        for place, element in elements.items()
        if element.particulars.due_date is not None and affected(element.particulars.due_date)
    ]
    if work:
        place = tuple_(open_work.c.process, open_work.c.element)
        yield (
            select(open_work.c.instance_id, func.min(open_work.c.sort_at))
            .where(open_work.c.definition_id == version, place.in_(work))
            .group_by(open_work.c.instance_id)
        )
    clocks = [
        name
        for (_process, name), element in elements.items()
        if isinstance(element, CatchEvent)
        and element.event.value is not None
        and affected(element.event.value)
    ]
    if clocks:
        yield (
            select(timers.c.instance_id, func.min(timers.c.due_at))
            .join(instances, instances.c.id == timers.c.instance_id)
            .where(instances.c.definition_id == version, timers.c.element.in_(clocks))
            .group_by(timers.c.instance_id)
        )


def _concerned(session: Session, row: Rescheduling) -> Concerned:
    """Whether running work is the campaign's, or the newest one's when it names none, and lies where a calendar holds."""
    newest, campaign = get_current_campaign(session), get_campaign(session, row.campaign_id)
    area = row.proposal["area"] if row.cause == "calendar" else EVERYWHERE

    def concerned(variables: Mapping[str, object]) -> bool:
        number = variables.get("campaign") or (newest.id if newest is not None else None)
        if number is None or as_int(number) != campaign.id:
            return False
        return area == EVERYWHERE or area in calendars_above(
            session, area_of(variables) or campaign.area_code
        )

    return concerned
