"""Ladders: who is told before, at and after a due date, level by level. Telling moves no token."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import BigId
from register.row import Id, Row


class LadderStep(Row):
    """One rung of one work item's ladder was climbed, and whom that told."""

    __tablename__ = "ladder_steps"
    __table_args__ = (UniqueConstraint("work_item_id", "rung", "person_id"),)

    id: Mapped[Id]
    work_item_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_items.id"))
    rung: Mapped[int]
    level: Mapped[int]
    colour: Mapped[str] = mapped_column(String(10))
    who: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    rung_at: Mapped[dt.datetime]
    at: Mapped[dt.datetime]
    late: Mapped[bool]
