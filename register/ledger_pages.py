"""Pages and figures of the ledger, quick among a million tickets.

A page is found by number first, one question for each reason to see tickets, so that an index gives the
order and nothing is sorted; only the page's own rows are then looked up. Figures are counted up to a bound.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from register.areas import Area
from register.hangs import Hang
from register.households import Household
from register.ledger import SORTED_BY, Filters, Sort, Ways, ways
from register.ledger_columns import ENDED, OPEN, due_at
from register.people import Person
from register.tickets import Ticket
from register.units import Unit

BOUND: Final = 50_000
"""More than a county has; from here on a figure says “at least”."""

_EVERY: Final = 2**31
_REACH: Final = 2_000
"""How far a page is looked for along an index before everything is looked through instead."""

After = tuple[Any, int]
"""The last row of the page before: its value in the order, and its number."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of the ledger, and where to go on, if there are more."""

    rows: Sequence[Row[Any]]
    after: After | None


@dataclass(frozen=True, slots=True)
class Figure:
    """How many; ``more`` when the counting stopped at the bound."""

    number: int
    more: bool = False


def page(
    session: Session, person_id: int, now: dt.datetime, filters: Filters, after: After | None, size: int
) -> Page:
    """One page. Tickets without a value in the order come last, whichever way it goes."""
    seen = ways(session, person_id, now, filters)
    found = _found(session, seen, filters, after, size + 1)
    numbers = [number for number, _value in found[:size]]
    by_number = {row.id: row for row in session.execute(_lines_of_page(), {"numbers": numbers})}
    last = (found[size - 1][1], found[size - 1][0]) if len(found) > size else None
    return Page([by_number[one] for one in numbers], last)


def _found(
    session: Session, asked: Ways, filters: Filters, after: After | None, size: int
) -> list[tuple[int, Any]]:
    reading = _Reading(session, asked, filters.down)
    if filters.sort is Sort.NEWEST:
        return reading.by_number(Ticket.id, None if after is None else after[1], None, size)
    by = SORTED_BY[filters.sort]
    found = [] if after and after[0] is None else reading.by_value(by, after, size)
    if len(found) < size:
        last = after[1] if after and after[0] is None else None
        found += reading.by_number(by, last, by.is_(None), size - len(found))
    return found


@dataclass(frozen=True, slots=True)
class _Reading:
    """Reads the first tickets of every way and merges them; one that several ways lead to stands once."""

    session: Session
    asked: Ways
    down: bool

    def by_number(
        self, value: Any, last: int | None, only: ColumnElement[bool] | None, size: int
    ) -> list[tuple[int, Any]]:
        beyond = [] if last is None else [self._past(Ticket.id, last)]
        beyond += [] if only is None else [only]
        return self._merged(
            (_in_row(way, value, size, self.down, *beyond) for way in self.asked.each), ["id"], size
        )

    def by_value(self, by: Any, after: After | None, size: int) -> list[tuple[int, Any]]:
        """Along the index where that soon fills the page; else everything that fits, the first picked out of it."""
        beyond = by.is_not(None)
        if after is not None:
            tied = and_(by == after[0], self._past(Ticket.id, after[1]))
            beyond = or_(self._past(by, after[0]), tied)
        near = [self._near(way, by, beyond) for way in self.asked.seen]
        walks = [self._walked(one, size) for one in near]
        full = self._holding(walks, size)
        short = [place for place in range(len(walks)) if place not in full]
        cut_off = {short[place] for place in self._holding([near[one] for one in short], _REACH)}
        parts = (
            self._picked(self.asked.each[place], by, beyond, size) if place in cut_off else walk
            for place, walk in enumerate(walks)
        )
        return self._merged(parts, ["value", "id"], size)

    def _near(self, way: ColumnElement[bool], by: Any, beyond: ColumnElement[bool]) -> Any:
        fits = and_(true(), *self.asked.wishes).label("fits")
        some = select(Ticket.id, by.label("value"), fits).where(way, beyond)
        return some.order_by(self._turned(by), self._turned(Ticket.id)).limit(_REACH).subquery()

    def _walked(self, near: Any, size: int) -> Any:
        part = select(near.c.id, near.c.value).where(near.c.fits)
        return part.order_by(self._turned(near.c.value), self._turned(near.c.id)).limit(size).subquery()

    def _holding(self, parts: Sequence[Any], number: int) -> set[int]:
        """Which of them hold so many rows."""
        counted = [
            select(literal(place).label("place"), func.count().label("number")).select_from(part)
            for place, part in enumerate(parts)
        ]
        rows = self.session.execute(union_all(*counted)).all() if counted else []
        return {row.place for row in rows if row.number >= number}

    def _picked(self, way: ColumnElement[bool], by: Any, beyond: ColumnElement[bool], size: int) -> Any:
        every = _in_row(way, by, _EVERY, self.down, beyond)
        part = select(every.c.id, every.c.value)
        return part.order_by(self._turned(every.c.value), self._turned(every.c.id)).limit(size).subquery()

    def _merged(self, parts: Iterable[Any], order: Sequence[str], size: int) -> list[tuple[int, Any]]:
        both = union(*(select(part) for part in parts)).subquery()
        wanted = select(both.c.id, both.c.value).order_by(*(self._turned(both.c[name]) for name in order))
        return [(row.id, row.value) for row in self.session.execute(wanted.limit(size))]

    def _past(self, by: Any, value: Any) -> ColumnElement[bool]:
        past: ColumnElement[bool] = by < value if self.down else by > value
        return past

    def _turned(self, by: Any) -> ColumnElement[Any]:
        turned: ColumnElement[Any] = by.desc() if self.down else by.asc()
        return turned


def _in_row(way: ColumnElement[bool], value: Any, most: int, down: bool, *only: ColumnElement[bool]) -> Any:
    """Matching tickets in the order in which they stand in the table: six times as quick as in any other."""
    part = select(Ticket.id, value.label("value")).where(way, *only)
    return part.order_by(Ticket.id.desc() if down else Ticket.id).limit(most).subquery()


@cache
def _lines_of_page() -> Select[*tuple[Any, ...]]:
    """Made once: putting so wide a question together takes as long as answering it."""
    return lines().where(Ticket.id.in_(bindparam("numbers", expanding=True)))


def lines() -> Select[*tuple[Any, ...]]:
    """Tickets with the names that a line of the ledger shows; narrow it to the rows that are wanted."""
    village, town, county = aliased(Area), aliased(Area), aliased(Area)
    person, finder = aliased(Person), aliased(Person)
    unit, dept = aliased(Unit), aliased(Unit)
    wanted = select(
        *Ticket.__table__.columns,
        Household.head,
        Household.kind,
        village.name.label("village_name"),
        town.name.label("town_name"),
        county.name.label("county_name"),
        person.name.label("person_name"),
        finder.name.label("finder_name"),
        unit.name.label("unit_name"),
        dept.name.label("dept_name"),
        Hang.review_date,
    ).join(village, village.code == Ticket.village)
    for other, met in (
        (town, town.code == Ticket.town),
        (county, county.code == Ticket.county),
        (Household, Household.id == Ticket.household_id),
        (person, person.id == Ticket.resp_person_id),
        (finder, finder.id == Ticket.found_by_id),
        (unit, unit.id == Ticket.resp_unit_id),
        (dept, dept.id == Ticket.line_dept_id),
        (Hang, and_(Hang.ticket_id == Ticket.id, Hang.until.is_(None))),
    ):
        wanted = wanted.join(other, met, isouter=True)
    return wanted


def count(session: Session, person_id: int, now: dt.datetime, filters: Filters, bound: int = BOUND) -> Figure:
    """How many tickets match, up to a bound."""
    some = _some(ways(session, person_id, now, filters).each, bound + 1)
    number = session.scalar(select(func.count()).select_from(some)) or 0
    return Figure(min(number, bound), number > bound)


def numbers(session: Session, person_id: int, now: dt.datetime, filters: Filters, most: int) -> list[int]:
    """The first tickets that match, in their order."""
    found = _found(session, ways(session, person_id, now, filters), filters, None, most)
    return [number for number, _value in found]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the filter finds, by status; open and overdue apart. Hung is never counted as closed."""

    by_status: Mapping[str | None, Figure]
    open: Figure
    overdue: Figure

    def of(self, status: str) -> Figure:
        """One status."""
        return self.by_status.get(status, Figure(0))


def figures(
    session: Session, person_id: int, now: dt.datetime, filters: Filters, bound: int = BOUND
) -> Figures:
    """The figures over all statuses of what else the filter asks; beyond the bound each is “at least”."""
    asked = filters.without(*(pair for pair in filters.pairs if pair[0] in ("state", "status")))
    late = and_(OPEN, due_at < now).label("late")
    some = _some(ways(session, person_id, now, asked).each, bound + 1, Ticket.status, late)
    wanted = select(some.c.status, some.c.late, func.count()).group_by(some.c.status, some.c.late)
    rows = session.execute(wanted).all()
    more = sum(row[2] for row in rows) > bound
    by_status: Counter[str | None] = Counter()
    for status, _late, number in rows:
        by_status[status] += number
    still = sum(number for status, number in by_status.items() if status not in ENDED)
    overdue = sum(row[2] for row in rows if row[1])
    told = {status: Figure(number, more) for status, number in by_status.items()}
    return Figures(told, Figure(still, more), Figure(overdue, more))


def _some(seen: Sequence[ColumnElement[bool]], most: int, *columns: Any) -> Any:
    parts = []
    for way in seen:
        part = select(Ticket.id, *columns).where(way).order_by(Ticket.id.desc()).limit(most)
        parts.append(select(part.subquery()))
    return union(*parts).limit(most).subquery()


def occurring(session: Session) -> list[str]:
    """The statuses that diagrams have given to tickets so far: a look at an index for each, county by county."""
    found: set[str] = set()
    for county in session.scalars(select(Area.code).where(Area.level == "county")):
        last: str | None = ""
        while last is not None:
            found |= {last} - {""}
            wanted = select(func.min(Ticket.status)).where(Ticket.county == county, Ticket.status > last)
            last = session.scalar(wanted)
    return sorted(found)
