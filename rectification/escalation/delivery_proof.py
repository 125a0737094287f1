"""Who was told what about a thing, when, by which way, and seen when; held against the history."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from engine.database import read_once
from engine.text import LocalizedText
from engine.worklist.selectables import history, work_items
from notifications.notices import Delivery, Notice
from rectification.escalation.acknowledgements import AcknowledgementRequest
from rectification.escalation.digests import notice_key
from rectification.escalation.policy import EscalationStep
from rectification.people.model import Person

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class DeliveryWay:
    """One way out of the installation: ``state`` is queued, sent, failed (tried again) or dead."""

    channel: str
    state: str
    sent_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class SentNotice:
    """One person was told something; ``step`` names the work whose escalation did it."""

    at: dt.datetime
    person: str
    words: LocalizedText
    level: int
    colour: str
    late: bool
    step: str
    with_others: bool
    """The message was about several things at once."""
    ways: tuple[DeliveryWay, ...]
    read_at: dt.datetime | None
    acknowledge_by: dt.datetime | None = None
    """Until when one of those who were told had to acknowledge it."""
    acknowledged_at: dt.datetime | None = None
    acknowledged_by: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryProof:
    """Escalations that the history names, those of them that a message backs, and what one has without the other."""

    in_history: int
    backed: int
    unbacked: int
    unknown: int


def get_sent_notices(session: Session, key: str) -> list[SentNotice]:
    """Every message about a business key, also those about many things at once, the newest first."""
    steps = _steps(session, key)
    by_notice: dict[int, list[Row[Any]]] = defaultdict(list)
    for step in steps:
        if step.notice_id is not None:
            by_notice[step.notice_id].append(step)
    query = select(Notice, Person.name).join(Person, Person.id == Notice.person_id)
    about = or_(Notice.about == key, Notice.id.in_(by_notice))
    rows = session.execute(query.where(about).order_by(Notice.id.desc()).limit(MOST)).all()
    ways = _ways(session, [row.Notice.id for row in rows])
    return [
        _telling(row.Notice, row.name, key, by_notice.get(row.Notice.id, ()), ways.get(row.Notice.id, ()))
        for row in rows
    ]


def _steps(session: Session, key: str) -> list[Row[Any]]:
    """The rules applied for the work of a key, each with the notice that told it."""
    return read_once(session, ("escalation steps", key), lambda: _read_steps(session, key))


def _read_steps(session: Session, key: str) -> list[Row[Any]]:
    query = (
        select(
            *EscalationStep.__table__.c,
            work_items.c.name.label("step"),
            work_items.c.element,
            work_items.c.instance_id,
            Notice.id.label("notice_id"),
            AcknowledgementRequest.due_at.label("acknowledge_by"),
            AcknowledgementRequest.acknowledged_at,
            Person.name.label("acknowledged_by"),
        )
        .join(work_items, work_items.c.id == EscalationStep.work_item_id)
        .outerjoin(Notice, Notice.dedupe == notice_key())
        .outerjoin(
            AcknowledgementRequest,
            (AcknowledgementRequest.work_item_id == EscalationStep.work_item_id)
            & (AcknowledgementRequest.rule == EscalationStep.rule),
        )
        .outerjoin(Person, Person.id == AcknowledgementRequest.by_id)
    )
    return list(session.execute(query.where(work_items.c.key == key).order_by(EscalationStep.id)))


def _ways(session: Session, notices: Sequence[int]) -> Mapping[int, Sequence[DeliveryWay]]:
    ways: dict[int, list[DeliveryWay]] = defaultdict(list)
    query = select(Delivery.notice_id, Delivery.channel, Delivery.state, Delivery.sent_at)
    for row in session.execute(query.where(Delivery.notice_id.in_(notices)).order_by(Delivery.id)):
        ways[row.notice_id].append(DeliveryWay(row.channel, row.state, row.sent_at))
    return ways


_GRAVE: Final = ("red", "yellow", "blue")


def _telling(
    notice: Notice, person: str, key: str, steps: Sequence[Row[Any]], ways: Iterable[DeliveryWay]
) -> SentNotice:
    colours = {step.colour for step in steps}
    awaited = next((step for step in steps if step.acknowledge_by is not None), None)
    return SentNotice(
        notice.at,
        person,
        notice.words,
        notice.level,
        next((colour for colour in _GRAVE if colour in colours), ""),
        any(step.late for step in steps),
        steps[0].step if steps else "",
        notice.about != key,
        tuple(ways),
        notice.read_at,
        *(
            (awaited.acknowledge_by, awaited.acknowledged_at, awaited.acknowledged_by or "")
            if awaited
            else ()
        ),
    )


def get_delivery_proof(session: Session, key: str) -> DeliveryProof:
    """Holds what the history says was told, person by person, against the messages that were written."""
    counts: Counter[tuple[Any, ...]] = Counter()
    query = select(history.c.instance_id, history.c.element, history.c.detail)
    for row in session.execute(query.where(history.c.key == key, history.c.action == "escalated")):
        detail = orjson.loads(row.detail)
        counts.update((row.instance_id, row.element, detail["level"], person) for person in detail["told"])
    kept = Counter(
        (step.instance_id, step.element, step.level, step.person_id)
        for step in _steps(session, key)
        if step.level and step.person_id is not None and step.notice_id is not None
    )
    backed = (counts & kept).total()
    return DeliveryProof(counts.total(), backed, counts.total() - backed, kept.total() - backed)
