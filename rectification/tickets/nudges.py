"""Nudges (催办): whoever a ticket waits for is reminded by hand, once a day and ticket at most."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import DomainError, NotAllowed
from engine.text import LocalizedText
from engine.worklist.selectables import candidates, history, open_work
from notifications.outbox import NotificationRequest, notify_many
from rectification.access.permissions import may_see
from rectification.campaigns.model import get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.matters.status import is_open
from rectification.matters.ticket import Ticket, get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.people.deputies import reached
from rectification.people.posts import posts_of
from rectification.people.roles import Role

NUDGERS: Final = frozenset(
    {Role.TEAM_LEAD, Role.VILLAGE_OFFICE, Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE}
    | {Role.LINE_DEPT, Role.UNIT_LEADER, Role.INSPECTOR}
)
"""Roles that press others to get on with it."""
TODAY: Final = LocalizedText(
    "今天已经催办过，请明天再催。", "Already nudged today. Please wait until tomorrow."
)


def may_nudge(roles: Iterable[str]) -> bool:
    """Whether somebody with these roles may remind others at all."""
    return not NUDGERS.isdisjoint(roles)


def nudge(context: ActionContext, number: int) -> list[int]:
    """Remind whoever the ticket waits for; returns the people who were told.

    Raises:
        NotAllowed: the asker sees no such ticket, or does not lead.
        DomainError: it waits for nobody, for the asker alone, or they were reminded today already.
    """
    session = context.session
    ticket = get_ticket(session, number)
    context = context.in_zone(get_campaign(session, ticket.campaign_id).zone)
    today = context.today
    _let_through(context, ticket)
    if not is_open(ticket.status):
        raise DomainError(
            "nothing_open",
            LocalizedText("这张工单已不在办理中，不用催办。", "This ticket is no longer being worked on."),
        )
    if _nudged_since(session, ticket, dt.datetime.combine(today, dt.time(), context.zone)):
        raise DomainError("nudged_today", TODAY)
    people = sorted(_waited_for(session, ticket, today) - {context.actor.person or 0})
    if not people:
        raise DomainError(
            "nobody", LocalizedText("这一步现在没有别人要催办。", "There is nobody else to nudge right now.")
        )
    name = ticket_name(session, ticket)
    words = LocalizedText(
        f"{context.actor.name} 催办{name.zh.strip()}，请抓紧办理。",
        f"{context.actor.name} asks you to get on with {name.en}.",
    )
    new = notify_many(session, [_telling(ticket, person, words, today) for person in people], context.now)
    if not new:
        raise DomainError("nudged_today", TODAY)
    record_event(context, "nudged", ticket.key, told=people)
    return people


def _let_through(context: ActionContext, ticket: Ticket) -> None:
    if context.actor.person is None or not may_see(
        context.session, context.actor.person, ticket.key, context.today
    ):
        raise NotAllowed(LocalizedText("您看不到这张工单。", "You cannot see this ticket."))
    if not may_nudge(post.role for post in posts_of(context.session, context.actor.person, context.today)):
        raise NotAllowed(LocalizedText("您的岗位不能催办。", "Your post does not nudge others."))


def _nudged_since(session: Session, ticket: Ticket, at: dt.datetime) -> bool:
    query = select(history.c.id).where(history.c.key == ticket.key, history.c.action == "nudged")
    return session.execute(query.where(history.c.at >= at).limit(1)).first() is not None


def _waited_for(session: Session, ticket: Ticket, today: dt.date) -> set[int]:
    query = select(open_work.c.id, open_work.c.owner).where(open_work.c.key == ticket.key)
    rows = session.execute(query).all()
    shared = select(candidates.c.owner).where(candidates.c.work_item_id.in_([row.id for row in rows]))
    owners = {row.owner for row in rows} | set(session.scalars(shared))
    return {person for people in reached(session, owners, today).values() for person in people}


def _telling(ticket: Ticket, person: int, words: LocalizedText, today: dt.date) -> NotificationRequest:
    return NotificationRequest(
        person, kind="nudged", about=ticket.key, words=words, link=f"/tickets/{ticket.id}", urgent=True,
        dedupe=f"nudged:{ticket.id}:{person}:{today}",
    )  # fmt: skip
