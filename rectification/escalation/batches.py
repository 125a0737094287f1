"""Batches: the rules that are applied together are told together, once a person and level, however many transactions it takes.

A batch is open while steps join it. Once nothing more is due it is closed, and people are told in the order of their
numbers; how far that came stands in the batch's row, so that whoever goes on after a crash tells nobody twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Index, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId, rows_of
from rectification.core.model import Id, Model
from rectification.escalation.policy import EscalationStep

PATIENCE: Final = dt.timedelta(minutes=1)
"""So long recipients wait for the rest of the batch."""

_UNTOLD: Final = text("notified_at IS NULL")


class EscalationBatch(Model):
    """Steps of escalations that are told together."""

    __tablename__ = "escalation_batches"
    __table_args__ = (
        Index("ix_escalation_batches_untold", "id", sqlite_where=_UNTOLD, postgresql_where=_UNTOLD),
    )

    id: Mapped[Id]
    opened_at: Mapped[dt.datetime]
    open: Mapped[bool | None] = mapped_column(
        unique=True, comment="true while steps join it, NULL from then on"
    )
    first_step: Mapped[int] = mapped_column(BigId, default=0, comment="every step that joined it came later")
    notified_up_to: Mapped[int] = mapped_column(
        BigId, default=0, comment="people up to this number have been told"
    )
    notified_at: Mapped[dt.datetime | None] = mapped_column(comment="everybody has been told")


def current_batch(session: Session, now: dt.datetime) -> int:
    """The batch that steps join now; it stays open until their transaction ends."""
    batch: int | None = None
    while batch is None:
        rows: Sequence[Any] = rows_of(session, _OPEN, {})
        batch = rows[0][0] if rows else None
        if batch is None:
            dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
            last = select(func.coalesce(func.max(EscalationStep.id), 0)).scalar_subquery()
            adding = dialect.insert(EscalationBatch).values(
                opened_at=now, open=True, first_step=last, notified_up_to=0
            )
            session.execute(adding.on_conflict_do_nothing(index_elements=["open"]))
    return batch


def get_unannounced(session: Session) -> EscalationBatch | None:
    """The first batch of which somebody may have to be told."""
    return session.scalar(_FIRST_UNTOLD)


def close(session: Session, batch: int) -> None:
    """Let no more steps join a batch; waits for those who are about to."""
    session.execute(update(EscalationBatch).where(EscalationBatch.id == batch).values(open=None))


def claim(session: Session, batch: int, notified_up_to: int) -> bool:
    """Whether the telling of a batch has come no further, so that it is for us to tell whoever comes next."""
    same = select(EscalationBatch.id).where(
        EscalationBatch.id == batch,
        EscalationBatch.notified_up_to == notified_up_to,
        EscalationBatch.notified_at.is_(None),
    )
    return session.scalar(same.with_for_update()) is not None


def note_progress(session: Session, batch: int, up_to: int) -> None:
    """Keep how far the telling of a batch has come."""
    session.execute(update(EscalationBatch).where(EscalationBatch.id == batch).values(notified_up_to=up_to))


def mark_announced(session: Session, batch: int, now: dt.datetime) -> None:
    """Nobody is left who must be told of a batch."""
    session.execute(update(EscalationBatch).where(EscalationBatch.id == batch).values(notified_at=now))


_OPEN: Final = select(EscalationBatch.id).where(EscalationBatch.open.is_(True)).with_for_update(read=True)
_FIRST_UNTOLD: Final = (
    select(EscalationBatch).where(EscalationBatch.notified_at.is_(None)).order_by(EscalationBatch.id).limit(1)
)
