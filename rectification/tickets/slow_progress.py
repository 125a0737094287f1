"""Slow progress (进度较慢): nothing noted for too long, or a reviewer says so; a written statement is asked for.

The campaign says after how many days without an update the clock asks (``slow_after_days``, none: never) and
how many working days the statement may take (``statement_workdays``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from engine.commands.reassign import hold
from engine.engine import Engine
from engine.errors import DomainError, NotAllowed, WrongValues
from engine.host import CLOCK
from engine.instances.incidents import record_incident
from engine.iso import end_of_day
from engine.json import as_int
from engine.text import LocalizedText
from engine.worklist.selectables import open_work
from rectification.access.permissions import may_see
from rectification.calendar.deadlines import local_day, workdays_after
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key, ticket_key
from rectification.matters.pause import Suspension, rested_since
from rectification.matters.status import TicketStatus
from rectification.matters.ticket import ProgressNote, Ticket, get_ticket
from rectification.matters.timezone import acting_now
from rectification.people.deputies import acting_posts, own_desks, stood_in_owners
from rectification.people.posts import Post
from rectification.people.roles import Role
from rectification.tickets.dispatch import reviewer_of
from rectification.tickets.findings import variables_of
from rectification.tickets.progress_statements import ProgressStatement, open_statement

FIXING: Final = TicketStatus.IN_PROGRESS
"""The status in which progress can be noted, and missed."""
WORKDAYS: Final = 3
"""Working days for a statement, unless the campaign says otherwise."""
LONGEST: Final = 60
REVIEWERS: Final = frozenset(
    {Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE, Role.LINE_DEPT, Role.INSPECTOR}
)
"""Roles that may mark a ticket as slow."""
AT_ONCE: Final = 100
"""Tickets that are looked for in one query."""


# -- what a campaign lays down ---------------------------------------------------------------------


def slow_after_days(settings: Mapping[str, object]) -> int | None:
    """After how many days without an update the clock asks; None: it never does."""
    days = settings.get("slow_after_days")
    return as_int(days) if days else None


def statement_workdays(settings: Mapping[str, object]) -> int:
    """How many working days a statement may take."""
    return as_int(settings.get("statement_workdays") or WORKDAYS)


def lay_down(context: ActionContext, number: int, after: int | None, workdays: int | None) -> None:
    """Say when the clock asks for statements, and how long one may take.

    Raises:
        NotFound: there is no such campaign.
        WrongValues: a number cannot be taken.
    """
    campaign = get_campaign(context.session, number)
    wrong = LocalizedText(f"请填写 1 到 {LONGEST} 的整数。", f"A whole number from 1 to {LONGEST}.")
    values = {"slow_after_days": after, "statement_workdays": workdays}
    problems = {
        name: wrong
        for name, value in values.items()
        if (value is None and name != "slow_after_days") or (value is not None and not 1 <= value <= LONGEST)
    }
    if problems:
        raise WrongValues(problems)
    before = {name: campaign.settings.get(name) for name in values}
    campaign.settings = {**campaign.settings, **values}
    record_event(context, "changed", campaign_key(campaign.id), before=before, after=values)


# -- the clock asks --------------------------------------------------------------------------------


def unmoved_tickets(session: Session, now: dt.datetime, from_hour: int = 0, after: int = 0) -> list[int]:
    """Tickets about which nothing was noted for as long as their campaign allows, some at a time, by number.

    Of campaigns in whose zone the day has not come to ``from_hour`` yet, none.
    """
    tickets: list[int] = []
    for row in session.scalars(select(Campaign)):
        days = slow_after_days(row.settings)
        if days is not None and now.astimezone(row.zone).hour >= from_hour:
            here = Ticket.campaign_id == row.id, Ticket.id > after
            query = select(Ticket.id).where(*here, _unmoved(row, now, days))
            tickets += session.scalars(query.order_by(Ticket.id).limit(AT_ONCE))
    return sorted(tickets)[:AT_ONCE]


def _unmoved(campaign: Campaign, now: dt.datetime, days: int) -> ColumnElement[bool]:
    """Being fixed for so many days before today, with neither a note nor a statement nor a pause in them."""
    first = local_day(now, campaign.zone) - dt.timedelta(days=days - 1)
    since = dt.datetime.combine(first, dt.time(), campaign.zone).astimezone(dt.UTC)
    work, note, statement = open_work.c, ProgressNote, ProgressStatement
    return (
        (Ticket.status == FIXING)
        & Ticket.resp_person_id.is_not(None)
        & exists().where(work.instance_id == Ticket.instance_id, work.created_at < since)
        & ~exists().where(Suspension.ticket_id == Ticket.id, rested_since(first, since))
        & ~exists().where(note.ticket_id == Ticket.id, note.at >= since)
        & ~exists().where(
            statement.ticket_id == Ticket.id, or_(statement.closed_at.is_(None), statement.closed_at >= since)
        )
    )


def ask_unmoved(engine: Engine, from_hour: int = 0) -> int:
    """Ask for a statement on each of those tickets, in a transaction of its own; returns on how many.

    A ticket of which that fails is an incident of its own; the others are asked all the same.
    """
    now, requests, last = engine.clock.now(), 0, 0
    while True:
        with engine.database.reading() as session:
            numbers = unmoved_tickets(session, now, from_hour, last)
        if not numbers:
            return requests
        for last in numbers:
            try:
                with engine.database.writing() as session:
                    _ask_if_unmoved(acting_now(session, engine, CLOCK), last)
                requests += 1
            except Exception as fault:
                with engine.database.writing() as session:
                    instance = session.scalar(select(Ticket.instance_id).where(Ticket.id == last))
                    record_incident(session, instance or ticket_key(last), "escalation", fault, now)


def _ask_if_unmoved(context: ActionContext, number: int) -> None:
    """Look again with what runs held fast: a note, a closing or another server may have been first."""
    session = context.session
    hold(session, ticket_key(number))
    ticket = get_ticket(session, number)
    the_campaign = get_campaign(session, ticket.campaign_id)
    days = slow_after_days(the_campaign.settings)
    if days is None:
        return
    still = select(Ticket.id).where(Ticket.id == number, _unmoved(the_campaign, context.now, days))
    if session.scalars(still).first() is not None:
        _ask(context, ticket, "no_update", str(days), reviewer_of(session, ticket, "town"))


# -- a reviewer says so ----------------------------------------------------------------------------


def may_mark(session: Session, person_id: int, ticket: Ticket, today: dt.date) -> bool:
    """Whether somebody may mark this ticket as slow, or take the mark away."""
    return (
        ticket.status == FIXING
        and ticket.resp_person_id != person_id
        and _post(session, person_id, ticket, today) is not None
    )


def _post(session: Session, person_id: int, ticket: Ticket, today: dt.date) -> Post | None:
    """The post in which they may: a reviewer's, outside the responsible unit."""
    posts = acting_posts(session, person_id, today)
    fit = (post for post in posts if post.role in REVIEWERS and post.unit_id != ticket.resp_unit_id)
    return next(fit, None)


def mark_slow(context: ActionContext, number: int, reason: str) -> None:
    """Mark a ticket as slow and ask for a statement, which the reviewer's own desk will judge.

    Raises:
        NotFound, NotAllowed: the asker sees no such ticket, or does not review it.
        WrongValues: no reason is given.
        DomainError: it is not being fixed, or a statement is open already.
    """
    session = context.session
    hold(session, ticket_key(number))
    ticket, context, post = _let_through(context, number, reason)
    if open_statement(session, number) is not None:
        raise DomainError(
            "asked_already",
            LocalizedText(
                "已经要求提交书面说明，尚未办结。", "A statement has been asked for and is not settled yet."
            ),
        )
    _ask(context, ticket, "mark", reason.strip(), post.owner)


def clear_slow(context: ActionContext, number: int, reason: str) -> None:
    """Take the mark away where no statement is open.

    Raises:
        NotFound, NotAllowed, WrongValues: as for :func:`mark_slow`.
        DomainError: it is not marked, or its statement is yet to be judged.
    """
    session = context.session
    hold(session, ticket_key(number))
    ticket, context, _post = _let_through(context, number, reason)
    if not ticket.slow or open_statement(session, number) is not None:
        raise DomainError(
            "not_marked",
            LocalizedText(
                "没有可摘除的标记；书面说明未办结的，请在审核时摘除。",
                "There is no mark to take away; where a statement is open, decide when you judge it.",
            ),
        )
    ticket.slow = False
    record_event(context, "slow_cleared", ticket.key, note=reason.strip())


def _let_through(context: ActionContext, number: int, reason: str) -> tuple[Ticket, ActionContext, Post]:
    session, actor = context.session, context.actor
    ticket = get_ticket(session, number)
    today = context.in_zone(get_campaign(session, ticket.campaign_id).zone).today
    if actor.person is None or not may_see(session, actor.person, ticket.key, today):
        raise NotAllowed(LocalizedText("您看不到这张工单。", "You cannot see this ticket."))
    post = _post(session, actor.person, ticket, today)
    if post is None or ticket.resp_person_id == actor.person:
        raise NotAllowed(
            LocalizedText(
                "由审核单位标记，责任单位自己不能标记。",
                "Reviewers say so, never the responsible unit itself.",
            )
        )
    if ticket.status != FIXING or ticket.resp_person_id is None:
        raise DomainError(
            "not_being_fixed", LocalizedText("这张工单不在整改中。", "This ticket is not being fixed.")
        )
    if not reason.strip():
        raise WrongValues({"reason": LocalizedText("请写明理由。", "Say why.")})
    if post.owner not in own_desks(session, actor.person, today):
        behind = stood_in_owners(session, actor.person, today)[post.owner]
        context = context.acting_as(replace(actor, on_behalf_of=behind))
    return ticket, context, post


def _ask(context: ActionContext, ticket: Ticket, cause: str, why: str, reviewer: str) -> None:
    session = context.session
    the_campaign, now = get_campaign(session, ticket.campaign_id), context.now
    zone = the_campaign.zone
    count = statement_workdays(the_campaign.settings)
    due = end_of_day(workdays_after(session, local_day(now, zone), count, zone, ticket.village), zone)
    row = ProgressStatement(ticket_id=ticket.id, cause=cause, asked=why, asked_by_id=context.actor.person)
    row.asked_at, row.due_at = now, due
    session.add(row)
    session.flush()
    ticket.slow = True
    detail = {"note": why} if cause == "mark" else {"days": int(why)}
    record_event(context, "statement_asked", ticket.key, due_at=due, **detail)
    context.engine.start(
        session,
        "progress_statement",
        ticket.key,
        {
            **variables_of(session, ticket),
            "resp_unit": ticket.resp_unit_id,
            "resp_person": ticket.resp_person_id,
            "statement": row.id,
            "statement_by": due.astimezone(zone).isoformat(),
            "reviewer": reviewer,
        },
        context.actor,
    )
