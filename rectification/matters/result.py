"""The result of a household (农户结果): one per household and campaign, what it rests on, and what was decided about it.

DOMAIN.md 6.6 of the plan: key works write facts, a table proposes, people decide, the clock only reminds.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.json import Values
from engine.text import LocalizedText
from rectification.core.keys import result_key
from rectification.core.model import Code, Id, LongText, Model, Name

QUESTIONS: Final[dict[str, LocalizedText]] = {
    "exit": LocalizedText("能否脱贫", "May it exit?"),
    "admit": LocalizedText("是否纳入", "Is it admitted?"),
    "hold": LocalizedText("脱贫是否稳定", "Does the exit hold?"),
    "remove": LocalizedText("是否清退", "Is it removed?"),
}
"""What is decided about a household; which question it is follows from its type and the facts."""


DECISIONS: Final[dict[str, LocalizedText]] = {
    "decided": LocalizedText("认定", "Decided"),
    "confirmed": LocalizedText("核实", "Confirmed"),
    "corrected": LocalizedText("更正", "Corrected"),
    "reopened": LocalizedText("重新认定", "Reopened"),
    "kept": LocalizedText("维持", "Kept"),
}
"""How a decision came about."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer to a question: its list, whether it takes an approval number, and what the household is afterwards."""

    code: str
    question: str
    name: LocalizedText
    list_name: LocalizedText
    approved: bool
    kind_after: str | None


@lru_cache(maxsize=1)
def get_outcomes() -> dict[str, Outcome]:
    """Every outcome by its code, in the order of the questions (``data/household_outcomes.csv``)."""
    text = (
        resources.files("rectification").joinpath("data/household_outcomes.csv").read_text(encoding="utf-8")
    )
    return {
        line["code"]: Outcome(
            line["code"],
            line["question"],
            LocalizedText(line["name_zh"], line["name_en"]),
            LocalizedText(line["list_zh"], line["list_en"]),
            line["approval"] == "yes",
            line["kind_after"] or None,
        )
        for line in csv.DictReader(text.splitlines())
    }


class HouseholdStatement(Model):
    """What somebody said of a household in one form (事实): each fact by its name; who, when and for which work."""

    __tablename__ = "household_statements"
    __table_args__ = (Index("ix_household_statements_household", "household_id", "id"),)

    id: Mapped[Id]
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    facts: Mapped[Values]
    work: Mapped[str] = mapped_column(String(40), comment="the key work for which it was asked")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


class HouseholdResult(Model):
    """The one result of a household in its campaign. ``status`` is what its diagram says.

    ``proposal`` is what the table says of the facts now, ``outcome`` what people decided last.
    """

    __tablename__ = "household_results"
    __table_args__ = (
        Index("ix_household_results_village", "village", "outcome"),
        Index("ix_household_results_campaign", "campaign_id", "outcome"),
    )

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), unique=True)
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    town: Mapped[Code]
    county: Mapped[Code]
    kind: Mapped[str] = mapped_column(String(20), comment="the household's type when it was asked about")
    proposal: Mapped[str | None] = mapped_column(String(40))
    proposal_reason: Mapped[LongText] = mapped_column(default="")
    changes: Mapped[LongText] = mapped_column(
        default="", comment="which facts changed when it was last renewed"
    )
    facts: Mapped[Values] = mapped_column(default=dict)
    proposed_at: Mapped[dt.datetime]
    asked: Mapped[str | None] = mapped_column(
        String(40), comment="the outcome that the procedure asks for now"
    )
    outcome: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[LongText] = mapped_column(default="")
    approval_number: Mapped[Name | None]
    approved_on: Mapped[dt.date | None]
    effective_on: Mapped[dt.date | None]
    decided_at: Mapped[dt.datetime | None]
    final: Mapped[bool] = mapped_column(
        default=False, comment="false while it is undecided or rests on estimates"
    )
    reopened: Mapped[bool] = mapped_column(default=False, comment="decided once, and being decided anew")
    look_again: Mapped[LongText | None] = mapped_column(
        comment="why a decided result is to be looked at again"
    )
    status: Mapped[str | None] = mapped_column(String(60))

    @property
    def decided(self) -> bool:
        """Whether a decision stands."""
        return self.outcome is not None and not self.reopened

    @property
    def key(self) -> str:
        """The business key under which its diagram runs."""
        return result_key(self.id)


class ResultDecision(Model):
    """One decision about a household's result, the first one or a correction (更正); none is ever changed."""

    __tablename__ = "result_decisions"
    __table_args__ = (Index("ix_result_decisions_result", "result_id", "id"),)

    id: Mapped[Id]
    result_id: Mapped[int] = mapped_column(ForeignKey("household_results.id"))
    how: Mapped[str] = mapped_column(String(20), comment="decided, confirmed, corrected, reopened, kept")
    outcome: Mapped[str] = mapped_column(String(40))
    reason: Mapped[LongText]
    facts: Mapped[Values] = mapped_column(default=dict)
    papers: Mapped[list[int]] = mapped_column(default=list)
    approval_number: Mapped[Name | None]
    approved_on: Mapped[dt.date | None]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def get_result(session: Session, number: int) -> HouseholdResult:
    """One result.

    Raises:
        NotFound: there is none with this number.
    """
    result = session.get(HouseholdResult, number)
    if result is None:
        raise NotFound(LocalizedText("没有这个农户结果。", "There is no such result."))
    return result


def result_of_household(session: Session, household_id: int) -> HouseholdResult | None:
    """A household's result; None while nothing is known that would ask a question."""
    query = select(HouseholdResult).where(HouseholdResult.household_id == household_id)
    return session.scalars(query).one_or_none()


def decisions_of(session: Session, result_id: int) -> list[ResultDecision]:
    """What was decided, the newest first."""
    query = select(ResultDecision).where(ResultDecision.result_id == result_id)
    return list(session.scalars(query.order_by(ResultDecision.id.desc())))
