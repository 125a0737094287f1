"""The ledger of deliveries as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session, aliased

from engine.text import LocalizedText
from notifications.devices import PUSH
from notifications.endpoints import KINDS, Endpoint
from notifications.notices import Delivery, Notice
from notifications.resending import STILL_THERE
from rectification.people.model import Person

STATES: Final[dict[str, LocalizedText]] = {
    "queued": LocalizedText("待发", "queued"),
    "failed": LocalizedText("将重试", "will be tried again"),
    "dead": LocalizedText("未送达", "not delivered"),
    "sent": LocalizedText("已送出", "sent"),
}
WAYS: Final[dict[str, LocalizedText]] = {
    "mail": LocalizedText("邮件", "mail"),
    PUSH: LocalizedText("设备通知", "device"),
    **KINDS,
}


def tally(session: Session, whose: ColumnElement[bool]) -> dict[str, int]:
    """How many deliveries stand in each state."""
    query = (
        select(Delivery.state, func.count().label("number"))
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(Person, Person.id == Notice.person_id)
        .where(whose)
        .group_by(Delivery.state)
    )
    return {row.state: row.number for row in session.execute(query)}


def anything_to_resend(session: Session, whose: ColumnElement[bool]) -> bool:
    """Whether something was given up whose address is still there."""
    query = (
        select(Delivery.id)
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .where(whose, Delivery.state == "dead", STILL_THERE)
    )
    return session.execute(query.limit(1)).first() is not None


def page_of(
    session: Session, whose: ColumnElement[bool], *, state: str, text: str, before: int | None, limit: int
) -> list[Row[Delivery, Notice, str, bool]]:
    """One page, the newest first: the delivery, the notice, whom it is for and whether it can be sent again."""
    query = (
        select(Delivery, Notice, Person.name, STILL_THERE)
        .outerjoin(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(Person, Person.id == Notice.person_id)
        .where(whose)
    )
    if state in STATES:
        query = query.where(Delivery.state == state)
    if text:
        query = query.where(
            Person.name.contains(text, autoescape=True) | Delivery.address.contains(text, autoescape=True)
        )
    if before is not None:
        query = query.where(Delivery.id < before)
    return list(session.execute(query.order_by(Delivery.id.desc()).limit(limit)).all())


@dataclass(frozen=True, slots=True)
class Refused:
    """A person whose present mail address was refused, and nothing has reached it since."""

    name: str
    address: str
    reason: LocalizedText | None


def refused(session: Session, whose: ColumnElement[bool], limit: int = 50) -> list[Refused]:
    """The addresses that need somebody to look at them."""
    later = aliased(Delivery)
    reached = (
        select(later.id)
        .where(later.address == Delivery.address, later.state == "sent", later.id > Delivery.id)
        .exists()
    )
    newest = (
        select(func.max(Delivery.id))
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(Person, Person.id == Notice.person_id)
        .where(
            whose,
            Delivery.channel == "mail",
            Delivery.state == "dead",
            Delivery.address == Person.email,
            ~reached,
        )
        .group_by(Person.id)
    )
    query = (
        select(Person.name, Delivery.address, Delivery.last_error)
        .join(Notice, Notice.person_id == Person.id)
        .join(Delivery, Delivery.notice_id == Notice.id)
        .where(Delivery.id.in_(newest))
        .order_by(Person.name)
        .limit(limit)
    )
    return [Refused(row.name, row.address, row.last_error) for row in session.execute(query)]
