"""Levels that are owed (补告): they fell due while nobody held the post that they tell, and go to whoever holds it next.

Whoever is next above was told meanwhile; :mod:`rectification.escalation.owed` tells the highest of them when somebody is back.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ForeignKey, String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.worklist.selectables import work_items
from rectification.core.model import Id, Model


class OwedEscalation(Model):
    """One rule of a work item's escalation is owed to one desk."""

    __tablename__ = "owed_escalations"

    id: Mapped[Id]
    work_item_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_items.id"), index=True)
    rule: Mapped[int]
    desk: Mapped[str] = mapped_column(
        String(200), index=True, comment="post:role@area or person:ID on which nobody was found"
    )
    work_owner: Mapped[str] = mapped_column(String(200), comment="whose the work was then")
    look_at: Mapped[dt.datetime | None] = mapped_column(comment="telling it failed: not before this instant")


def owe(session: Session, rows: Collection[Mapping[str, object]]) -> None:
    """Keep what is owed: work item, rule, desk and the work's owner of each."""
    if rows:
        session.execute(insert(OwedEscalation), [{"look_at": None, **row} for row in rows])


def forget_owed(session: Session, item: int, rules: Iterable[int]) -> None:
    """The work's date moved: these rules lie ahead again."""
    session.execute(
        delete(OwedEscalation).where(
            OwedEscalation.work_item_id == item, OwedEscalation.rule.in_(list(rules))
        )
    )


def forget_closed(session: Session) -> None:
    """Nothing is owed any more about work that is done."""
    done = select(work_items.c.id).where(
        work_items.c.id == OwedEscalation.work_item_id, work_items.c.closed_at.is_not(None)
    )
    session.execute(delete(OwedEscalation).where(done.exists()).execution_options(synchronize_session=False))


def is_owed(item: Any, rule: Any) -> Any:
    """Whether a rule of a work item is owed to anybody, as a condition on two columns."""
    return (
        select(OwedEscalation.id)
        .where(OwedEscalation.work_item_id == item, OwedEscalation.rule == rule)
        .exists()
    )
