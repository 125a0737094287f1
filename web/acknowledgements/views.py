"""What waits for a leader's acknowledgement, as pages and programs tell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.worklist.selectables import work_items
from rectification.campaigns.model import COLOURS
from rectification.escalation.acknowledgements import waiting_for
from rectification.matters.timezone import Zones
from web.components.subject_cards import owners_words, path_of, places_of
from web.dates import DateFormatter
from web.i18n import translate
from web.names import step_name

if TYPE_CHECKING:
    from web.context import RequestContext


@dataclass(frozen=True, slots=True)
class PendingAcknowledgement:
    """One escalation to be acknowledged: the step that is late, whose it is and since when, what it is about, and until when."""

    id: int
    key: str
    what: str
    where: str
    owner: str
    late_since: dt.datetime | None
    path: str
    level: int
    colour: str
    mark: str
    due_at: dt.datetime
    calendar: DateFormatter
    """Says both in the zone of the campaign to which the step belongs."""
    passed_over: bool


def to_acknowledge(
    context: RequestContext, session: Session, key: str | None = None
) -> list[PendingAcknowledgement]:
    """What waits for the reader, about one key or at all, the most urgent first."""
    acknowledgements = waiting_for(session, context.user.person, context.calendar.today, key)
    places = places_of(session, [acknowledgement.key for acknowledgement in acknowledgements])
    engine = context.application.engine
    work = _work(
        session, [acknowledgement.item for acknowledgement in acknowledgements], context.calendar.now
    )
    return [
        PendingAcknowledgement(
            acknowledgement.id, acknowledgement.key, step_name(engine, session, acknowledgement.definition, acknowledgement.process, acknowledgement.element, acknowledgement.name),
            places.get(acknowledgement.key, ""), *work[acknowledgement.item][:2], path_of(acknowledgement.key) or f"/work-items/{acknowledgement.item}", acknowledgement.level, acknowledgement.colour,
            translate(COLOURS[acknowledgement.colour]) if acknowledgement.colour in COLOURS else "", acknowledgement.due_at, work[acknowledgement.item][2], acknowledgement.passed_over,
        )
        for acknowledgement in acknowledgements
    ]  # fmt: skip


def _work(
    session: Session, items: Sequence[int], now: dt.datetime
) -> dict[int, tuple[str, dt.datetime | None, DateFormatter]]:
    """Whose each work item is, when it was due, and what says such times."""
    if not items:
        return {}
    work, zones = work_items.c, Zones(session)
    query = select(work.id, work.owner, work.due_at, work.work_scope).where(work.id.in_(items))
    rows = session.execute(query).all()
    owners = owners_words(session, (row.owner for row in rows))
    return {
        row.id: (owners[row.owner], row.due_at, DateFormatter(zones.of_work(row.work_scope), now))
        for row in rows
    }
