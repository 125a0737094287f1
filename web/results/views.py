"""Results of households as pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.households.measures import HouseholdMeasure, measures_of
from rectification.households.model import Household
from rectification.matters.result import (
    DECISIONS,
    QUESTIONS,
    HouseholdResult,
    ResultDecision,
    decisions_of,
    get_outcomes,
    result_of_household,
)
from rectification.people.model import names_of
from rectification.places.areas import Area
from rectification.results.facts import facts_words, kind_words
from web.i18n import gettext as _
from web.i18n import translate

OPEN: Final = "open"
AGAIN: Final = "again"
"""Filters beside the outcomes: not decided yet, to be looked at again."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One household's result in a list."""

    id: int
    head: str
    where: str
    question: str
    proposal: str
    outcome: str
    status: str | None
    look_again: bool
    village: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision, to read."""

    how: str
    outcome: str
    reason: str
    approval: str
    papers: Sequence[int]
    at: dt.datetime
    who: str


@dataclass(frozen=True, slots=True)
class ResultView:
    """One result, to read: what is proposed and why, what was decided and by whom."""

    id: int
    question: str
    proposal: str
    proposal_reason: str
    changes: str
    facts: Sequence[str]
    outcome: str
    reason: str
    final: bool
    effective_on: dt.date | None
    look_again: str
    status: str | None
    decisions: Sequence[DecisionView]


def question_words(code: str | None) -> str:
    """The question that an outcome answers."""
    outcome = get_outcomes().get(code or "")
    return translate(QUESTIONS[outcome.question]) if outcome else ""


def outcome_name(code: str | None) -> str:
    """An outcome in words; empty where there is none."""
    outcome = get_outcomes().get(code or "")
    return translate(outcome.name) if outcome else ""


def result_rows(
    session: Session,
    campaign: int,
    condition: ColumnElement[bool],
    *,
    state: str = "",
    text: str = "",
    after: tuple[str, int] | None = None,
    limit: int,
) -> list[ResultRow]:
    """The results by village; ``state`` is an outcome, or one of the filters beside them."""
    query = (
        select(HouseholdResult, Household, Area.name)
        .join(Household, Household.id == HouseholdResult.household_id)
        .join(Area, Area.code == HouseholdResult.village)
        .where(HouseholdResult.campaign_id == campaign, condition)
    )
    if state:
        query = query.where(_fits(state))
    if text:
        query = query.where(
            or_(
                Household.head.contains(text, autoescape=True),
                Household.number.contains(text, autoescape=True),
            )
        )
    if after is not None:
        village, number = after
        query = query.where(
            or_(
                HouseholdResult.village > village,
                (HouseholdResult.village == village) & (HouseholdResult.id > number),
            )
        )
    rows = session.execute(query.order_by(HouseholdResult.village, HouseholdResult.id).limit(limit))
    return [_row(result, home, village) for result, home, village in rows]


def _fits(state: str) -> ColumnElement[bool]:
    if state == OPEN:
        return or_(HouseholdResult.outcome.is_(None), HouseholdResult.reopened)
    if state == AGAIN:
        return HouseholdResult.look_again.is_not(None)
    return HouseholdResult.outcome == state


def _row(result: HouseholdResult, home: Household, village: str) -> ResultRow:
    return ResultRow(
        result.id,
        home.head,
        f"{village} · {home.number} · {translate(kind_words(result.kind))}",
        question_words(result.outcome or result.proposal),
        outcome_name(result.proposal),
        outcome_name(result.outcome) if result.decided else "",
        result.status,
        result.look_again is not None,
        result.village,
    )


def count_results(
    session: Session, campaign: int, condition: ColumnElement[bool]
) -> list[tuple[str, str, int]]:
    """Code, words and number of each filter and outcome that has somebody, in their order."""
    counts: dict[str, int] = {}
    query = (
        select(
            HouseholdResult.outcome,
            HouseholdResult.reopened,
            HouseholdResult.look_again.is_not(None),
            func.count(),
        )
        .join(Household, Household.id == HouseholdResult.household_id)
        .where(HouseholdResult.campaign_id == campaign, condition)
        .group_by(HouseholdResult.outcome, HouseholdResult.reopened, HouseholdResult.look_again.is_not(None))
    )
    for outcome, reopened, again, number in session.execute(query):
        names = [outcome] if outcome else []
        names += [OPEN] if outcome is None or reopened else []
        for name in [*names, *([AGAIN] if again else [])]:
            counts[name] = counts.get(name, 0) + number
    words: dict[str, str] = {OPEN: _("Not decided yet"), AGAIN: _("To be looked at again")}
    words |= {code: translate(outcome.name) for code, outcome in get_outcomes().items()}
    return [(code, name, counts[code]) for code, name in words.items() if counts.get(code)]


def result_with_decisions(session: Session, result: HouseholdResult) -> ResultView:
    """One result with its decisions, the newest first."""
    decisions = decisions_of(session, result.id)
    people = names_of(session, [row.by_id for row in decisions if row.by_id])
    return result_view(result, [_decision(row, people) for row in decisions])


def result_view(result: HouseholdResult, decisions: Sequence[DecisionView] = ()) -> ResultView:
    """One result as it stands."""
    return ResultView(
        result.id,
        question_words(result.outcome or result.proposal),
        outcome_name(result.proposal),
        result.proposal_reason,
        result.changes,
        [translate(words) for words in facts_words(result.facts)],
        outcome_name(result.outcome),
        result.reason,
        result.final,
        result.effective_on,
        result.look_again or "",
        result.status,
        decisions,
    )


def _decision(row: ResultDecision, people: Mapping[int, str]) -> DecisionView:
    day = row.approved_on.isoformat() if row.approved_on else ""
    return DecisionView(
        translate(DECISIONS.get(row.how, LocalizedText(row.how, row.how))),
        outcome_name(row.outcome),
        row.reason,
        " · ".join(part for part in (row.approval_number or "", day) if part),
        row.papers,
        row.at,
        people.get(row.by_id or 0, ""),
    )


def household_result(session: Session, household: int) -> ResultView | None:
    """The result of a household, if facts ask a question about it."""
    result = result_of_household(session, household)
    return result_view(result) if result is not None else None


def measures_by_year(session: Session, household: int) -> list[tuple[int, list[HouseholdMeasure]]]:
    """What a household enjoyed (历年帮扶措施), year by year, the newest year first."""
    years: dict[int, list[HouseholdMeasure]] = {}
    for measure in measures_of(session, household):
        years.setdefault(measure.year, []).append(measure)
    return sorted(years.items(), reverse=True)
