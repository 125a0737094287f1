"""Changing one deadline: the office above sets another due date for a ticket, with its reason.

Timers, escalation and the date of its explanation move along. What is overdue already is changed by the city alone,
and so is what would lie beyond re-verification.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ForeignKey, select, union_all
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.commands.reschedule import Change, Shift, reschedule, shifts
from engine.errors import DomainError, NotAllowed, WrongValues
from engine.expressions import Expression
from engine.host import Actor
from engine.instances.state import Rewriting
from engine.iso import end_of_day
from engine.json import JsonObject
from engine.owners import person_owner, unit_owner
from engine.text import LocalizedText
from engine.worklist.selectables import running_instances
from notifications.outbox import NotificationRequest, notify_many
from rectification.calendar.deadlines import (
    explanation_due,
    explanation_milestone,
    is_overdue,
    local_day,
    milestone_at,
)
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import kind_of, row_number, ticket_key
from rectification.core.model import Id, LongText, Model
from rectification.matters.status import BEING_FIXED
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_begins
from rectification.people.deputies import own_desks, reached, stood_in_owners
from rectification.people.model import Person
from rectification.people.posts import city_office
from rectification.people.roles import Role
from rectification.tickets.dispatch import reviewer_of
from rectification.tickets.extensions import Extension, extender_of


class DueDateChange(Model):
    """An office set another due date for a ticket."""

    __tablename__ = "due_date_changes"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    old_due: Mapped[dt.datetime]
    new_due: Mapped[dt.datetime]
    reason: Mapped[LongText]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def may_change_due(context: ActionContext, ticket: Ticket, day: dt.date) -> Actor:
    """Let through whoever may move the ticket's due date to a day; returns them with whom they do it for.

    Raises:
        DomainError: the ticket is not being fixed now.
        NotAllowed: it is for an office above, or they are responsible for the ticket themselves.
    """
    session, actor = context.session, context.actor
    if ticket.status not in BEING_FIXED or ticket.due_at is None:
        words = LocalizedText(
            "这张工单不在整改中，没有可调整的时限。", "This ticket is not being fixed; no date is open."
        )
        raise DomainError("not_being_fixed", words)
    today = local_day(context.now, get_campaign(session, ticket.campaign_id).zone)
    if actor.person is None or actor.person == ticket.resp_person_id:
        raise NotAllowed(_ABOVE)
    offices = set(_offices(session, ticket, day, context.now))
    if offices.intersection(own_desks(session, actor.person, today)):
        return actor
    behind = stood_in_owners(session, actor.person, today)
    next_ = next((behind[office] for office in sorted(offices) if office in behind), None)
    if next_ is None or next_ == ticket.resp_person_id:
        raise NotAllowed(_CITY if is_overdue(ticket.due_at, context.now) else _ABOVE)
    return replace(actor, on_behalf_of=next_)


_ABOVE = LocalizedText(
    "整改时限由负责审批延期的上级调整；超过复核节点的由市级调整。",
    "The office above that decides on extensions changes it; beyond re-verification, the city.",
)
_CITY = LocalizedText(
    "已经逾期，只有市级可以调整时限。", "It is overdue already; only the city may change the date now."
)


def _offices(session: Session, ticket: Ticket, day: dt.date, now: dt.datetime) -> Iterable[str]:
    the_campaign = get_campaign(session, ticket.campaign_id)
    yield city_office(session, ticket.county)
    if not is_overdue(ticket.due_at, now) and day <= the_campaign.milestone("reverify").day:
        yield extender_of(session, ticket.id, day)
        yield reviewer_of(session, ticket, "county")


def what_would_move(context: ActionContext, number: int, day: dt.date | None, reason: str) -> list[Shift]:
    """What another due date would move; nothing is written.

    Raises:
        WrongValues: the day or the reason cannot stand.
        NotAllowed, DomainError: see :func:`may_change_due`.
    """
    session = context.session
    ticket = get_ticket(session, number)
    at = _checked(context, ticket, day, reason)[1]
    the_campaign = get_campaign(session, ticket.campaign_id)
    return [
        shift
        for instance in _running(session, ticket)
        for shift in shifts(
            context.engine, session, instance, Change(reads_due, _rewriting(the_campaign, at))
        )
    ]


def change_due(context: ActionContext, number: int, day: dt.date | None, reason: str) -> DueDateChange:
    """Set the due date, and let everything follow that hangs on it.

    Raises:
        WrongValues: the day or the reason cannot stand.
        NotAllowed, DomainError: see :func:`may_change_due`.
    """
    session = context.session
    ticket = get_ticket(session, number)
    running = _running(session, ticket, lock=True)
    session.refresh(ticket)
    context, at = _checked(context, ticket, day, reason)
    the_campaign = get_campaign(session, ticket.campaign_id)
    assert ticket.due_at is not None
    assert context.actor.person is not None
    details: dict[str, Any] = {
        "before": {"due_at": ticket.due_at},
        "after": {"due_at": at},
        "text": reason.strip(),
    }
    for instance in running:
        change = Change(reads_due, _rewriting(the_campaign, at))
        reschedule(context.engine, session, instance, change, context.actor, "due_changed", **details)
    if not running:
        record_event(context, "due_changed", ticket.key, **details)
    row = DueDateChange(ticket_id=ticket.id, old_due=ticket.due_at, new_due=at, reason=reason.strip())
    row.by_id, row.at = context.actor.person, context.now
    session.add(row)
    ticket.due_at = at
    _tell(context, row, ticket, the_campaign)
    return row


def set_by(
    session: Session, keys: Iterable[str]
) -> Mapping[tuple[str, dt.datetime], tuple[str, dt.datetime]]:
    """By ticket and due date, who set it by hand (or granted it as an extension), and when; the last one counts."""
    numbers = [row_number(key) for key in keys if kind_of(key) == "ticket"]
    changes = select(DueDateChange.ticket_id, DueDateChange.new_due, DueDateChange.at, Person.name).join(
        Person, Person.id == DueDateChange.by_id
    )
    granted = select(Extension.ticket_id, Extension.new_due, Extension.at, Person.name).join(
        Person, Person.id == Extension.decided_by_id
    )
    if not numbers:
        return {}
    granted = granted.where(Extension.ticket_id.in_(numbers), Extension.new_due.is_not(None))
    either: Any = union_all(granted, changes.where(DueDateChange.ticket_id.in_(numbers)))
    rows = sorted(session.execute(either).all(), key=lambda row: row[2])
    return {(ticket_key(number), due): (name, at) for number, due, at, name in rows if due is not None}


def _checked(
    context: ActionContext, ticket: Ticket, day: dt.date | None, reason: str
) -> tuple[ActionContext, dt.datetime]:
    """The act as it counts, and the new instant; raises as :func:`change_due` says."""
    zone, now = get_campaign(context.session, ticket.campaign_id).zone, context.now
    problems: dict[str, LocalizedText] = {}
    if day is None:
        problems["due"] = LocalizedText("请填写新的时限。", "Give the new due date.")
    elif day < local_day(now, zone):
        problems["due"] = LocalizedText("新的时限不能早于今天。", "The new due date cannot lie in the past.")
    elif ticket.due_at is not None and end_of_day(day, zone) == ticket.due_at:
        problems["due"] = LocalizedText("这就是现在的时限。", "This is the present due date.")
    if not reason.strip():
        problems["reason"] = LocalizedText("请写明理由。", "Say why.")
    if day is not None:
        context = context.acting_as(may_change_due(context, ticket, day))
    if problems or day is None:
        raise WrongValues(problems)
    return context, end_of_day(day, zone)


def _running(session: Session, ticket: Ticket, *, lock: bool = False) -> list[int]:
    running = running_instances.c
    query = select(running.id).where(running.key == ticket.key).order_by(running.id)
    return list(session.scalars(query.with_for_update() if lock else query))


def reads_due(rule: Expression | None) -> bool:
    """Whether a rule makes its date of the ticket's own."""
    return rule is not None and bool(rule.names & {"due_at", "explain_by"})


def _rewriting(campaign: Campaign, at: dt.datetime) -> Rewriting:
    """The variables of a ticket whose due date is another."""
    old = {name: milestone_at(campaign, name) for name in ("explanation", "closing")}

    def rewriting(scope: JsonObject) -> JsonObject:
        if not scope.get("due_at"):
            return {}
        milestone = explanation_milestone(campaign, scope, old)
        follows = explanation_due(campaign, at, milestone) if milestone else {}
        return {"due_at": at.astimezone(campaign.zone).isoformat(), **follows}

    return rewriting


def _tell(context: ActionContext, row: DueDateChange, ticket: Ticket, the_campaign: Campaign) -> None:
    """Whoever is responsible hears it, who leads them, and who stands in for either."""
    before, after = (at.astimezone(the_campaign.zone) for at in (row.old_due, row.new_due))
    name = ticket_begins(context.session, ticket)
    words = LocalizedText(
        f"{name.zh}的整改时限由 {before:%m-%d} 改为 {after:%m-%d}。理由：{row.reason}",
        f"{name.en} is now due {after:%Y-%m-%d}, no longer {before:%Y-%m-%d}. Why: {row.reason}",
    )
    desks = {unit_owner(Role.UNIT_LEADER, ticket.resp_unit_id), person_owner(ticket.resp_person_id)}
    standing = reached(context.session, desks, local_day(row.at, the_campaign.zone))
    people = {person for people in standing.values() for person in people} - {context.actor.person}
    rows = [
        NotificationRequest(person, "rescheduled", ticket.key, words, f"/tickets/{ticket.id}", urgent=True)
        for person in sorted(person for person in people if person is not None)
    ]
    notify_many(context.session, rows, row.at)
