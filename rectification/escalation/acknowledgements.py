"""Acknowledging (签收) by leaders: where the escalation's table says so, one of those whom a rule told says that they have it.

Who does not within the table's hours is passed over: whoever is next above is told, once (:mod:`rectification.escalation.apply`).
Work that is done or passed on stops the wait.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, delete, exists, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.errors import AlreadyDone, DomainError, NotAllowed
from engine.owners import post_in
from engine.text import LocalizedText
from engine.worklist.selectables import open_work, work_items
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Id, Model
from rectification.escalation.policy import ABOVE, PASSED_OVER, EscalationStep
from rectification.people.deputies import stood_in_for
from rectification.people.model import Person
from rectification.people.posts import posts_of
from rectification.people.roles import OFFICES, Role

_OPEN: Final = text("acknowledged_at IS NULL AND passed_over_at IS NULL")


class AcknowledgementRequest(Model):
    """One rule of a work item that waits, or waited, for its leader's acknowledgement."""

    __tablename__ = "acknowledgement_requests"
    __table_args__ = (
        UniqueConstraint("work_item_id", "rule"),
        Index("ix_acknowledgement_requests_due", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[Id]
    work_item_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_items.id"))
    rule: Mapped[int]
    level: Mapped[int]
    who: Mapped[str] = mapped_column(String(20))
    colour: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    acknowledged_at: Mapped[dt.datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    passed_over_at: Mapped[dt.datetime | None] = mapped_column(
        comment="whoever is next above was told, or the work was over by then"
    )


_ROLES: Final = {"unit_leader": Role.UNIT_LEADER, **OFFICES}
_FALLBACK: Final = Role.ADMIN
"""Whom a rule tells where its post and those above are vacant."""
"""In which post a rule tells somebody."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a person's acknowledgement."""

    id: int
    key: str
    instance: int
    item: int
    element: str
    definition: int
    process: str
    name: str
    level: int
    colour: str
    due_at: dt.datetime
    passed_over: bool
    """Nobody acknowledged it in time; whoever is next above was told."""


def waiting_for(session: Session, person_id: int, today: dt.date, key: str | None = None) -> list[Waiting]:
    """What a person, or whoever they stand in for, has yet to acknowledge about open work, the most urgent first."""
    hands = stood_in_for(session, person_id, today)
    roles = {post.role for post in posts_of(session, person_id, today)}
    work = open_work.c
    query = (
        select(
            AcknowledgementRequest.id, AcknowledgementRequest.who, AcknowledgementRequest.level, AcknowledgementRequest.colour, AcknowledgementRequest.due_at, AcknowledgementRequest.passed_over_at,
            EscalationStep.person_id, work.key,
            work.instance_id, work.id.label("item"), work.element, work.definition_id, work.process, work.name,
        )
        .join(open_work, work.id == AcknowledgementRequest.work_item_id)
        .join(
            EscalationStep, (EscalationStep.work_item_id == AcknowledgementRequest.work_item_id) & (EscalationStep.rule == AcknowledgementRequest.rule)
        )
        .where(
            AcknowledgementRequest.acknowledged_at.is_(None),
            EscalationStep.person_id.in_({person_id, *hands}),
            EscalationStep.level > 0,
        )
        .order_by(AcknowledgementRequest.due_at, AcknowledgementRequest.id)
    )  # fmt: skip
    if key is not None:
        query = query.where(work.key == key)
    result: dict[int, Waiting] = {}
    for row in session.execute(query):
        mine = row.person_id == person_id and _stands_there(roles, row.who)
        if mine or (row.person_id in hands and _covers(hands[row.person_id], row.who)):
            result[row.id] = Waiting(
                row.id, row.key, row.instance_id, row.item, row.element, row.definition_id, row.process, row.name,
                row.level, row.colour, row.due_at, row.passed_over_at is not None,
            )  # fmt: skip
    return list(result.values())


def _covers(cover: Collection[str] | None, recipient: str) -> bool:
    """Whether a deputy stands in for the post in which a rule told somebody."""
    return cover is None or any(
        (post := post_in(owner)) is not None and post[0] == _ROLES.get(recipient) for owner in cover
    )


def _stands_there(roles: Collection[str], recipient: str) -> bool:
    """Whether somebody in these posts is told by such a rule, or by it where the post is vacant; no deputy of before."""
    if recipient == "owner":
        return True
    place: str | None = recipient
    while place is not None and _ROLES[place] not in roles:
        place = ABOVE.get(place)
    return place is not None or _FALLBACK in roles


def acknowledge(context: ActionContext, number: int) -> None:
    """Say that one has it, for all whom the rule told; a deputy does on behalf of theirs.

    Raises:
        NotAllowed: the rule told somebody else, or told them for somebody for whom they stand in no more.
        AlreadyDone: another did; says who and when.
        DomainError: the work is done, or was passed on.
    """
    session, actor = context.session, context.actor
    row = session.get(AcknowledgementRequest, number, with_for_update=True)
    people = _told(session, row) if row is not None else set()
    if row is None or actor.person is None:
        raise NotAllowed(_NOT_TOLD)
    hands = stood_in_for(session, actor.person, context.today)
    roles = {post.role for post in posts_of(session, actor.person, context.today)}
    others = {person for person, cover in hands.items() if person in people and _covers(cover, row.who)}
    if not others and (actor.person not in people or not _stands_there(roles, row.who)):
        raise NotAllowed(_NOT_TOLD)
    if row.acknowledged_at is not None:
        by = session.get(Person, row.by_id) if row.by_id is not None else None
        raise AlreadyDone(by.name if by else None, row.acknowledged_at)
    item = session.execute(select(work_items).where(work_items.c.id == row.work_item_id)).one()
    if item.closed_at is not None:
        words = LocalizedText(
            "这件事项已经办结或转出，不用再签收。",
            "This work is done or passed on; nothing is left to acknowledge.",
        )
        raise DomainError("over", words)
    own = not others or _ROLES.get(row.who) in roles
    acting = actor if own else replace(actor, on_behalf_of=min(others))
    row.acknowledged_at, row.by_id, row.on_behalf_of_id = context.now, acting.person, acting.on_behalf_of
    record_event(
        context.acting_as(acting), "signed_for", item.key,
        instance=item.instance_id, element=item.element, level=row.level,
    )  # fmt: skip


def _told(session: Session, row: AcknowledgementRequest) -> set[int]:
    steps = select(EscalationStep.person_id).where(
        EscalationStep.work_item_id == row.work_item_id, EscalationStep.rule == row.rule
    )
    return {row for row in session.scalars(steps) if row is not None}


_NOT_TOLD: Final = LocalizedText("没有需要您签收的督办。", "There is nothing for you to acknowledge here.")


# -- what a sweep asks ------------------------------------------------------------------------------


_pending: Final = (
    AcknowledgementRequest.acknowledged_at.is_(None),
    AcknowledgementRequest.passed_over_at.is_(None),
)


def anything_unacknowledged(session: Session, now: dt.datetime) -> bool:
    """Whether somebody's time to acknowledge is over."""
    query = select(AcknowledgementRequest.id).where(*_pending, AcknowledgementRequest.due_at <= now)
    return session.execute(query.limit(1)).first() is not None


def next_unacknowledged(session: Session) -> dt.datetime | None:
    """When the next wait for an acknowledgement is over."""
    query = select(AcknowledgementRequest.due_at).where(*_pending).order_by(AcknowledgementRequest.due_at)
    return session.scalars(query.limit(1)).first()


def take_unacknowledged(
    session: Session, now: dt.datetime, limit: int, only: int | None = None
) -> Sequence[AcknowledgementRequest]:
    """Some of those, or one, held fast, the oldest first; whoever takes them says by ``passed_over_at`` that it is done."""
    query = (
        select(AcknowledgementRequest)
        .where(*_pending, AcknowledgementRequest.due_at <= now)
        .order_by(AcknowledgementRequest.due_at, AcknowledgementRequest.id)
    )
    if only is not None:
        query = query.where(AcknowledgementRequest.id == only)
    return session.scalars(query.limit(limit).with_for_update(skip_locked=True)).all()


def put_off_acknowledgement(session: Session, number: int, at: dt.datetime) -> None:
    """Passing it over failed: it is tried again at this instant."""
    session.execute(
        update(AcknowledgementRequest).where(AcknowledgementRequest.id == number).values(due_at=at)
    )


def wait_again(session: Session, item: int) -> None:
    """Work was taken back: what nobody acknowledged in time while it seemed done is escalated after all."""
    above = exists().where(
        EscalationStep.work_item_id == item, EscalationStep.rule == PASSED_OVER - AcknowledgementRequest.rule
    )
    waits = (
        AcknowledgementRequest.work_item_id == item,
        AcknowledgementRequest.acknowledged_at.is_(None),
        ~above,
    )
    session.execute(update(AcknowledgementRequest).where(*waits).values(passed_over_at=None))


def forget_ahead(session: Session, item: int, rules: Collection[int]) -> None:
    """Wait no more for what these rules of a work item asked: its date moved, and they lie ahead again."""
    waits = (
        AcknowledgementRequest.work_item_id == item,
        AcknowledgementRequest.rule.in_(rules),
        AcknowledgementRequest.acknowledged_at.is_(None),
    )
    session.execute(delete(AcknowledgementRequest).where(*waits))


def notified_people(
    session: Session, rows: Collection[AcknowledgementRequest]
) -> Mapping[tuple[int, int], set[int]]:
    """Whom the rules of these told, by work item and rule."""
    steps = select(EscalationStep.work_item_id, EscalationStep.rule, EscalationStep.person_id).where(
        EscalationStep.work_item_id.in_({row.work_item_id for row in rows})
    )
    people: dict[tuple[int, int], set[int]] = defaultdict(set)
    for item, rule, person in session.execute(steps):
        if person is not None:
            people[item, rule].add(person)
    return people
