"""The baseline: problems that were reported before the campaign, household by household and item by item."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from register.row import Id, LongText, Name, Row


class BaselineProblem(Row):
    """One old problem of a household. ``item`` is what the old list called it."""

    __tablename__ = "baseline_problems"
    __table_args__ = (UniqueConstraint("campaign_id", "household_id", "item"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    item: Mapped[Name]
    item_code: Mapped[str | None] = mapped_column(String(20), comment="the check item it is, if one is")
    description: Mapped[LongText | None]
    measure: Mapped[LongText | None]
    progress: Mapped[Name | None] = mapped_column(comment="as the old list said it")
    found_on: Mapped[dt.date | None]
    resp_unit: Mapped[Name | None]


def baseline_of(session: Session, household_id: int) -> list[BaselineProblem]:
    """What was known of a household before the campaign."""
    wanted = select(BaselineProblem).where(BaselineProblem.household_id == household_id)
    return list(session.scalars(wanted.order_by(BaselineProblem.id)))
