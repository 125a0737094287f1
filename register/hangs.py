"""Hung tickets: carried forward with an approved explanation and a date to look again. Never closed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from register.row import Id, LongText, Row


class Hang(Row):
    """A ticket is hung from one instant until another; ``until`` is empty while it hangs."""

    __tablename__ = "hangs"
    __table_args__ = (Index("ix_hangs_ticket", "ticket_id", "id"),)

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    since: Mapped[dt.datetime]
    review_date: Mapped[dt.date]
    note: Mapped[LongText] = mapped_column(default="")
    until: Mapped[dt.datetime | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
