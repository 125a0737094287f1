"""Units: offices, departments, schools, clinics, village committees; who leads one is a post."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.sql_arrays import objects_by_key
from rectification.core.model import Code, Id, Model, Name
from rectification.places.areas import Area


class Unit(Model):
    """A body that people belong to and that can be made responsible.

    ``kind``: village_committee, village_team, town_office, town_unit, county_office, line_dept,
    city_office. ``field`` is what a line department (or a town's station) looks after.
    """

    __tablename__ = "units"
    __table_args__ = (Index("ix_units_field", "area_code", "kind", "field"),)

    id: Mapped[Id]
    name: Mapped[Name]
    kind: Mapped[str] = mapped_column(String(40))
    field: Mapped[str | None] = mapped_column(String(40))
    area_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)


def unit_names(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    """What units are called."""
    return {number: unit.name for number, unit in objects_by_key(session, Unit, Unit.id, numbers).items()}


def level_of(session: Session, unit: Unit) -> str:
    """The level of the area a unit works for: city, county, town or village."""
    return session.scalars(select(Area.level).where(Area.code == unit.area_code)).one()


def line_dept_of(session: Session, county: str, field: str | None) -> Unit | None:
    """The county's department that looks after a field."""
    query = select(Unit).where(Unit.area_code == county, Unit.kind == "line_dept", Unit.field == field)
    return session.scalars(query.order_by(Unit.id).limit(1)).first() if field else None
