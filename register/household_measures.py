"""Measures by year: what a household and its members enjoyed in each year."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from register.row import Id, LongText, Name, Row


class HouseholdMeasure(Row):
    """One measure in one year; ``person`` is empty where the whole household enjoyed it."""

    __tablename__ = "household_measures"
    __table_args__ = (UniqueConstraint("household_id", "year", "person", "kind"),)

    id: Mapped[Id]
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    year: Mapped[int]
    person: Mapped[Name] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(String(60))
    description: Mapped[LongText | None]
    amount: Mapped[str | None] = mapped_column(String(20), comment="yuan")


def measures_of(session: Session, household_id: int) -> list[HouseholdMeasure]:
    """What a household enjoyed, year by year."""
    wanted = select(HouseholdMeasure).where(HouseholdMeasure.household_id == household_id)
    return list(session.scalars(wanted.order_by(HouseholdMeasure.year, HouseholdMeasure.id)))
