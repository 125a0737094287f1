"""Households: whom a campaign visits, and who helps them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.sql_arrays import values_by_key
from engine.text import LocalizedText
from rectification.core.model import Code, Id, Model, Name

KINDS: Final[dict[str, LocalizedText]] = {
    "exit_planned": LocalizedText("拟脱贫户", "Planned to exit this year"),
    "exited_supported": LocalizedText("已脱贫享受政策户", "Exited, still supported"),
    "exited": LocalizedText("已脱贫不享受政策户", "Exited, no longer supported"),
    "registered": LocalizedText("未脱贫户", "Registered poor household"),
    "edge": LocalizedText("边缘户", "Edge household"),
    "ordinary": LocalizedText("一般户", "Ordinary household"),
}
"""What a household is to the campaign."""


class Household(Model):
    """One household of a campaign. ``status`` is what its diagram says."""

    __tablename__ = "households"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        Index("ix_households_village", "village", "status"),
        Index("ix_households_town", "town"),
        Index("ix_households_county", "county"),
        Index("ix_households_head_id_number", "head_id_number"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    number: Mapped[str] = mapped_column(String(40))
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    town: Mapped[Code]
    county: Mapped[Code]
    group_no: Mapped[str | None] = mapped_column(String(20))
    head: Mapped[Name]
    head_id_number: Mapped[str | None] = mapped_column(String(30))
    phone: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20))
    members_registered: Mapped[int]
    helper_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    poverty_cause: Mapped[str | None] = mapped_column(String(40))
    exited_year: Mapped[int | None]
    status: Mapped[str | None] = mapped_column(String(60))

    @property
    def masked_id_number(self) -> str:
        """The head's identity number as pages and papers may show it."""
        return masked(self.head_id_number)


class HouseholdMember(Model):
    """Somebody who is registered as living in a household."""

    __tablename__ = "household_members"

    id: Mapped[Id]
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), index=True)
    name: Mapped[Name]
    relation: Mapped[str] = mapped_column(String(40))
    id_number: Mapped[str | None] = mapped_column(String(30), index=True)
    health: Mapped[str | None] = mapped_column(String(40))
    schooling: Mapped[str | None] = mapped_column(String(40))
    works: Mapped[bool | None] = mapped_column(comment="earns wages away from the farm")
    wages: Mapped[str | None] = mapped_column(String(20), comment="yuan a year")


def masked(number: str | None) -> str:
    """An identity number without the part that would give it away."""
    if not number:
        return ""
    return number if len(number) < 8 else f"{number[:6]}{'*' * (len(number) - 8)}{number[-2:]}"


def get_household(session: Session, number: int) -> Household:
    """One household.

    Raises:
        NotFound: there is none with this number.
    """
    household = session.get(Household, number)
    if household is None:
        raise NotFound(LocalizedText("没有这个农户。", "There is no such household."))
    return household


def head_names(session: Session, numbers: Iterable[int]) -> dict[int, str]:
    """The heads of households by name."""
    return values_by_key(session, Household.id, Household.head, numbers)
