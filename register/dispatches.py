"""Dispatch: a ticket is handed out with measure, unit, person and due date; the person acknowledges it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from register.row import Id, LongText, Row


class Dispatch(Row):
    """One formal hand-out of a ticket."""

    __tablename__ = "dispatches"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    rect_type: Mapped[str] = mapped_column(String(20))
    measure: Mapped[LongText]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    due_at: Mapped[dt.datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class Acknowledgement(Row):
    """The responsible person took the ticket."""

    __tablename__ = "acknowledgements"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
