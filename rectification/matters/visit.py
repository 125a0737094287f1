"""Visits: one household visit is one form, kept whole; every failed item becomes a ticket."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.json import Json
from rectification.core.model import Id, LongText, Model, Name


class Visit(Model):
    """One visit. ``answers`` is ``{item: {"answer": "yes|no|na", "reason": …, "photos": [ids]}}``."""

    __tablename__ = "visits"
    KEPT: ClassVar = (
        "household_id", "person_id", "second_visitor", "visited_on", "met", "next_visit_on", "members_found", "answers",
        "note", "late",
    )  # fmt: skip
    """What the history has a digest of."""
    __table_args__ = (Index("ix_visits_household", "household_id", "id"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    second_visitor: Mapped[Name]
    visited_on: Mapped[dt.date]
    met: Mapped[str] = mapped_column(String(10), comment="home, absent or refused")
    next_visit_on: Mapped[dt.date | None]
    members_found: Mapped[int | None]
    answers: Mapped[dict[str, dict[str, Json]]] = mapped_column(default=dict)
    note: Mapped[LongText] = mapped_column(default="")
    late: Mapped[bool] = mapped_column(default=False)
    at: Mapped[dt.datetime]


class VisitCheck(Model):
    """The team lead looked at a visit's form: accepted it, or returned it with a reason."""

    __tablename__ = "visit_checks"

    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
    accepted: Mapped[bool]
    reason: Mapped[LongText] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
