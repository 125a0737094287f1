"""Pages and figures of the ledger, quick among a million tickets.

A page is found by number first, one question for each reason to see tickets, so that an index gives the
order and nothing is sorted; only the page's own rows are then looked up. Figures are counted up to a bound.

Putting such a statement together takes several times as long as answering it. So each is put together once
(:data:`_kept`) for all who ask alike: the same kinds of posts, the same columns restricted, the same order. No
value of anybody stands in it; the asker's own come with each asking (:class:`rectification.ledger.filters.LedgerCondition`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
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
from sqlalchemy.orm import Session

from engine.database import rows_of
from rectification.households.model import Household
from rectification.ledger.columns import OVERDUE
from rectification.ledger.filters import SORTED_BY, Filters, LedgerCondition, Sort, put
from rectification.matters.status import is_open
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.places.areas import Area
from rectification.places.units import Unit
from rectification.tickets.hung import HungTicket

BOUND: Final = 50_000
"""More than a county has; from here on a figure says “at least”."""

_EVERY: Final = 2**31
_REACH: Final = 2_000
"""How far a page is looked for along an index before everything is looked through instead."""

After = tuple[Any, int]
"""The last row of the page before: its value in the order, and its number."""

_kept = lru_cache(maxsize=500)
"""A statement is kept by what decides it: a question without values, an order, how many."""


@dataclass(frozen=True, slots=True)
class LedgerPage:
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
) -> LedgerPage:
    """One page. Tickets without a value in the order come last, whichever way it goes."""
    reading = _Reading.begun(session, person_id, now, filters, after)
    if filters.sort is Sort.NEWEST:
        rows = reading.read(_newest_lines(reading.question, after is not None, size + 1))
    else:
        rows = reading.read(
            _lines_among(filters.sort, filters.down, size + 1), among=reading.sorted(size + 1)
        )
    name = SORTED_BY[filters.sort].key
    last = (getattr(rows[size - 1], name), rows[size - 1].id) if len(rows) > size else None
    return LedgerPage(rows[:size], last)


def numbers(session: Session, person_id: int, now: dt.datetime, filters: Filters, most: int) -> list[int]:
    """The first tickets that match, in their order."""
    reading = _Reading.begun(session, person_id, now, filters, None)
    if filters.sort is Sort.NEWEST:
        rows = reading.read(_by_number(reading.question, False, False, most))
    else:
        rows = reading.read(_first_among(filters.sort, filters.down, most), among=reading.sorted(most))
    return [row.id for row in rows]


@dataclass(frozen=True, slots=True)
class _Reading:
    """Asks statements that are kept, with the asker's values."""

    session: Session
    question: LedgerCondition
    values: dict[str, Any]
    after: After | None

    @classmethod
    def begun(
        cls, session: Session, person_id: int, now: dt.datetime, filters: Filters, after: After | None
    ) -> _Reading:
        question, values = put(session, person_id, now, filters)
        if after is not None:
            values |= {"last_value": after[0], "last_number": after[1]}
        return cls(session, question, values, after)

    def read(self, statement: Select[*tuple[Any, ...]], **more: Any) -> Sequence[Row[*tuple[Any, ...]]]:
        """Its rows; ``more`` are values that are known only now."""
        return rows_of(self.session, statement, {**self.values, **more})

    def sorted(self, size: int) -> list[int]:
        """Numbers among which the first ones stand, whatever the order: those of every way."""
        last = self.after
        result = set() if last is not None and last[0] is None else self._with_value(last is not None, size)
        if len(result) < size:
            onwards = last is not None and last[0] is None
            result.update(row.id for row in self.read(_by_number(self.question, True, onwards, size)))
        return list(result)

    def _with_value(self, onwards: bool, size: int) -> set[int]:
        """Along the index where that soon fills the page; else everything that fits, the first picked out of it."""
        rows = self.read(_walked(self.question, onwards, size))
        numbers, ways = {row.id for row in rows}, Counter(row.way for row in rows)
        short = tuple(way for way in range(self.question.sight.count) if ways[way] < size)
        if short:
            cut_off = tuple(row.way for row in self.read(_cut_off(self.question, onwards, short)))
            if cut_off:
                numbers.update(row.id for row in self.read(_picked(self.question, onwards, cut_off, size)))
        return numbers


@_kept
def _newest_lines(question: LedgerCondition, onwards: bool, size: int) -> Select[*tuple[Any, ...]]:
    candidates = _by_number(question, False, onwards, size).subquery()
    of, query = _lines(candidates)
    return query.order_by(_turned(of.c.id, question.filters.down))


@_kept
def _lines_among(sort: Sort, down: bool, size: int) -> Select[*tuple[Any, ...]]:
    """Lines of the first of some numbers; sorted by the database, whose order of texts is that of the index."""
    candidates = _first_among(sort, down, size).subquery()
    of, query = _lines(candidates)
    return query.order_by(*_order(sort, down, of.c))


@_kept
def _first_among(sort: Sort, down: bool, size: int) -> Select[*tuple[Any, ...]]:
    among = Ticket.id.in_(bindparam("among", expanding=True))
    return select(Ticket.id).where(among).order_by(*_order(sort, down, Ticket.__table__.c)).limit(size)


@_kept
def _by_number(
    question: LedgerCondition, valueless: bool, onwards: bool, size: int
) -> Select[*tuple[Any, ...]]:
    """The first by number, of all or of those without a value; what several ways lead to stands once."""
    down = question.filters.down
    beyond = [_past(Ticket.id, _last_number, down)] if onwards else []
    if valueless:
        beyond.append(SORTED_BY[question.filters.sort].is_(None))
    parts = (_in_row(way, Ticket.id, size, down, *beyond) for way in question.each)
    both = union(*(select(part.c.id) for part in parts)).subquery()
    return select(both.c.id).order_by(_turned(both.c.id, down)).limit(size)


@_kept
def _walked(question: LedgerCondition, onwards: bool, size: int) -> Select[*tuple[Any, ...]]:
    """What fits among the next along the index, way by way.

    Both databases hand the rows of an ordered subquery on as they come, and stop at the last one that is
    wanted; ordered once more they would look at all of the next.
    """
    parts = []
    for number, near in enumerate(_near(question, onwards, range(question.sight.count))):
        part = select(near.c.id).where(near.c.fits).limit(size).subquery()
        parts.append(select(part.c.id, literal(number).label("way")))
    return select(union_all(*parts).subquery())


@_kept
def _cut_off(question: LedgerCondition, onwards: bool, ways: tuple[int, ...]) -> Select[*tuple[Any, ...]]:
    """Which of the ways go on beyond what was walked."""
    parts = [
        select(literal(way).label("way"), func.count().label("number")).select_from(near)
        for way, near in zip(ways, _near(question, onwards, ways), strict=True)
    ]
    counted = union_all(*parts).subquery()
    return select(counted.c.way).where(counted.c.number >= _REACH)


@_kept
def _picked(
    question: LedgerCondition, onwards: bool, ways: tuple[int, ...], size: int
) -> Select[*tuple[Any, ...]]:
    """The first of everything that fits, way by way."""
    by, down, each = SORTED_BY[question.filters.sort], question.filters.down, question.each
    parts = []
    for way in ways:
        every = _in_row(each[way], by, _EVERY, down, _beyond(question, onwards))
        part = select(every.c.id).order_by(*_row_order(every, question)).limit(size).subquery()
        parts.append(select(part.c.id))
    return select(union_all(*parts).subquery())


def _near(question: LedgerCondition, onwards: bool, ways: Iterable[int]) -> list[Any]:
    """The next along the index, and whether each fits."""
    by, down = SORTED_BY[question.filters.sort], question.filters.down
    fits, visibility = and_(true(), *question.conditions).label("fits"), question.sight.ways
    result = []
    for way in ways:
        query = select(Ticket.id, by.label("value"), fits).where(visibility[way], _beyond(question, onwards))
        result.append(query.order_by(_turned(by, down), _turned(Ticket.id, down)).limit(_REACH).subquery())
    return result


_last_number: Final = bindparam("last_number", type_=Ticket.id.type)


def _beyond(question: LedgerCondition, onwards: bool) -> ColumnElement[bool]:
    """With a value in the order; from the second page on after the last row of the one before."""
    by, down = SORTED_BY[question.filters.sort], question.filters.down
    if not onwards:
        return by.is_not(None)
    last: BindParameter[Any] = bindparam("last_value", type_=by.type)
    return or_(_past(by, last, down), and_(by == last, _past(Ticket.id, _last_number, down)))


def _in_row(way: ColumnElement[bool], value: Any, most: int, down: bool, *only: ColumnElement[bool]) -> Any:
    """Matching tickets in the order in which they stand in the table: six times as quick as in any other."""
    part = select(Ticket.id, value.label("value")).where(way, *only)
    return part.order_by(_turned(Ticket.id, down)).limit(most).subquery()


def _order(sort: Sort, down: bool, columns: Any) -> tuple[ColumnElement[Any], ...]:
    by = columns[SORTED_BY[sort].key]
    return by.is_(None), _turned(by, down), _turned(columns.id, down)


def _row_order(part: Any, question: LedgerCondition) -> tuple[ColumnElement[Any], ...]:
    down = question.filters.down
    return _turned(part.c.value, down), _turned(part.c.id, down)


def _past(by: Any, value: Any, down: bool) -> ColumnElement[bool]:
    past: ColumnElement[bool] = by < value if down else by > value
    return past


def _turned(by: Any, down: bool) -> ColumnElement[Any]:
    turned: ColumnElement[Any] = by.desc() if down else by.asc()
    return turned


def _lines(candidates: Any) -> tuple[Any, Select[*tuple[Any, ...]]]:
    """The tickets of some numbers, and with them the names that a line of the ledger shows.

    Each name is looked up for itself: with ten tables to join PostgreSQL thinks longer than it then reads.
    """
    of = select(Ticket.__table__).where(Ticket.id.in_(select(candidates.c.id))).subquery()
    hung = and_(HungTicket.ticket_id == of.c.id, HungTicket.until.is_(None))
    looked_up = {
        "head": select(Household.head).where(Household.id == of.c.household_id),
        "kind": select(Household.kind).where(Household.id == of.c.household_id),
        "village_name": select(Area.name).where(Area.code == of.c.village),
        "town_name": select(Area.name).where(Area.code == of.c.town),
        "county_name": select(Area.name).where(Area.code == of.c.county),
        "person_name": select(Person.name).where(Person.id == of.c.resp_person_id),
        "finder_name": select(Person.name).where(Person.id == of.c.found_by_id),
        "unit_name": select(Unit.name).where(Unit.id == of.c.resp_unit_id),
        "dept_name": select(Unit.name).where(Unit.id == of.c.line_dept_id),
        "review_date": select(HungTicket.review_date).where(hung).limit(1),
    }
    names = (query.scalar_subquery().label(name) for name, query in looked_up.items())
    return of, select(*of.c, *names)


def count(session: Session, person_id: int, now: dt.datetime, filters: Filters, bound: int = BOUND) -> Figure:
    """How many tickets match, up to a bound."""
    reading = _Reading.begun(session, person_id, now, filters, None)
    number = reading.read(_counted(reading.question, bound))[0][0]
    return Figure(min(number, bound), number > bound)


@_kept
def _counted(question: LedgerCondition, bound: int) -> Select[*tuple[Any, ...]]:
    return select(func.count()).select_from(_some(question.each, bound + 1))


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """What the filter finds, by status; open and overdue apart. Hung is never counted as closed."""

    by_status: Mapping[str | None, Figure]
    open: Figure
    overdue: Figure

    def of(self, status: str) -> Figure:
        """One status."""
        return self.by_status.get(status, Figure(0))


def figures(
    session: Session, person_id: int, now: dt.datetime, filters: Filters, bound: int = BOUND
) -> LedgerFigures:
    """The figures over all statuses of what else the filter asks; beyond the bound each is “at least”."""
    others = filters.without(*(pair for pair in filters.pairs if pair[0] in ("state", "status")))
    reading = _Reading.begun(session, person_id, now, others, None)
    rows = reading.read(_by_status(reading.question, bound))
    more = sum(row[2] for row in rows) > bound
    by_status: Counter[str | None] = Counter()
    for status, _late, number in rows:
        by_status[status] += number
    still = sum(number for status, number in by_status.items() if is_open(status))
    overdue = sum(row[2] for row in rows if row[1])
    figures_by_status = {status: Figure(number, more) for status, number in by_status.items()}
    return LedgerFigures(figures_by_status, Figure(still, more), Figure(overdue, more))


@_kept
def _by_status(question: LedgerCondition, bound: int) -> Select[*tuple[Any, ...]]:
    candidates = _some(question.each, bound + 1, Ticket.status, OVERDUE.label("late"))
    return select(candidates.c.status, candidates.c.late, func.count()).group_by(
        candidates.c.status, candidates.c.late
    )


def _some(visibility: Sequence[ColumnElement[bool]], most: int, *columns: Any) -> Any:
    parts = []
    for way in visibility:
        part = select(Ticket.id, *columns).where(way).order_by(Ticket.id.desc()).limit(most)
        parts.append(select(part.subquery()))
    return union(*parts).limit(most).subquery()


def occurring(session: Session) -> list[str]:
    """The statuses that diagrams have given to tickets so far: a look at an index for each, county by county."""
    names: set[str] = set()
    for county in session.scalars(select(Area.code).where(Area.level == "county")):
        last: str | None = ""
        while last is not None:
            names |= {last} - {""}
            query = select(func.min(Ticket.status)).where(Ticket.county == county, Ticket.status > last)
            last = session.scalar(query)
    return sorted(names)
