"""Reschedulings: milestones or the calendar of a campaign change, and dates that were made follow.

What would move is worked out first, in the background, and shown; nothing has changed until somebody applies
it. Then the change itself is made at once, and whatever hangs on it moves as a job, the next due first, one
transaction for each piece of running work. A job that dies goes on where it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import JSON, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.commands.reschedule import Affected
from engine.database import BigId
from engine.errors import DomainError, NotFound, WrongValues
from engine.expressions import Expression
from engine.instances.state import Rewriting
from engine.json import Json, JsonObject, as_list, as_object, as_text
from engine.text import LocalizedText
from rectification.calendar.deadlines import local_day
from rectification.calendar.holidays import put, read_days
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.jobs import Job, enqueue
from rectification.core.keys import campaign_key
from rectification.core.model import Id, LongText, Model
from rectification.matters.timezone import Zones
from rectification.rescheduling import milestones


class Rescheduling(Model):
    """One change of what dates are made of: what it is, why, what it would move, and who applied it."""

    __tablename__ = "reschedulings"
    __table_args__ = (Index("ix_reschedulings_campaign_id", "campaign_id", "id"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    cause: Mapped[str] = mapped_column(String(20), comment="milestones or calendar")
    calendar_change_id: Mapped[int | None] = mapped_column(
        BigId, index=True, comment="of the calendar that it follows"
    )
    proposal: Mapped[dict[str, Json]] = mapped_column(comment="what is to be, as its cause writes it")
    before: Mapped[dict[str, Json]] = mapped_column(comment="the same as it was")
    reason: Mapped[LongText]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), comment="looking, ready, moving, done or dropped")
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"), comment="what is being done about it")
    report: Mapped[dict[str, Json]] = mapped_column("preview", JSON, default=dict)
    """What would move; once it is done, what moved."""
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    applied_at: Mapped[dt.datetime | None]
    left: Mapped[list[tuple[str, str, str]]] = mapped_column(
        JSON, default=list, comment="key and why it was not moved"
    )
    finished_at: Mapped[dt.datetime | None]


@dataclass(frozen=True, slots=True)
class Cause:
    """What can change: how the change is made, which rules read it, what instances keep of it."""

    name: LocalizedText
    make: Callable[[Session, Campaign, JsonObject], None]
    affected: Callable[[JsonObject], Affected]
    rewriting: Callable[[Campaign, JsonObject, JsonObject], Rewriting]


def _counts_workdays(rule: Expression) -> bool:
    return bool(rule.calls & {"workdays_after", "workdays_before"})


def _say_so(session: Session, _campaign: Campaign, proposal: JsonObject) -> None:
    put(session, as_text(proposal["area"]), read_days([as_object(day) for day in as_list(proposal["days"])]))


CAUSES: Final[dict[str, Cause]] = {
    "milestones": Cause(
        LocalizedText("调整时间节点", "Milestones moved"),
        milestones.move,
        milestones.affected,
        milestones.rewriting,
    ),
    "calendar": Cause(
        LocalizedText("工作日历变化", "The calendar changed"),
        _say_so,
        lambda _proposal: _counts_workdays,
        lambda _campaign, _proposal, _before: lambda _scope: {},
    ),
}


# -- asking and applying ----------------------------------------------------------------------------


def move_milestones(
    context: ActionContext, campaign: Campaign, proposal: milestones.Proposal, reason: str
) -> Rescheduling:
    """Ask what moving milestones would move; nothing changes before :func:`apply`.

    Raises:
        WrongValues: by milestone, what cannot stand; ``reason`` is missing.
    """
    proposal = milestones.changed(campaign, proposal)
    problems = milestones.wrong_proposal(campaign, proposal, context.now)
    if not reason.strip():
        problems["reason"] = _REASON
    if problems:
        raise WrongValues(problems)
    row = Rescheduling(cause="milestones", proposal=dict(proposal), reason=reason.strip())
    row.before = dict(milestones.as_they_are(campaign, proposal))
    return _ask(context, campaign, row)


def follow_calendar(
    context: ActionContext, campaign: Campaign, number: int, days: JsonObject, reason: str
) -> Rescheduling:
    """Ask what the change of a calendar with this number would move in a campaign.

    ``days`` are ``{"area": …, "days": […]}`` as the change keeps them. Dates that count working days are worked out
    again as of when they were made. Whoever applies the calendar's change applies this.
    """
    row = Rescheduling(cause="calendar", proposal=dict(days), before={}, reason=reason.strip())
    row.calendar_change_id = number
    return _ask(context, campaign, row)


_REASON: Final = LocalizedText("请写明理由。", "Say why.")


def _ask(context: ActionContext, campaign: Campaign, row: Rescheduling) -> Rescheduling:
    assert context.actor.person is not None
    row.campaign_id, row.state = campaign.id, "looking"
    row.asked_by_id, row.asked_at = context.actor.person, context.now
    context.session.add(row)
    context.session.flush()
    _have_looked_at(context, row, campaign)
    return row


def _have_looked_at(context: ActionContext, row: Rescheduling, campaign: Campaign) -> None:
    name = LocalizedText(f"测算“{campaign.name}”的期限变化", f"What would move in “{campaign.name_en}”")
    row.job_id = enqueue(context, "look_at_dates", name, number=row.id).id


def _have_moved(context: ActionContext, row: Rescheduling, campaign: Campaign) -> None:
    name = LocalizedText(f"调整“{campaign.name}”的期限", f"Move the dates of “{campaign.name_en}”")
    row.job_id = enqueue(context, "move_dates", name, number=row.id).id


def get_rescheduling(session: Session, number: int) -> Rescheduling:
    """One of them.

    Raises:
        NotFound: there is none with this number.
    """
    rescheduling = session.get(Rescheduling, number)
    if rescheduling is None:
        raise NotFound(LocalizedText("没有这次期限调整。", "There is no such change of dates."))
    return rescheduling


def get_reschedulings(session: Session, campaign_id: int) -> Sequence[Rescheduling]:
    """Those of a campaign that were not dropped, the newest first."""
    query = select(Rescheduling).where(
        Rescheduling.campaign_id == campaign_id, Rescheduling.state != "dropped"
    )
    return session.scalars(query.order_by(Rescheduling.id.desc()).limit(20)).all()


def apply(context: ActionContext, number: int) -> Rescheduling:
    """Make the change, and queue the job that moves what hangs on it.

    Raises:
        DomainError: it was applied or dropped already, or things are no longer as they were when it was looked at.
    """
    _must_stand_alone(context.session, number)
    return apply_following(context, number)


def apply_following(context: ActionContext, number: int) -> Rescheduling:
    """The same for one that follows a calendar, together with that calendar's change."""
    session = context.session
    assert context.actor.person is not None
    row = _taken(session, number, "ready")
    campaign, cause = get_campaign(session, row.campaign_id), CAUSES[row.cause]
    if row.cause == "milestones":
        if milestones.as_they_are(campaign, row.proposal) != row.before:
            raise DomainError("changed_meanwhile", _CHANGED)
        if wrong := milestones.wrong_proposal(campaign, row.proposal, context.now):
            raise DomainError("too_late", next(iter(wrong.values())))
    cause.make(session, campaign, row.proposal)
    row.state, row.applied_by_id, row.applied_at = "moving", context.actor.person, context.now
    _have_moved(context, row, campaign)
    about, changes = campaign_key(campaign.id), {"before": row.before, "after": row.proposal}
    record_event(context, f"{row.cause}_changed", about, text=row.reason, number=row.id, **changes)
    return row


_CHANGED: Final = LocalizedText(
    "节点在此期间已被他人调整，请重新填写。",
    "Somebody moved these milestones meanwhile; fill it in again.",
)


def drop(session: Session, number: int) -> None:
    """Let it be: nothing was changed and nothing will be."""
    _must_stand_alone(session, number)
    _taken(session, number, "looking", "ready").state = "dropped"


def _must_stand_alone(session: Session, number: int) -> None:
    if get_rescheduling(session, number).calendar_change_id is not None:
        words = LocalizedText("请在日历调整页上处理。", "Deal with it where the calendar is changed.")
        raise DomainError("follows_calendar", words)


def _taken(session: Session, number: int, *states: str) -> Rescheduling:
    session.execute(select(Rescheduling.id).where(Rescheduling.id == number).with_for_update()).all()
    row = get_rescheduling(session, number)
    if row.state not in states:
        words = LocalizedText("这次调整已经处理过了。", "This was dealt with already.")
        raise DomainError("not_ready", words)
    return row


def job_of(session: Session, row: Rescheduling) -> Job | None:
    """What is being done about it in the background, or was."""
    return session.get(Job, row.job_id) if row.job_id is not None else None


def failed(session: Session, row: Rescheduling) -> bool:
    """Whether that ended without an end: nothing goes on before somebody asks for it again."""
    job = job_of(session, row)
    return job is not None and job.state == "failed"


_BUSY: Final = LocalizedText("后台正在处理，请稍候。", "It is being worked on; please wait.")


# -- what was looked at and left --------------------------------------------------------------------


def outdated(session: Session, rows: Iterable[Rescheduling], now: dt.datetime) -> set[int]:
    """Those of these of which what was looked at may be otherwise by now: on an earlier day, or before other dates were moved."""
    jobs = {row.job_id: row for row in rows if row.state == "ready" and row.job_id is not None}
    if not jobs:
        return set()
    looked = select(Job.id, Job.finished_at).where(Job.id.in_(jobs), Job.finished_at.is_not(None))
    moved = select(Rescheduling.campaign_id, func.max(Rescheduling.applied_at))
    moved = moved.where(Rescheduling.campaign_id.in_({row.campaign_id for row in jobs.values()}))
    last = {number: at for number, at in session.execute(moved.group_by(Rescheduling.campaign_id)) if at}
    zones, result = Zones(session), set()
    for job, finished in session.execute(looked):
        row = jobs[job]
        zone = zones.of_campaign(row.campaign_id)
        at = last.get(row.campaign_id)
        assert finished is not None
        if local_day(finished, zone) < local_day(now, zone) or (at is not None and at > finished):
            result.add(row.id)
    return result


def look_again(context: ActionContext, number: int) -> Rescheduling:
    """Work out anew what it would move, from how things are by now; where moving it failed, go on with that.

    Raises:
        DomainError: it was dealt with already, is being worked on, or can no longer be.
    """
    _must_stand_alone(context.session, number)
    return look_again_following(context, number)


def look_again_following(context: ActionContext, number: int) -> Rescheduling:
    """The same for one that follows a calendar, together with that calendar's change."""
    session = context.session
    row = _taken(session, number, "looking", "ready", "moving")
    campaign = get_campaign(session, row.campaign_id)
    if row.state != "ready" and not failed(session, row):
        raise DomainError("not_ready", _BUSY)
    if row.state == "moving":
        _have_moved(context, row, campaign)
        return row
    if row.cause == "milestones":
        row.proposal = milestones.changed(campaign, row.proposal)
        row.before = milestones.as_they_are(campaign, row.proposal)
        if wrong := milestones.wrong_proposal(campaign, row.proposal, context.now):
            raise DomainError("too_late", next(iter(wrong.values())))
    row.state, row.left = "looking", []
    _have_looked_at(context, row, campaign)
    return row
