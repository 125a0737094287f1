"""Holidays and make-up days as the calendar of an area has them; an office edits them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from register.row import Code, Id, Name, Row

EVERYWHERE = "CN"
"""The calendar that holds where an area has none of its own."""


class Holiday(Row):
    """A day that is not what its weekday says: ``holiday`` (off) or ``makeup`` (worked)."""

    __tablename__ = "holidays"
    __table_args__ = (UniqueConstraint("area", "day"),)

    id: Mapped[Id]
    area: Mapped[Code] = mapped_column(default=EVERYWHERE)
    day: Mapped[dt.date]
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[Name]
