"""Measures by year: what a household and its members enjoyed in each year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from rectification.core.model import Id, LongText, Model, Name


class HouseholdMeasure(Model):
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


def as_line(household_measure: HouseholdMeasure) -> dict[str, str]:
    """One measure as a line of a form's table."""
    return {
        "year": str(household_measure.year),
        "measure": household_measure.kind,
        "person": household_measure.person,
        "amount": household_measure.amount or "",
    }


def keep_measures(session: Session, household_id: int, lines: Sequence[Mapping[str, object]]) -> None:
    """Take over the lines of a form's table that are not known yet; a line without year or measure says nothing."""
    known = {
        (measure.year, measure.person, measure.kind): measure
        for measure in measures_of(session, household_id)
    }
    for line in lines:
        year, kind = str(line.get("year") or "").strip(), str(line.get("measure") or "").strip()[:60]
        if not (year.isdecimal() and len(year) == 4 and kind):
            continue
        person = str(line.get("person") or "").strip()[:200]
        amount = str(line.get("amount") or "").strip()[:20] or None
        household_measure = known.get((int(year), person, kind))
        if household_measure is None:
            household_measure = HouseholdMeasure(
                household_id=household_id, year=int(year), person=person, kind=kind
            )
            known[household_measure.year, person, kind] = household_measure
            session.add(household_measure)
        household_measure.amount = amount or household_measure.amount


def measures_of(session: Session, household_id: int) -> list[HouseholdMeasure]:
    """What a household enjoyed, year by year."""
    query = select(HouseholdMeasure).where(HouseholdMeasure.household_id == household_id)
    return list(session.scalars(query.order_by(HouseholdMeasure.year, HouseholdMeasure.id)))
