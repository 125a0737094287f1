"""Letting a ticket rest (暂停计时) and taking it up again: its due date moves by as many days."""

from __future__ import annotations

import datetime as dt
from typing import Final

from engine.errors import DomainError, WrongValues
from engine.text import LocalizedText
from rectification.calendar.deadlines import local_day
from rectification.campaigns.model import get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.matters.pause import Suspension, allowed, suspension_of
from rectification.matters.ticket import get_ticket
from rectification.rescheduling.ticket_due_date import change_due


def suspend(context: ActionContext, number: int, until: dt.date | None, reason: str) -> Suspension:
    """Let a ticket rest until a day; its due date moves by as many days.

    Raises:
        WrongValues: the day or the reason is missing or cannot stand.
        DomainError: the campaign does not allow it, or it rests already.
        NotAllowed: it is for an office above (:func:`rectification.rescheduling.ticket_due_date.may_change_due`).
    """
    session = context.session
    ticket = get_ticket(session, number)
    the_campaign, now = get_campaign(session, ticket.campaign_id), context.now
    today = local_day(now, the_campaign.zone)
    if not allowed(the_campaign):
        words = LocalizedText(
            "这个专项行动不允许暂停计时。", "This campaign does not allow tickets to be suspended."
        )
        raise DomainError("not_suspendable", words)
    if suspension_of(session, ticket, today) is not None:
        raise DomainError(
            "suspended", LocalizedText("这张工单已经暂停计时。", "This ticket is suspended already.")
        )
    if until is None or until <= today or not reason.strip() or ticket.due_at is None:
        raise WrongValues(_missing(until, today, reason))
    day = local_day(ticket.due_at, the_campaign.zone) + (until - today)
    try:
        change = change_due(context, number, day, reason)
    except WrongValues:  # overdue by more days than the pause has
        raise WrongValues({"until": _STILL_LATE}) from None
    row = Suspension(ticket_id=ticket.id, until=until, reason=reason.strip(), by_id=change.by_id, at=now)
    session.add(row)
    record_event(context, "suspended", ticket.key, text=row.reason, until=until.isoformat())
    return row


_STILL_LATE: Final = LocalizedText(
    "暂停到这一天，时限仍在过去；请直接调整时限。",
    "With a pause until then it would still be due in the past; change the due date instead.",
)


def _missing(until: dt.date | None, today: dt.date, reason: str) -> dict[str, LocalizedText]:
    problems: dict[str, LocalizedText] = {}
    if until is None or until <= today:
        problems["until"] = LocalizedText("请填写今天之后的日期。", "Give a day after today.")
    if not reason.strip():
        problems["pause_reason"] = LocalizedText("请写明理由。", "Say why.")
    return problems


def take_up_again(context: ActionContext, number: int, reason: str) -> None:
    """End a pause before its last day; the days that are left are taken off the due date again.

    Raises:
        WrongValues: the reason is missing.
        DomainError: the ticket does not rest.
        NotAllowed: it is for an office above.
    """
    session = context.session
    ticket = get_ticket(session, number)
    the_campaign, now = get_campaign(session, ticket.campaign_id), context.now
    today = local_day(now, the_campaign.zone)
    row = suspension_of(session, ticket, today)
    if row is None or ticket.due_at is None:
        raise DomainError(
            "not_suspended", LocalizedText("这张工单没有暂停计时。", "This ticket is not suspended.")
        )
    if not reason.strip():
        raise WrongValues({"pause_reason": LocalizedText("请写明理由。", "Say why.")})
    due = local_day(ticket.due_at, the_campaign.zone)
    sooner = max(due - (row.until - today), today)
    if sooner != due:
        change_due(context, number, sooner, reason)
    row.ended_at, row.ended_by_id = now, context.actor.person
    record_event(context, "taken_up_again", ticket.key, text=reason.strip())
