"""Remarks: what offices keep beside a ticket and no decision rests on, so that a spreadsheet may change it."""

from __future__ import annotations

import hashlib
from typing import Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import BigId
from rectification.core.model import LongText, Model, Name

FIELDS: Final = ("leader", "support", "remark")
"""What an office may change in its spreadsheet."""


class Remark(Model):
    """The accountable leader, the supporting units and a remark of one ticket."""

    __tablename__ = "ticket_remarks"

    ticket_id: Mapped[int] = mapped_column(BigId, ForeignKey("tickets.id"), primary_key=True)
    leader: Mapped[Name] = mapped_column(default="")
    support: Mapped[str] = mapped_column(String(400), default="")
    remark: Mapped[LongText] = mapped_column(default="")


def mark_of(ticket_id: int, leader: str, support: str, remark: str) -> str:
    """Changes with what stands there: so that a row tells from which state of the ticket it was made."""
    text = "\x1f".join((leader, support, remark))
    return f"{ticket_id}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"
