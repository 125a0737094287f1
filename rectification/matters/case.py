"""Cases: one household's part in a key work, from the first question to its outcome."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.engine import Engine
from engine.errors import NotFound
from engine.host import Values
from engine.text import LocalizedText
from rectification.core.keys import case_key
from rectification.core.model import Code, Id, Model
from rectification.households.baseline import BaselineProblem
from rectification.households.measures import HouseholdMeasure, as_line
from rectification.households.model import Household
from rectification.matters.issue_list import hold_village
from rectification.places.areas import get_area
from rectification.work_streams.model import WorkStream


class Case(Model):
    """One household in one work. ``status`` is what its diagram says, ``outcome`` what came of it."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("work_stream_id", "household_id"),
        Index("ix_cases_village", "village", "work_stream_id"),
        Index("ix_cases_outcome", "work_stream_id", "outcome"),
        Index("ix_cases_household", "household_id"),
    )

    id: Mapped[Id]
    work_stream_id: Mapped[int] = mapped_column(ForeignKey("work_streams.id"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    village: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    town: Mapped[Code]
    county: Mapped[Code]
    status: Mapped[str | None] = mapped_column(String(60))
    outcome: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[dt.datetime | None]

    @property
    def key(self) -> str:
        """The business key under which its diagram runs."""
        return case_key(self.id)


STILL_ASKED: Final = or_(Case.status.is_(None), Case.status.in_(("verifying", "rechecking")))
"""Its questions have no answer yet."""
DONE: Final = or_(Case.outcome.is_not(None), Case.status == "checked")
"""It has an outcome of its own, or its facts are recorded."""


def get_case(session: Session, number: int) -> Case:
    """One case.

    Raises:
        NotFound: there is none with this number.
    """
    case = session.get(Case, number)
    if case is None:
        raise NotFound(LocalizedText("没有这个核查对象。", "There is no such case."))
    return case


def villages_to_open(session: Session, work_stream: WorkStream) -> list[str]:
    """Villages with households that the work asks about and that have no case yet."""
    query = (
        _without_case(work_stream).with_only_columns(Household.village).distinct().order_by(Household.village)
    )
    return list(session.scalars(query))


def open_cases(session: Session, engine: Engine, work_stream: WorkStream, village: str) -> int:
    """Open a case for each household of a village that has none, and start its diagram; returns how many."""
    hold_village(session, village)
    numbers = homes_to_open(session, work_stream, village)
    known = _Known(session, numbers)
    for number in numbers:
        _open_case(session, engine, work_stream, number, known)
    return len(numbers)


def homes_to_open(session: Session, work_stream: WorkStream, village: str) -> list[int]:
    """The households of a village that the work asks about and that have no case yet."""
    homes = _without_case(work_stream).with_only_columns(Household.id).where(Household.village == village)
    return list(session.scalars(homes.order_by(Household.id)))


def open_case(session: Session, engine: Engine, work_stream: WorkStream, number: int) -> None:
    """Open a household's case and start its diagram, unless it has one by now."""
    _open_case(session, engine, work_stream, number, _Known(session, [number]))


def _open_case(session: Session, engine: Engine, work_stream: WorkStream, number: int, known: _Known) -> None:
    home = session.scalars(_without_case(work_stream).where(Household.id == number)).first()
    if home is None:
        return
    place = get_area(session, home.village)
    row = Case(work_stream_id=work_stream.id, household_id=home.id, village=home.village)
    row.town, row.county = place.above("town"), place.above("county")
    session.add(row)
    session.flush()
    engine.start(
        session, work_stream.process, row.key, {**_variables(work_stream, row, home), **known.of(home.id)}
    )


class _Known:
    """What is known of households before anybody asks: old problems, and the measures of each year."""

    def __init__(self, session: Session, numbers: Sequence[int]) -> None:
        self._problems: dict[int, list[str]] = defaultdict(list)
        self._measures: dict[int, list[dict[str, str]]] = defaultdict(list)
        old = select(BaselineProblem).where(BaselineProblem.household_id.in_(numbers))
        for problem in session.scalars(old.order_by(BaselineProblem.id)):
            facts = (problem.item, problem.description, problem.measure, problem.progress)
            self._problems[problem.household_id].append("；".join(part for part in facts if part))
        enjoyed = select(HouseholdMeasure).where(HouseholdMeasure.household_id.in_(numbers))
        for row in session.scalars(enjoyed.order_by(HouseholdMeasure.year, HouseholdMeasure.id)):
            self._measures[row.household_id].append(as_line(row))

    def of(self, household: int) -> Values:
        """The variables with which a case begins."""
        return {
            "old_problem": "\n".join(self._problems[household]) or None,
            "measures_enjoyed": self._measures[household] or None,
        }


def _without_case(work_stream: WorkStream) -> Select[Household]:
    opened = select(Case.household_id).where(Case.work_stream_id == work_stream.id)
    return select(Household).where(
        Household.campaign_id == work_stream.campaign_id,
        Household.kind.in_(work_stream.kinds),
        Household.id.not_in(opened),
    )


def _variables(work_stream: WorkStream, row: Case, home: Household) -> Values:
    return {
        "campaign": work_stream.campaign_id,
        "work": work_stream.code,
        "case": row.id,
        "household": home.id,
        "kind": home.kind,
        "members_registered": home.members_registered,
        "village": row.village,
        "town": row.town,
        "county": row.county,
        "helper": home.helper_id,
    }
