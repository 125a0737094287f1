"""A village's part in a campaign: who was not visited, and what came of its tickets."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from register.row import Code, Id, Row


class UnvisitedReport(Row):
    """Which households had not been visited when the visit milestone passed."""

    __tablename__ = "unvisited_reports"

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"), index=True)
    households: Mapped[list[int]]
    at: Mapped[dt.datetime]


class VillageResult(Row):
    """Closed, hung and open: three numbers, counted when the closing milestone passed."""

    __tablename__ = "village_results"
    __table_args__ = (UniqueConstraint("campaign_id", "village"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"), index=True)
    closed: Mapped[int]
    hung: Mapped[int]
    open: Mapped[int]
    void: Mapped[int]
    at: Mapped[dt.datetime]
