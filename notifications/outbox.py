"""The outbox: what people are told stands here before the change that causes it is committed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Insert,
    String,
    Text,
    and_,
    bindparam,
    case,
    cast,
    insert,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from engine.clock import written_at
from engine.database import BigId, metadata
from engine.sql_arrays import parameter_rows
from engine.text import LocalizedText
from notifications import live_updates
from notifications.devices import PUSH, Device
from notifications.endpoints import Endpoint
from notifications.notices import Delivery, Notice, readers
from notifications.preferences import NotificationPreference, matter_of

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NotificationRequest:
    """One thing to tell one person. The same ``dedupe`` is told once, whoever tells it.

    Without ``mail`` it is told in the app alone. What ``must`` be told comes by mail and on devices whatever
    the reader prefers.
    """

    person_id: int
    kind: str
    about: str
    words: LocalizedText
    link: str
    level: int = 0
    urgent: bool = False
    dedupe: str | None = None
    mail: bool = True
    must: bool = False


def notify_many(session: Session, rows: Sequence[NotificationRequest], now: dt.datetime) -> int:
    """Tell many people many things at once; returns how many notices are new."""
    new, now = 0, written_at(now)
    for mail, must in ((True, True), (True, False), (False, True), (False, False)):
        result = [row for row in rows if row.mail is mail and row.must is must]
        for first in range(0, len(result), _AT_ONCE):
            new += _tell(session, result[first : first + _AT_ONCE], now, outside=mail or must, must=must)
    return new


def _tell(
    session: Session, rows: Sequence[NotificationRequest], now: dt.datetime, *, outside: bool, must: bool
) -> int:
    dialect = session.get_bind().dialect.name
    notices = {"rows": [_row(row) for row in rows], "at": now}
    numbers = [number for (number,) in session.connection().execute(_ADD_NOTICES[dialect], notices).all()]
    live_updates.note(session, {row.person_id for row in rows} if numbers else ())
    if numbers and outside:
        parameters = {"numbers": numbers, "now": now, "day": f":{now:%Y-%m-%d}"}
        for statement in (*(_THAT_MUST if must else _AS_PREFERRED), _TO_ENDPOINTS):
            session.connection().execute(statement, parameters)
    return len(numbers)


def _row(notification_request: NotificationRequest) -> tuple[Any, ...]:
    """As ``_adding`` reads it."""
    about = (
        notification_request.person_id,
        notification_request.kind,
        notification_request.about,
        notification_request.words.zh,
        notification_request.words.en,
    )
    return (
        *about,
        notification_request.link,
        notification_request.level,
        notification_request.urgent,
        notification_request.dedupe,
    )


def _adding(dialect: Any) -> Any:
    """A notice for each row, but for what was told already; its number is the answer."""
    notice = metadata.tables[Notice.__tablename__].c
    texts = {name: Text() for name in ("kind", "about", "words_zh", "words_en", "link")}
    rows = parameter_rows(
        "rows", person_id=BigId, **texts, level=BigId, urgent=notice.urgent.type, dedupe=Text()
    )
    query = select(bindparam("at", type_=notice.at.type), *rows.c).where(true())
    added = dialect.insert(notice.id.table).from_select(["at", *rows.c.keys()], query)
    return added.on_conflict_do_nothing(index_elements=["dedupe"]).returning(notice.id)


def _preferred() -> ColumnElement[bool]:
    return and_(
        NotificationPreference.person_id == Notice.person_id, NotificationPreference.matter == matter_of()
    )


_QUEUED: Final = ("state", "attempts", "next_try_at", "digest_key")
_NUMBERS: Final = Notice.id.in_(bindparam("numbers", expanding=True))


def _queued(way: str, whose: Any = Notice.person_id) -> tuple[ColumnElement[Any], ...]:
    """As ``_QUEUED`` names them: what is not urgent shares one message a person (or device) and day."""
    shared = literal(f"{way}:") + cast(whose, String) + bindparam("day", type_=String)
    at = bindparam("now", type_=Delivery.next_try_at.type)
    return literal("queued"), literal(0), at, case((Notice.urgent, None), else_=shared)


def _mails(must: bool) -> Insert:
    """A mail for each notice whose reader has an address and wants it so; what must be told comes anyway."""
    columns = ["notice_id", "channel", "address", *_QUEUED]
    query = (
        select(Notice.id, literal("mail"), readers.c.email, *_queued("mail"))
        .join(readers, readers.c.id == Notice.person_id)
        .outerjoin(NotificationPreference, _preferred())
        .where(_NUMBERS, readers.c.active, readers.c.email.is_not(None), readers.c.email != "")
    )
    if not must:
        query = query.where(or_(NotificationPreference.mail.is_(None), NotificationPreference.mail))
    return insert(_DELIVERIES).from_select(columns, query.order_by(Notice.id))


def _to_endpoints() -> Insert:
    """A message for each notice whose reader has chosen an endpoint for its matter."""
    columns = ["notice_id", "channel", "address", "endpoint_id", *_QUEUED]
    query = (
        select(Notice.id, Endpoint.kind, Endpoint.name, Endpoint.id, *_queued("endpoint"))
        .join(readers, readers.c.id == Notice.person_id)
        .join(NotificationPreference, _preferred())
        .join(Endpoint, Endpoint.id == NotificationPreference.endpoint_id)
        .where(_NUMBERS, readers.c.active, Endpoint.active)
    )
    return insert(_DELIVERIES).from_select(columns, query.order_by(Notice.id))


def _to_devices(must: bool) -> Insert:
    """A notification for each device of a reader who wants it so; what must be told comes anyway."""
    columns = ["notice_id", "channel", "address", "endpoint_id", *_QUEUED]
    query = (
        select(Notice.id, literal(PUSH), Endpoint.name, Endpoint.id, *_queued("device", Device.endpoint_id))
        .join(readers, readers.c.id == Notice.person_id)
        .join(Device, Device.person_id == Notice.person_id)
        .join(Endpoint, Endpoint.id == Device.endpoint_id)
        .outerjoin(NotificationPreference, _preferred())
        .where(_NUMBERS, readers.c.active)
    )
    if not must:
        query = query.where(or_(NotificationPreference.devices.is_(None), NotificationPreference.devices))
    return insert(_DELIVERIES).from_select(columns, query.order_by(Notice.id))


_DELIVERIES: Final = metadata.tables[Delivery.__tablename__]
_THAT_MUST, _AS_PREFERRED = ((_mails(must), _to_devices(must)) for must in (True, False))
_TO_ENDPOINTS: Final = _to_endpoints()
_ADD_NOTICES: Final = {"sqlite": _adding(sqlite), "postgresql": _adding(postgresql)}
"""Made once: making them takes longer than the database does."""
