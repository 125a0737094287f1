"""Holidays and make-up days (调休): what the calendar of an area says, and what was announced for a year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chinese_calendar import Holiday as Feast
from chinese_calendar import constants
from sqlalchemy import String, UniqueConstraint, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.json import as_text
from engine.text import LocalizedText
from rectification.core.model import Code, Id, Model, Name

EVERYWHERE: Final = "CN"
"""The calendar that holds where an area, and every area above it, has none of its own."""

KINDS: Final = {
    "holiday": LocalizedText("放假", "Day off"),
    "makeup": LocalizedText("调休上班", "Working day"),
}

FIRST_YEAR: Final = 2019
"""Nothing that the installation reckons with lies before."""


class Holiday(Model):
    """A day that is not what its weekday says: ``holiday`` (off) or ``makeup`` (worked)."""

    __tablename__ = "holidays"
    __table_args__ = (UniqueConstraint("area", "day"),)

    id: Mapped[Id]
    area: Mapped[Code] = mapped_column(default=EVERYWHERE)
    day: Mapped[dt.date]
    kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[Name]


@dataclass(frozen=True, slots=True)
class Day:
    """What a calendar is to say of a day; without a kind nothing, so that the one above or the weekday holds."""

    day: dt.date
    kind: str | None
    name: str = ""

    def kept(self) -> dict[str, str | None]:
        """As JSON keeps it."""
        return {"day": self.day.isoformat(), "kind": self.kind, "name": self.name}


def read_days(kept: Iterable[Mapping[str, object]]) -> list[Day]:
    """Days that were kept."""
    return [
        Day(
            dt.date.fromisoformat(as_text(values["day"])),
            None if values["kind"] is None else str(values["kind"]),
            as_text(values["name"]),
        )
        for values in kept
    ]


FEASTS: Final = {feast.value: LocalizedText(feast.chinese, feast.value) for feast in Feast}


def announced_years() -> Sequence[int]:
    """The years whose holidays the State Council has announced, as far as the package knows."""
    return sorted({day.year for day in constants.holidays if day.year >= FIRST_YEAR})


def announced(year: int) -> list[Day]:
    """What was announced for a year, by day; empty when nothing was."""
    kinds = {"holiday": constants.holidays, "makeup": constants.workdays}
    result = {
        day: Day(day, kind, FEASTS[feast].zh)
        for kind, days in kinds.items()
        for day, feast in days.items()
        if day.year == year
    }
    return [result[day] for day in sorted(result)]


def add_announced(session: Session) -> None:
    """Let the calendar that holds everywhere say what was announced of every year; migrating does so too."""
    put(session, EVERYWHERE, [day for year in announced_years() for day in announced(year)])


def put(session: Session, area: str, days: Iterable[Day]) -> None:
    """Let an area's own calendar say this of these days; doing it again changes nothing."""
    days = list(days)
    for first in range(0, len(days), 500):
        result = [day.day for day in days[first : first + 500]]
        session.execute(delete(Holiday).where(Holiday.area == area, Holiday.day.in_(result)))
    rows = [{"area": area, "day": d.day, "kind": d.kind, "name": d.name} for d in days if d.kind]
    if rows:
        session.execute(insert(Holiday), rows)


def own_days(session: Session, area: str, first: dt.date, last: dt.date) -> dict[dt.date, Day]:
    """What an area's own calendar says of a span of days."""
    query = select(Holiday).where(Holiday.area == area, Holiday.day.between(first, last))
    return {row.day: Day(row.day, row.kind, row.name) for row in session.scalars(query)}
