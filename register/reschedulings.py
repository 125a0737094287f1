"""Reschedulings: milestones or the calendar of a campaign change, and dates that were made follow.

What would move is worked out first, in the background, and shown; nothing has changed until somebody applies
it. Then the change itself is made at once, and whatever hangs on it moves as a job, the next due first, one
transaction for each piece of running work. A job that dies goes on where it was.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String, func, select, tuple_
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.diagrams.events import CatchEvent
from engine.diagrams.tokens import Stuck
from engine.engine import Engine
from engine.errors import NotFound, Refusal, WrongValues
from engine.expressions import Expression, ExpressionError
from engine.history import record
from engine.rescheduling import Affected, Concerned, Shift, reschedule, shifts
from engine.schema import instances, timers, work_items
from engine.state import Rewriting
from engine.words import Words
from engine.world import Actor
from register import milestones
from register.belonging import area_of
from register.calendar import calendars_above
from register.campaigns import Campaign, campaign, current_campaign
from register.holidays import EVERYWHERE, put, read_days
from register.jobs import Job, Run, ask_for
from register.moved_dates import MovedDate, report, tell_owners
from register.people import person
from register.reminders import retime_reminders
from register.row import Id, LongText, Row

FAULTS: Final = (Stuck, ExpressionError, Refusal, KeyError)
"""What may be wrong with one piece of running work; the others move all the same."""
_PAUSE: Final = 0.005
"""Seconds between two transactions where only one may write at a time: others wait their turn."""
AT_ONCE: Final = 20
"""Pieces of running work that are looked at in one transaction that changes nothing."""


class Rescheduling(Row):
    """One change of what dates are made of: what it is, why, what it would move, and who applied it."""

    __tablename__ = "reschedulings"
    __table_args__ = (Index("ix_reschedulings_campaign_id", "campaign_id", "id"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    cause: Mapped[str] = mapped_column(String(20), comment="milestones or calendar")
    calendar_change_id: Mapped[int | None] = mapped_column(
        BigId, index=True, comment="of the calendar that it follows"
    )
    wish: Mapped[dict[str, Any]] = mapped_column(comment="what is to be, as its cause writes it")
    before: Mapped[dict[str, Any]] = mapped_column(comment="the same as it was")
    reason: Mapped[LongText]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), comment="looking, ready, moving, done or dropped")
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"), comment="what is being done about it")
    report: Mapped[dict[str, Any]] = mapped_column("preview", JSON, default=dict)
    """What would move; once it is done, what moved."""
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    applied_at: Mapped[dt.datetime | None]
    left: Mapped[list[Any]] = mapped_column(JSON, default=list, comment="key and why it was not moved")
    finished_at: Mapped[dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Cause:
    """What can change: how the change is made, which rules read it, what instances keep of it."""

    name: Words
    make: Callable[[Session, Campaign, Mapping[str, Any]], None]
    affected: Callable[[Mapping[str, Any]], Affected]
    rewriting: Callable[[Campaign, Mapping[str, Any], Mapping[str, Any]], Rewriting]


def _counts_workdays(rule: Expression) -> bool:
    return bool(rule.calls & {"workdays_after", "workdays_before"})


def _say_so(session: Session, _campaign: Campaign, wish: Mapping[str, Any]) -> None:
    put(session, wish["area"], read_days(wish["days"]))


CAUSES: Final[dict[str, Cause]] = {
    "milestones": Cause(
        Words("调整时间节点", "Milestones moved"),
        milestones.move,
        milestones.affected,
        milestones.rewriting,
    ),
    "calendar": Cause(
        Words("工作日历变化", "The calendar changed"),
        _say_so,
        lambda _wish: _counts_workdays,
        lambda _campaign, _wish, _before: lambda _scope: {},
    ),
}


# -- asking and applying ----------------------------------------------------------------------------


def move_milestones(
    session: Session, one: Campaign, wish: milestones.Wish, reason: str, actor: Actor, now: dt.datetime
) -> Rescheduling:
    """Ask what moving milestones would move; nothing changes before :func:`apply`.

    Raises:
        WrongValues: by milestone, what cannot stand; ``reason`` is missing.
    """
    wish = milestones.changed(one, wish)
    problems = milestones.wrong_wish(one, wish, now)
    if not reason.strip():
        problems["reason"] = _REASON
    if problems:
        raise WrongValues(problems)
    return _ask(session, one, "milestones", wish, milestones.as_they_are(one, wish), reason, actor, now)


def follow_calendar(
    session: Session,
    one: Campaign,
    number: int,
    days: Mapping[str, Any],
    reason: str,
    actor: Actor,
    now: dt.datetime,
) -> Rescheduling:
    """Ask what the change of a calendar with this number would move in a campaign.

    ``days`` are ``{"area": …, "days": […]}`` as the change keeps them. Dates that count working days are worked out
    again as of when they were made. Whoever applies the calendar's change applies this.
    """
    return _ask(session, one, "calendar", days, {}, reason, actor, now, number)


_REASON: Final = Words("请写明理由。", "Say why.")


def _ask(
    session: Session,
    one: Campaign,
    cause: str,
    wish: Mapping[str, Any],
    before: Mapping[str, Any],
    reason: str,
    actor: Actor,
    now: dt.datetime,
    calendar_change: int | None = None,
) -> Rescheduling:
    assert actor.person is not None
    row = Rescheduling(campaign_id=one.id, cause=cause, wish=dict(wish), before=dict(before))
    row.calendar_change_id = calendar_change
    row.reason, row.asked_by_id, row.asked_at, row.state = reason.strip(), actor.person, now, "looking"
    session.add(row)
    session.flush()
    name = Words(f"测算“{one.name}”的期限变化", f"What would move in “{one.name_en}”")
    row.job_id = ask_for(session, "look_at_dates", name, actor.person, now, number=row.id).id
    return row


def rescheduling(session: Session, number: int) -> Rescheduling:
    """One of them.

    Raises:
        NotFound: there is none with this number.
    """
    found = session.get(Rescheduling, number)
    if found is None:
        raise NotFound(Words("没有这次期限调整。", "There is no such change of dates."))
    return found


def reschedulings(session: Session, campaign_id: int) -> Sequence[Rescheduling]:
    """Those of a campaign that were not dropped, the newest first."""
    wanted = select(Rescheduling).where(
        Rescheduling.campaign_id == campaign_id, Rescheduling.state != "dropped"
    )
    return session.scalars(wanted.order_by(Rescheduling.id.desc()).limit(20)).all()


def apply(session: Session, number: int, actor: Actor, now: dt.datetime) -> Rescheduling:
    """Make the change, and queue the job that moves what hangs on it.

    Raises:
        Refusal: it was applied or dropped already, or things are no longer as they were when it was looked at.
    """
    _must_stand_alone(session, number)
    return apply_following(session, number, actor, now)


def apply_following(session: Session, number: int, actor: Actor, now: dt.datetime) -> Rescheduling:
    """The same for one that follows a calendar, together with that calendar's change."""
    assert actor.person is not None
    row = _taken(session, number, "ready")
    one, cause = campaign(session, row.campaign_id), CAUSES[row.cause]
    if row.cause == "milestones":
        if milestones.as_they_are(one, row.wish) != row.before:
            raise Refusal("changed_meanwhile", _CHANGED)
        if wrong := milestones.wrong_wish(one, row.wish, now):
            raise Refusal("too_late", next(iter(wrong.values())))
    cause.make(session, one, row.wish)
    row.state, row.applied_by_id, row.applied_at = "moving", actor.person, now
    name = Words(f"调整“{one.name}”的期限", f"Move the dates of “{one.name_en}”")
    row.job_id = ask_for(session, "move_dates", name, actor.person, now, number=row.id).id
    about, changes = f"campaign:{one.id}", {"before": row.before, "after": row.wish}
    record(session, actor, now, f"{row.cause}_changed", about, text=row.reason, number=row.id, **changes)
    return row


_CHANGED: Final = Words(
    "节点在此期间已被他人调整，请重新填写。",
    "Somebody moved these milestones meanwhile; fill it in again.",
)


def drop(session: Session, number: int) -> None:
    """Let it be: nothing was changed and nothing will be."""
    _must_stand_alone(session, number)
    _taken(session, number, "looking", "ready").state = "dropped"


def _must_stand_alone(session: Session, number: int) -> None:
    if rescheduling(session, number).calendar_change_id is not None:
        words = Words("请在日历调整页上处理。", "Deal with it where the calendar is changed.")
        raise Refusal("follows_calendar", words)


def _taken(session: Session, number: int, *wanted: str) -> Rescheduling:
    session.execute(select(Rescheduling.id).where(Rescheduling.id == number).with_for_update()).all()
    row = rescheduling(session, number)
    if row.state not in wanted:
        words = Words("这次调整已经处理过了。", "This was dealt with already.")
        raise Refusal("not_ready", words)
    return row


# -- the two jobs -----------------------------------------------------------------------------------


def look(run: Run) -> None:
    """The job that works out what would move: the change is tried in transactions that are never committed."""
    number = int(run.params["number"])
    with run.database.trying() as session:
        numbers = _perhaps(session, run.engine, _tried(session, number))
    dates: list[MovedDate] = []
    left: list[list[str]] = []
    for first in range(0, len(numbers), AT_ONCE):
        with run.database.trying() as session:
            row = _tried(session, number)
            for one in numbers[first : first + AT_ONCE]:
                try:
                    dates += _dates(row, one, _look_at(session, run.engine, row, one))
                except FAULTS as fault:
                    left.append(_left(session, one, fault))
        _so_far(run, min(first + AT_ONCE, len(numbers)), len(numbers))
    with run.database.trying() as session:
        one_campaign = campaign(session, _tried(session, number).campaign_id)
        found = report(session, one_campaign, dates, run.clock.now())
    with run.database.writing() as session:
        row = rescheduling(session, number)
        if row.state == "looking":  # it may have been dropped meanwhile
            row.report, row.left, row.state = found.as_json(), left, "ready"


def move_all(run: Run) -> None:
    """The job that moves them."""
    number, actor = int(run.params["number"]), _asker(run)
    with run.database.reading() as session:
        row = rescheduling(session, number)
        affected, rewriting = _reads(session, row)
        numbers = _perhaps(session, run.engine, row)
    why: dict[str, Any] = {"text": row.reason, "rescheduling": row.id}
    left: list[list[str]] = []
    for done, one in enumerate(numbers, 1):
        try:
            with run.database.writing() as session:
                concerned = _concerned(session, row)
                moved = reschedule(
                    run.engine, session, one, affected, rewriting, actor, concerned=concerned, **why
                )
                session.add_all(_dates(row, one, moved))
        except FAULTS as fault:
            with run.database.reading() as session:
                left.append(_left(session, one, fault))
        if done % AT_ONCE == 0:
            _so_far(run, done, len(numbers))
    if row.cause == "calendar":
        retime_reminders(run)
    with run.database.writing() as session:
        row = rescheduling(session, number)
        now, one_campaign = run.clock.now(), campaign(session, row.campaign_id)
        moved_dates = session.scalars(select(MovedDate).where(MovedDate.rescheduling_id == row.id)).all()
        row.report = report(session, one_campaign, moved_dates, now).as_json()
        row.left, row.state, row.finished_at = left, "done", now
        tell_owners(session, row.id, one_campaign, row.reason, now)
    run.progress(len(numbers), len(numbers))


def _so_far(run: Run, done: int, total: int) -> None:
    """Say how far it is; where only one may write at a time, people who wait take their turn."""
    run.progress(done, total)
    if run.database.is_sqlite:
        time.sleep(_PAUSE)


def job_of(session: Session, row: Rescheduling) -> Job | None:
    """What is being done about it in the background, or was."""
    return session.get(Job, row.job_id) if row.job_id is not None else None


def _asker(run: Run) -> Actor:
    with run.database.reading() as session:
        who = person(session, run.asked_by)
    return Actor(who.name, who.id)


def _tried(session: Session, number: int) -> Rescheduling:
    row = rescheduling(session, number)
    CAUSES[row.cause].make(session, campaign(session, row.campaign_id), row.wish)
    return row


def _reads(session: Session, row: Rescheduling) -> tuple[Affected, Rewriting]:
    cause, one = CAUSES[row.cause], campaign(session, row.campaign_id)
    return cause.affected(row.wish), cause.rewriting(one, row.wish, row.before)


def _look_at(session: Session, engine: Engine, row: Rescheduling, instance: int) -> list[Shift]:
    return shifts(engine, session, instance, *_reads(session, row), _concerned(session, row))


def _dates(row: Rescheduling, instance: int, moved: Sequence[Shift]) -> list[MovedDate]:
    return [
        MovedDate(
            rescheduling_id=row.id,
            instance_id=instance,
            kind=one.kind,
            number=one.number,
            name_zh=one.words.zh,
            name_en=one.words.en,
            before=one.before,
            after=one.after,
        )
        for one in moved
    ]


def _left(session: Session, instance: int, fault: Exception) -> list[str]:
    key = session.scalars(select(instances.c.key).where(instances.c.id == instance)).one()
    words = getattr(fault, "words", _UNREADABLE)
    return [key, words.zh, words.en]


_UNREADABLE: Final = Words(
    "流程图里找不到它所在的步骤。", "Its diagram does not have the step at which it stands."
)


# -- which running work is concerned ----------------------------------------------------------------


def _perhaps(session: Session, engine: Engine, row: Rescheduling) -> list[int]:
    """Running work with a date whose rule reads what changes, or that keeps one; the next due first."""
    affected, _rewriting = _reads(session, row)
    due: dict[int, dt.datetime] = {}
    live = select(instances.c.definition_id).where(instances.c.ended_at.is_(None)).distinct()
    for version in session.scalars(live.order_by(instances.c.definition_id)).all():
        for found in _with_dates(session, engine, version, affected):
            for instance, at in session.execute(found):
                due[instance] = min(at, due.get(instance, at))
    if row.cause == "milestones" and milestones.kept_in_tickets(row.wish):
        tickets = select(instances.c.id).where(
            instances.c.ended_at.is_(None), instances.c.key.like("ticket:%")
        )
        for instance in session.scalars(tickets):
            due.setdefault(instance, dt.datetime.max.replace(tzinfo=dt.UTC))
    return sorted(due, key=lambda one: (due[one], one))


def _with_dates(session: Session, engine: Engine, version: int, affected: Affected) -> Iterator[Any]:
    elements = engine.definitions.version(session, version).elements
    work = [
        place
        for place, one in elements.items()
        if one.particulars.due_date is not None and affected(one.particulars.due_date)
    ]
    if work:
        is_open = work_items.c.closed_at.is_(None) & (work_items.c.definition_id == version)
        yield (
            select(work_items.c.instance_id, func.min(work_items.c.sort_at))
            .where(is_open, tuple_(work_items.c.process, work_items.c.element).in_(work))
            .group_by(work_items.c.instance_id)
        )
    clocks = [
        name
        for (_process, name), one in elements.items()
        if isinstance(one, CatchEvent) and one.event.value is not None and affected(one.event.value)
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
    newest, one = current_campaign(session), campaign(session, row.campaign_id)
    area = row.wish["area"] if row.cause == "calendar" else EVERYWHERE

    def concerned(variables: Mapping[str, Any]) -> bool:
        number = variables.get("campaign") or (newest.id if newest is not None else None)
        if number is None or int(number) != one.id:
            return False
        return area == EVERYWHERE or area in calendars_above(session, area_of(variables) or one.area_code)

    return concerned
