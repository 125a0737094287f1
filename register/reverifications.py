"""Re-verification: two people who did not do the fixing say whether it is fixed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from register.row import Id, LongText, Name, Row


class Reverification(Row):
    """One finding: fixed, not_fixed (with a demand) or not_true."""

    __tablename__ = "reverifications"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    result: Mapped[str] = mapped_column(String(20))
    method: Mapped[str] = mapped_column(String(20))
    second_verifier: Mapped[Name]
    demand: Mapped[LongText] = mapped_column(default="")
    photos: Mapped[list[int]] = mapped_column(default=list)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
