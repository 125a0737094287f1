"""Tickets: an issue with its measure, unit, person and due date, until it is closed or hung.

What happens to a ticket is decided by its diagram; ``status`` repeats what the diagram says, so that
lists and counts can be read from here.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.errors import NotFound
from engine.text import LocalizedText
from rectification.core.keys import ticket_key
from rectification.core.model import Code, Id, LongText, Model, Name

_ORDERS: Final = {
    "newest": ("id",),
    "number": ("number", "id"),
    "village": ("village", "id"),
    "found": ("found_on", "id"),
    "due": ("due_at", "id"),
    "closed": ("closed_at", "id"),
}
"""The orders of the ledger: a wide scope reads its pages from an index and sorts nothing."""


class Ticket(Model):
    """One issue of a campaign on its way."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        Index("ix_tickets_village", "village", "status", "id"),
        Index("ix_tickets_town", "town", "status", "id"),
        Index("ix_tickets_county", "county", "status", "id"),
        Index("ix_tickets_resp_person", "resp_person_id", "status", "id"),
        Index("ix_tickets_line_dept", "line_dept_id", "status", "id"),
        Index("ix_tickets_resp_unit", "resp_unit_id", "status", "id"),
        Index("ix_tickets_household", "household_id", "item"),
        Index("ix_tickets_list", "list_id", "line_no"),
        *(
            Index(f"ix_tickets_{scope}_{name}", scope, *columns)
            for scope in ("county", "town")
            for name, columns in _ORDERS.items()
        ),
        # PostgreSQL then writes a batch's level beside the ticket, not into each of its indexes.
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    number: Mapped[str | None] = mapped_column(String(60), comment="given once, when the list is frozen")
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    town: Mapped[Code]
    county: Mapped[Code]
    item: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    line_dept_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    description: Mapped[LongText]
    source: Mapped[str] = mapped_column(String(20), default="visit")
    found_on: Mapped[dt.date]
    found_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    status: Mapped[str | None] = mapped_column(String(60))
    rect_type: Mapped[str | None] = mapped_column(String(20))
    measure: Mapped[LongText | None]
    resp_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    resp_person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    due_at: Mapped[dt.datetime | None]
    list_id: Mapped[int | None] = mapped_column(ForeignKey("issue_lists.id"))
    line_no: Mapped[int | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    subject_kind: Mapped[str] = mapped_column(
        String(12), default="household", comment="household, village, unit"
    )
    subject_name: Mapped[Name | None] = mapped_column(comment="what it is about, when no household")
    rounds: Mapped[int] = mapped_column(default=0, comment="how often re-verification sent it back")
    escalation_level: Mapped[int] = mapped_column(default=0)
    slow: Mapped[bool] = mapped_column(default=False)
    """Progress is slow; only while it is being fixed."""
    close_type: Mapped[str | None] = mapped_column(String(20))
    closed_at: Mapped[dt.datetime | None]
    closed_late: Mapped[bool | None]
    record_channel: Mapped[str | None] = mapped_column(String(20))
    external_number: Mapped[Name | None]
    external_date: Mapped[dt.date | None]
    instance_id: Mapped[int | None] = mapped_column(BigId)
    created_at: Mapped[dt.datetime]

    @property
    def key(self) -> str:
        """The business key under which its diagram runs."""
        return ticket_key(self.id)


class ProgressNote(Model):
    """How far the work on a ticket has come."""

    __tablename__ = "progress_notes"

    id: Mapped[Id]
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id"), index=True)
    percent: Mapped[int]
    text: Mapped[LongText]
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def get_ticket(session: Session, number: int) -> Ticket:
    """One ticket.

    Raises:
        NotFound: there is none with this number.
    """
    ticket = session.get(Ticket, number)
    if ticket is None:
        raise NotFound(LocalizedText("没有这张工单。", "There is no such ticket."))
    return ticket
