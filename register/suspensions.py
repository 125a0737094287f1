"""Suspensions (暂停计时): where the campaign allows it, the days of a pause do not count against a ticket.

The office above says until when and why. The due date moves by as many days at once, and with it timers and
ladder, so that nothing falls due meanwhile; whoever takes the ticket up again earlier gives the rest back.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, and_, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.engine import Engine
from engine.errors import Refusal, WrongValues
from engine.history import record
from engine.words import Words
from engine.world import Actor
from register.campaigns import Campaign, campaign
from register.deadlines import local_day
from register.due_changes import change_due
from register.row import Id, LongText, Row
from register.tickets import Ticket, ticket

ALLOWED: Final = "suspensions"
"""The campaign's setting: true where tickets may be suspended."""


class Suspension(Row):
    """One pause of a ticket; it is over after its last day, or once somebody ended it."""

    __tablename__ = "suspensions"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    until: Mapped[dt.date] = mapped_column(comment="its last day")
    reason: Mapped[LongText]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None] = mapped_column(comment="taken up again before the last day")
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))


def allowed(one: Campaign) -> bool:
    """Whether a campaign lets tickets be suspended; none does unless it says so."""
    return bool(one.settings.get(ALLOWED))


def allow(session: Session, actor: Actor, now: dt.datetime, number: int, yes: bool) -> None:
    """Say so for a campaign; what is suspended stays so until its last day.

    Raises:
        NotFound: there is no such campaign.
    """
    one = campaign(session, number)
    before = allowed(one)
    one.settings = {**one.settings, ALLOWED: yes}
    changes = {"before": {ALLOWED: before}, "after": {ALLOWED: yes}}
    record(session, actor, now, "changed", f"campaign:{one.id}", **changes)


def rested_since(day: dt.date, at: dt.datetime) -> ColumnElement[bool]:
    """Suspensions that held on a day, which began at an instant, or later."""
    return and_(Suspension.until >= day, or_(Suspension.ended_at.is_(None), Suspension.ended_at >= at))


def suspension_of(session: Session, one: Ticket, day: dt.date) -> Suspension | None:
    """The pause of a ticket on a day, if it rests."""
    rests = Suspension.ended_at.is_(None), Suspension.until >= day
    wanted = select(Suspension).where(Suspension.ticket_id == one.id, *rests)
    return session.scalars(wanted.order_by(Suspension.id.desc()).limit(1)).first()


def suspend(
    session: Session, engine: Engine, actor: Actor, number: int, until: dt.date | None, reason: str
) -> Suspension:
    """Let a ticket rest until a day; its due date moves by as many days.

    Raises:
        WrongValues: the day or the reason is missing or cannot stand.
        Refusal: the campaign does not allow it, or it rests already.
        NotAllowed: it is for an office above (:func:`register.due_changes.may_change_due`).
    """
    one = ticket(session, number)
    the_campaign, now = campaign(session, one.campaign_id), engine.clock.now()
    today = local_day(now, the_campaign.zone)
    if not allowed(the_campaign):
        words = Words("这个专项行动不允许暂停计时。", "This campaign does not allow tickets to be suspended.")
        raise Refusal("not_suspendable", words)
    if suspension_of(session, one, today) is not None:
        raise Refusal("suspended", Words("这张工单已经暂停计时。", "This ticket is suspended already."))
    if until is None or until <= today or not reason.strip() or one.due_at is None:
        raise WrongValues(_missing(until, today, reason))
    day = local_day(one.due_at, the_campaign.zone) + (until - today)
    try:
        change = change_due(session, engine, actor, number, day, reason)
    except WrongValues:  # overdue by more days than the pause has
        raise WrongValues({"until": _STILL_LATE}) from None
    row = Suspension(ticket_id=one.id, until=until, reason=reason.strip(), by_id=change.by_id, at=now)
    session.add(row)
    record(session, actor, now, "suspended", one.key, text=row.reason, until=until.isoformat())
    return row


_STILL_LATE: Final = Words(
    "暂停到这一天，时限仍在过去；请直接调整时限。",
    "With a pause until then it would still be due in the past; change the due date instead.",
)


def _missing(until: dt.date | None, today: dt.date, reason: str) -> dict[str, Words]:
    problems: dict[str, Words] = {}
    if until is None or until <= today:
        problems["until"] = Words("请填写今天之后的日期。", "Give a day after today.")
    if not reason.strip():
        problems["pause_reason"] = Words("请写明理由。", "Say why.")
    return problems


def forget_pause(session: Session, one: Ticket, actor: Actor, now: dt.datetime) -> None:
    """A pause of before says nothing about the new due date of a ticket that is opened again."""
    still = Suspension.ticket_id == one.id, Suspension.ended_at.is_(None)
    session.execute(update(Suspension).where(*still).values(ended_at=now, ended_by_id=actor.person))


def take_up_again(session: Session, engine: Engine, actor: Actor, number: int, reason: str) -> None:
    """End a pause before its last day; the days that are left are taken off the due date again.

    Raises:
        WrongValues: the reason is missing.
        Refusal: the ticket does not rest.
        NotAllowed: it is for an office above.
    """
    one = ticket(session, number)
    the_campaign, now = campaign(session, one.campaign_id), engine.clock.now()
    today = local_day(now, the_campaign.zone)
    row = suspension_of(session, one, today)
    if row is None or one.due_at is None:
        raise Refusal("not_suspended", Words("这张工单没有暂停计时。", "This ticket is not suspended."))
    if not reason.strip():
        raise WrongValues({"pause_reason": Words("请写明理由。", "Say why.")})
    due = local_day(one.due_at, the_campaign.zone)
    sooner = max(due - (row.until - today), today)
    if sooner != due:
        change_due(session, engine, actor, number, sooner, reason)
    row.ended_at, row.ended_by_id = now, actor.person
    record(session, actor, now, "taken_up_again", one.key, text=reason.strip())
