"""Key works and their cases as lists show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from rectification.households.model import KINDS, Household
from rectification.matters.case import DONE, Case
from rectification.places.areas import Area
from rectification.results.outcomes import outcome_words
from rectification.work_streams.model import WorkStream
from web.i18n import translate


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A key work with how far it is."""

    code: str
    name: str
    in_source: bool
    kinds: Sequence[str]
    cases: int
    done: int
    outcomes: Sequence[tuple[str, str, int]]
    """Code, words and count of each outcome, the most frequent first."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One household's part in a work."""

    id: int
    head: str
    where: str
    status: str | None
    outcome: str
    kind: str


def work_rows(session: Session, works: Sequence[WorkStream], condition: ColumnElement[bool]) -> list[WorkRow]:
    """The works of a campaign, counted over the households that the reader sees."""
    counted = (
        select(Case.work_stream_id, Case.outcome, func.count(), func.count().filter(DONE))
        .join(Household, Household.id == Case.household_id)
        .where(Case.work_stream_id.in_([work.id for work in works]), condition)
        .group_by(Case.work_stream_id, Case.outcome)
    )
    figures: dict[int, dict[str | None, int]] = {}
    done: Counter[int] = Counter()
    for work, outcome, count, finished in session.execute(counted):
        figures.setdefault(work, {})[outcome] = count
        done[work] += finished
    return [_work_row(work, figures.get(work.id, {}), done[work.id]) for work in works]


def _work_row(work_stream: WorkStream, figures: Mapping[str | None, int], done: int) -> WorkRow:
    decided = {name: count for name, count in figures.items() if name is not None}
    outcomes = sorted(decided.items(), key=lambda pair: (-pair[1], pair[0]))
    return WorkRow(
        work_stream.code,
        translate(work_stream.name),
        work_stream.in_source,
        [translate(KINDS.get(kind, kind)) for kind in work_stream.kinds],
        sum(figures.values()),
        done,
        [(name, translate(outcome_words(name)), count) for name, count in outcomes],
    )


def cases_of(session: Session, household: int) -> list[CaseRow]:
    """A household's part in each work; ``where`` is the work's name."""
    query = (
        select(Case, WorkStream)
        .join(WorkStream, WorkStream.id == Case.work_stream_id)
        .where(Case.household_id == household)
    )
    return [
        CaseRow(
            case.id,
            "",
            translate(what.name),
            case.status,
            translate(outcome_words(case.outcome)) if case.outcome else "",
            "",
        )
        for case, what in session.execute(query.order_by(WorkStream.position))
    ]


def case_rows(
    session: Session,
    work: WorkStream,
    condition: ColumnElement[bool],
    *,
    outcome: str = "",
    text: str = "",
    after: tuple[str, int] | None = None,
    limit: int = 40,
) -> list[CaseRow]:
    """The cases of a work by village; ``outcome`` is one of its outcomes, or ``open``."""
    query = (
        select(Case, Household, Area.name)
        .join(Household, Household.id == Case.household_id)
        .join(Area, Area.code == Case.village)
        .where(Case.work_stream_id == work.id, condition)
    )
    if outcome == "open":
        query = query.where(~DONE)
    elif outcome:
        query = query.where(Case.outcome == outcome)
    if text:
        query = query.where(
            Household.head.contains(text, autoescape=True) | Household.number.contains(text, autoescape=True)
        )
    if after is not None:
        query = query.where((Case.village > after[0]) | ((Case.village == after[0]) & (Case.id > after[1])))
    rows = session.execute(query.order_by(Case.village, Case.id).limit(limit))
    return [
        CaseRow(
            case.id,
            home.head,
            f"{village} · {home.number}",
            case.status,
            translate(outcome_words(case.outcome)) if case.outcome else "",
            translate(KINDS.get(home.kind, home.kind)),
        )
        for case, home, village in rows
    ]
