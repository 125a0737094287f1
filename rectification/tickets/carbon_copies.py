"""Copies (抄送): somebody is sent a ticket to read, that one and to read only; when they read it stands on it.

Whoever sent it can withdraw it; that it was sent, and read, stays in the history.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ForeignKey, Index, Row, select, update
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from engine.database import read_once
from engine.errors import DomainError, NotAllowed, NotFound, WrongValues
from engine.text import LocalizedText
from notifications.outbox import NotificationRequest, notify_many
from rectification.access.permissions import may_see, viewers_of_ticket
from rectification.access.selectable_people import ELSEWHERE, are_elsewhere
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import parse_id, split_key, ticket_key
from rectification.core.model import Id, LongText, Model
from rectification.matters.consultation import is_asked
from rectification.matters.ticket import get_ticket
from rectification.matters.ticket_name import ticket_name
from rectification.people.model import Person, names_of

LONGEST: Final = 500
MOST: Final = 20
"""People to whom a ticket is copied at once."""
LOOK_ONLY: Final = LocalizedText(
    "这张工单是抄送给您的，只能查看。", "This ticket was copied to you; you can read it and nothing else."
)


class CarbonCopy(Model):
    """One ticket that one person was sent to read."""

    __tablename__ = "carbon_copies"
    __table_args__ = (Index("ix_carbon_copies_person", "person_id", "ticket_id"),)

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    note: Mapped[LongText]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
    read_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]


_IN_HAND: Final = CarbonCopy.withdrawn_at.is_(None)


@dataclass(frozen=True, slots=True)
class SentCopy:
    """A copy as the ticket tells of it."""

    id: int
    to: str
    by: str
    by_id: int
    note: str
    at: dt.datetime
    read_at: dt.datetime | None
    withdrawn_at: dt.datetime | None


def may_read(session: Session, person_id: int, key: str, today: dt.date) -> bool:
    """Whether a person may see what a business key names, or was sent a copy of it."""
    return may_see(session, person_id, key, today) or was_sent(session, person_id, key)


def readers_of_ticket(session: Session, people: Collection[int], number: int, today: dt.date) -> set[int]:
    """Those of these people who may see a ticket, or were sent a copy of it."""
    query = select(CarbonCopy.person_id).where(CarbonCopy.ticket_id == number, _IN_HAND)
    return viewers_of_ticket(session, people, number, today) | {*people}.intersection(session.scalars(query))


def was_sent(session: Session, person_id: int, key: str) -> bool:
    """Whether a person was sent a copy of a ticket (``ticket:17``, ``comments:17``)."""
    kind, name = split_key(key)
    number = parse_id(name)
    if kind not in ("ticket", "comments") or number is None:
        return False
    query = select(CarbonCopy.id).where(
        CarbonCopy.person_id == person_id, CarbonCopy.ticket_id == number, _IN_HAND
    )
    return session.execute(query.limit(1)).first() is not None


def send_copies(context: ActionContext, number: int, people: Collection[int], note: str = "") -> None:
    """Send a ticket to people to read.

    Raises:
        NotAllowed: the actor does not see the ticket, or has it as a copy alone.
        WrongValues: nobody is chosen, or somebody to whom it cannot go.
    """
    session, actor = context.session, context.actor
    ticket = get_ticket(session, number)
    if actor.person is None or not may_see(session, actor.person, ticket.key, context.today):
        raise NotAllowed(LOOK_ONLY)
    names = _receivers(context, number, people)
    if len(note) > LONGEST:
        raise WrongValues(
            {"note": LocalizedText(f"不能超过 {LONGEST} 字。", f"At most {LONGEST} characters.")}
        )
    session.add_all(
        CarbonCopy(ticket_id=number, person_id=person, note=note, by_id=actor.person, at=context.now)
        for person in sorted(names)
    )
    name = ticket_name(session, ticket)
    words = LocalizedText(
        f"{actor.name} 将{name.zh}抄送给您{'：' + note if note else '，请阅。'}",
        f"{actor.name} sends you a copy of {name.en}{': ' + note if note else '.'}",
    )
    link = f"/tickets/{number}"
    notify_many(
        session,
        [NotificationRequest(person, "copied", ticket.key, words, link) for person in sorted(names)],
        context.now,
    )
    recipients = sorted(names)
    record_event(context, "copied", ticket.key, instance=ticket.instance_id, told=recipients, text=note)


def _receivers(context: ActionContext, number: int, people: Collection[int]) -> dict[int, str]:
    session, me = context.session, context.actor.person or 0
    names = names_of(session, people)
    active = set(session.scalars(select(Person.id).where(Person.id.in_(people), Person.active)))
    query = select(CarbonCopy.person_id).where(
        CarbonCopy.ticket_id == number, CarbonCopy.read_at.is_(None), _IN_HAND
    )
    waiting = set(session.scalars(query.where(CarbonCopy.person_id.in_(people)).order_by(CarbonCopy.id)))
    problem: LocalizedText | None = None
    if not people:
        problem = LocalizedText("请选择抄送给谁。", "Choose who is to read it.")
    elif len(people) > MOST:
        problem = LocalizedText(f"一次最多抄送 {MOST} 人。", f"At most {MOST} people at once.")
    elif me in people:
        problem = LocalizedText("不用抄送给自己。", "You need no copy yourself.")
    elif not active.issuperset(people):
        problem = LocalizedText(
            "所选人员已不在岗，请重新选择。", "Somebody chosen no longer works here; choose again."
        )
    elif are_elsewhere(session, me, people, context.today, ticket_key(number)):
        problem = ELSEWHERE
    elif waiting:
        called = "、".join(names[person] for person in sorted(waiting))
        problem = LocalizedText(
            f"已抄送给{called}，对方还没有阅读。", f"{called} already has a copy and has not read it yet."
        )
    if problem is not None:
        raise WrongValues({"people": problem})
    return names


def withdraw_copy(context: ActionContext, number: int, which: int) -> None:
    """Let whoever was sent a copy read it no more, if nothing else lets them; one withdrawn before stays so.

    Raises:
        NotFound: there is no such copy of this ticket.
        NotAllowed: somebody else sent it.
        DomainError: it goes with a question that they have yet to answer.
    """
    session = context.session
    row = session.get(CarbonCopy, which)
    if row is None or row.ticket_id != number:
        raise NotFound
    if row.by_id != context.actor.person:
        raise NotAllowed(
            LocalizedText("只有发送人可以撤回抄送。", "Only whoever sent a copy withdraws it."), "not_yours"
        )
    if row.withdrawn_at is not None:
        return
    if is_asked(session, row.person_id, number):
        words = LocalizedText(
            "对方还在就这张工单答复意见或办理委派事项；请先撤回征求。",
            "They have yet to answer a question about this ticket; take that back first.",
        )
        raise DomainError("still_asked", words)
    row.withdrawn_at = context.now
    ticket = get_ticket(session, number)
    record_event(context, "copy_withdrawn", ticket.key, instance=ticket.instance_id, told=[row.person_id])


def note_read(context: ActionContext, number: int) -> None:
    """Keep that somebody has read the copies that they were sent."""
    mine = (
        CarbonCopy.ticket_id == number,
        CarbonCopy.person_id == context.actor.person,
        CarbonCopy.read_at.is_(None),
        _IN_HAND,
    )
    read = context.session.execute(
        update(CarbonCopy).where(*mine).values(read_at=context.now).returning(CarbonCopy.id)
    ).all()
    if read:
        record_event(context, "copy_read", ticket_key(number))


def is_unread(session: Session, person_id: int, number: int) -> bool:
    """Whether a copy waits to be read by somebody."""
    return any(
        row.CarbonCopy.person_id == person_id
        and row.CarbonCopy.read_at is None
        and row.CarbonCopy.withdrawn_at is None
        for row in _copies(session, number)
    )


def copies_of(session: Session, number: int) -> Sequence[SentCopy]:
    """To whom a ticket was copied, the newest first."""
    return [
        SentCopy(
            row.CarbonCopy.id,
            row.name,
            row.by,
            row.CarbonCopy.by_id,
            row.CarbonCopy.note,
            row.CarbonCopy.at,
            row.CarbonCopy.read_at,
            row.CarbonCopy.withdrawn_at,
        )
        for row in _copies(session, number)
    ]


def _copies(session: Session, number: int) -> Sequence[Row[CarbonCopy, str, str]]:
    """The copies of a ticket with the names of both sides; a page asks what is unread and then shows all."""
    sender = aliased(Person)
    query = (
        select(CarbonCopy, Person.name, sender.name.label("by"))
        .join(Person, Person.id == CarbonCopy.person_id)
        .join(sender, sender.id == CarbonCopy.by_id)
        .where(CarbonCopy.ticket_id == number)
        .order_by(CarbonCopy.id.desc())
    )
    return read_once(session, ("copies", number), lambda: session.execute(query).all())
