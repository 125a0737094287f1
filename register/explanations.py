"""Written explanations: why a ticket cannot be closed, what will be done, and who agreed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from register.row import Id, LongText, Row


class Explanation(Row):
    """One written explanation. ``state``: submitted, approved or refused."""

    __tablename__ = "explanations"
    __table_args__ = (Index("ix_explanations_ticket", "ticket_id", "id"),)

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"))
    kind: Mapped[str] = mapped_column(String(20), default="cannot_close")
    reason_code: Mapped[str] = mapped_column(String(40))
    text: Mapped[LongText]
    plan: Mapped[LongText]
    protection: Mapped[LongText] = mapped_column(default="")
    review_date: Mapped[dt.date]
    evidence: Mapped[list[int]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(20), default="submitted")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class Opinion(Row):
    """What town, line department or county said to an explanation."""

    __tablename__ = "opinions"

    id: Mapped[Id]
    explanation_id: Mapped[int] = mapped_column(ForeignKey("explanations.id"), index=True)
    level: Mapped[str] = mapped_column(String(10), comment="town, dept or county")
    decision: Mapped[str] = mapped_column(String(10), comment="agree or reject")
    text: Mapped[LongText] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
