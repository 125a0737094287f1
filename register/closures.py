"""Closing: the person applies with evidence; the county office records the closing with its number."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from register.row import Id, LongText, Name, Row


class ClosureRequest(Row):
    """The responsible person says that it is fixed, and shows it."""

    __tablename__ = "closure_requests"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    result: Mapped[LongText]
    evidence: Mapped[list[int]]
    late: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class Closure(Row):
    """A ticket struck off: how, under which number of which system, by whom."""

    __tablename__ = "closures"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    close_type: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str | None] = mapped_column(String(20), comment="provincial_system or paper_archive")
    number: Mapped[Name | None]
    day: Mapped[dt.date | None]
    late: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
