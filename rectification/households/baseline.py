"""The baseline: problems that were reported before the campaign, and what the re-check finds of each one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.json import Values
from engine.text import LocalizedText
from rectification.core.model import Id, LongText, Model, Name

STATES: Final = {
    "fixed": LocalizedText("已整改到位", "Fixed"),
    "not_fixed": LocalizedText("尚未整改到位", "Not fixed yet"),
    "slow": LocalizedText("进度较慢", "Slow progress"),
}
"""How an old problem may be found."""


class BaselineProblem(Model):
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

    @property
    def told(self) -> str:
        """What was reported, in one line."""
        return "；".join(part for part in (self.item, self.description, self.measure, self.progress) if part)


class BaselineCheck(Model):
    """What a re-check found of one old problem; a later check is a later row."""

    __tablename__ = "baseline_checks"
    __table_args__ = (Index("ix_baseline_checks_problem", "problem_id", "id"),)

    id: Mapped[Id]
    problem_id: Mapped[int] = mapped_column(ForeignKey("baseline_problems.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))
    measure_in_place: Mapped[bool]
    measure: Mapped[LongText] = mapped_column(default="")
    percent: Mapped[int | None]
    note: Mapped[LongText] = mapped_column(default="")
    record_channel: Mapped[str | None] = mapped_column(String(20))
    record_number: Mapped[Name | None]
    recorded_on: Mapped[dt.date | None]
    reason: Mapped[LongText] = mapped_column(default="", comment="why it is slow, of the statement")
    plan: Mapped[LongText] = mapped_column(default="")
    promised_on: Mapped[dt.date | None]
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("tickets.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def baseline_of(session: Session, *households: int) -> list[BaselineProblem]:
    """What was known of households before the campaign."""
    query = select(BaselineProblem).where(BaselineProblem.household_id.in_(households))
    return list(session.scalars(query.order_by(BaselineProblem.id)))


def latest_checks(session: Session, problems: Sequence[int]) -> dict[int, BaselineCheck]:
    """What was found last of each of these old problems."""
    latest = select(func.max(BaselineCheck.id)).where(BaselineCheck.problem_id.in_(problems))
    query = select(BaselineCheck).where(BaselineCheck.id.in_(latest.group_by(BaselineCheck.problem_id)))
    return {row.problem_id: row for row in session.scalars(query)}


def as_variables(baseline_problem: BaselineProblem) -> Values:
    """An old problem as a diagram sees it."""
    return {
        "id": baseline_problem.id,
        "item": baseline_problem.item,
        "told": baseline_problem.told,
        "measure": baseline_problem.measure,
    }
