"""What waits in the outbox: the questions and the writing of whoever carries it out, made once.

Making them takes longer than the database does, and one statement for many letters holds the writers' turn for
milliseconds where one for each held it for tenths of seconds.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)

from engine.database import BigId, metadata
from engine.sql_arrays import in_list, parameter_rows
from notifications.endpoints import Endpoint
from notifications.notices import Delivery, Notice, readers
from notifications.preferences import NotificationHours

_DELIVERIES: Final = metadata.tables[Delivery.__tablename__]
_ENDPOINTS: Final = metadata.tables[Endpoint.__tablename__]
_NOW: Final = bindparam("now", type_=Delivery.next_try_at.type)
_PENDING: Final = Delivery.state.in_([literal_column("'queued'"), literal_column("'failed'")])
_WAITS: Final = and_(_PENDING, Delivery.next_try_at <= _NOW)
"""The states stand in the statement as they stand in the index of what waits: as values they would keep it from use."""
_MAY_GO: Final = or_(Endpoint.next_at.is_(None), Endpoint.next_at <= _NOW)

CHANNELS: Final = select(Delivery.channel).outerjoin(Endpoint).where(_WAITS, _MAY_GO).distinct()
"""The channels through which something is due at ``now``."""

STILL_DUE: Final = select(Delivery.id, Delivery.address, Delivery.message_id, Delivery.attempts).where(
    _WAITS, in_list(Delivery.id, "numbers")
)

SENT_DIGESTS: Final = (
    select(Delivery.digest_key)
    .where(in_list(Delivery.digest_key, "keys"), Delivery.state == "sent")
    .distinct()
)
"""Which of the ``keys`` name a digest that was sent."""


def _due() -> Select[*tuple[Any, ...]]:
    """Everything that is due to those who have waited longest, ``places`` of them at most, about ``notices`` in all.

    Addresses at which a try failed (``slow``) come after all others.
    """
    place = (Delivery.address, func.coalesce(Delivery.endpoint_id, literal_column("0")))
    through = Delivery.channel == bindparam("channel", type_=String)
    due = (_WAITS, through, _MAY_GO)
    slow = _slow_places(through)
    is_slow = func.max(case((slow.c.address.is_(None), literal_column("0")), else_=literal_column("1")))
    places = (
        select(
            place[0].label("address"),
            place[1].label("endpoint"),
            func.count().label("many"),
            func.min(Delivery.next_try_at).label("since"),
            is_slow.label("slow"),
        )
        .outerjoin(Endpoint)
        .outerjoin(slow, and_(slow.c.address == place[0], slow.c.endpoint == place[1]))
        .where(*due)
        .group_by(*place)
        .subquery()
    )
    order = (places.c.slow, places.c.since, places.c.address, places.c.endpoint)
    before = (func.sum(places.c.many).over(order_by=order) - places.c.many).label("before")
    first = (
        select(places.c.address, places.c.endpoint, places.c.slow, before)
        .order_by(*order)
        .limit(bindparam("places", type_=Integer))
        .subquery()
    )
    chosen = (
        select(first.c.address, first.c.endpoint, first.c.slow)
        .where(first.c.before < bindparam("notices", type_=Integer))
        .subquery()
    )
    return (
        select(
            Delivery.id, Delivery.address, Delivery.endpoint_id, Delivery.digest_key, Delivery.message_id, Delivery.attempts,
            Notice.words_zh, Notice.words_en, Notice.link, Notice.kind, Notice.urgent, Notice.person_id, Notice.at,
            readers.c.name, readers.c.language, NotificationHours.person_id.label("habit"), NotificationHours.quiet_from, NotificationHours.quiet_until,
            NotificationHours.digest_at, Endpoint.address.label("endpoint_address"), Endpoint.secret, Endpoint.language.label("spoken"),
            chosen.c.slow,
        )
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(readers, readers.c.id == Notice.person_id)
        .outerjoin(NotificationHours, NotificationHours.person_id == Notice.person_id)
        .outerjoin(Endpoint, Endpoint.id == Delivery.endpoint_id)
        .join(chosen, and_(chosen.c.address == place[0], chosen.c.endpoint == place[1]))
        .where(*due)
    )  # fmt: skip


def _slow_places(through: ColumnElement[bool]) -> Subquery:
    """Where a delivery was tried, failed, and has not arrived since."""
    failed = Delivery.state == literal_column("'failed'")
    place = (Delivery.address.label("address"), func.coalesce(Delivery.endpoint_id, 0).label("endpoint"))
    return select(*place).where(_PENDING, failed, Delivery.attempts > 0, through).distinct().subquery()


DUE: Final = _due()


_KEYED: Final = parameter_rows("rows", id=BigId, said=Text())
_THEIRS: Final = _DELIVERIES.c.id == _KEYED.c.id
_AGAIN: Final = bindparam("again", type_=Delivery.next_try_at.type)
_LATER: Final = update(_DELIVERIES).values(next_try_at=_AGAIN)

PUT_OFF: Final = _LATER.where(in_list(_DELIVERIES.c.id, "numbers"))
JOIN_DIGEST: Final = _LATER.values(digest_key=_KEYED.c.said).where(_THEIRS)
"""Of ``rows``: a delivery and the digest's key."""
LEASE: Final = _LATER.values(message_id=_KEYED.c.said).where(_THEIRS)
"""Of ``rows``: a delivery and the Message-ID of its letter."""
REST: Final = update(_ENDPOINTS).where(in_list(_ENDPOINTS.c.id, "numbers")).values(next_at=_AGAIN)
"""Endpoint that are told nothing before ``again``."""

SENT: Final = (
    update(_DELIVERIES)
    .where(in_list(_DELIVERIES.c.id, "numbers"))
    .values(state="sent", sent_at=_NOW, attempts=_DELIVERIES.c.attempts + 1, last_error=None)
)
NOT_SENT: Final = _LATER.values(
    state=bindparam("became", type_=String),
    attempts=_DELIVERIES.c.attempts + bindparam("tried", type_=Integer),
    last_error=_KEYED.c.said,
).where(_THEIRS)
"""Of ``rows``: a delivery and what the other side said."""
ALONE: Final = update(_DELIVERIES).where(in_list(_DELIVERIES.c.id, "numbers")).values(message_id=None)
"""Deliveries whose letter goes without them: they travel in one of their own."""
