"""The ledger: what somebody asks to see of the tickets, and the one condition that answers it.

A condition travels as a query string. Pages, bulk actions and exports read it with :meth:`Filters.read` and
ask :func:`matching` or :func:`put`, so that all of them mean the same tickets and none leaves the asker's scope.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement, and_, bindparam, or_
from sqlalchemy.orm import QueryableAttribute, Session

from engine.errors import WrongValues
from engine.text import LocalizedText
from rectification.access.permissions import get_ticket_visibility
from rectification.access.ticket_visibility import TicketVisibility, filled
from rectification.calendar.deadlines import local_day
from rectification.ledger.columns import (
    COLUMNS,
    EMPTY,
    RANGES,
    STATES,
    ColumnKind,
    FilterMoment,
    Flag,
    LedgerColumn,
    in_area,
    in_state,
    part_of_text,
    with_text,
)
from rectification.matters.ticket import Ticket
from rectification.matters.timezone import zone_of_campaign

Pair = tuple[str, str]
_LONGEST: Final = 100
_LARGEST: Final = 10_000
_MOST: Final = 200
_ORDER: Final = ("state", "area", "q", *COLUMNS)


class Sort(StrEnum):
    """What the ledger can be ordered by."""

    NEWEST = "newest"
    NUMBER = "number"
    STATUS = "status"
    VILLAGE = "village"
    FOUND = "found"
    DUE = "due"
    CLOSED = "closed"


SORTED_BY: Final[dict[Sort, QueryableAttribute[object]]] = {
    Sort.NEWEST: Ticket.id,
    Sort.NUMBER: Ticket.number,
    Sort.STATUS: Ticket.status,
    Sort.VILLAGE: Ticket.village,
    Sort.FOUND: Ticket.found_on,
    Sort.DUE: Ticket.due_at,
    Sort.CLOSED: Ticket.closed_at,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """Conditions about tickets, each a name and a value as the address has them, in the columns' order.

    Several texts of one column must all be in it; several choices may each be it; ``name_from`` and
    ``name_to`` bound a range and belong to it.
    """

    pairs: tuple[Pair, ...] = ()
    sort: Sort = Sort.NEWEST
    down: bool = True
    campaign: int | None = None
    """Whose tickets; it is no condition and stands in no address."""

    @classmethod
    def read(cls, typed: Iterable[Pair]) -> Filters:
        """Read the conditions out of an address; names that the ledger does not know are somebody else's.

        Raises:
            WrongValues: a condition that cannot be read. It is never dropped, for then more would match.
        """
        pairs: set[Pair] = set()
        sort, down, problems = Sort.NEWEST, True, {}
        for name, value in typed:
            value = value.strip()[:_LONGEST]
            if name == "sort" and value.removeprefix("-") in tuple(Sort):
                sort, down = Sort(value.removeprefix("-")), value.startswith("-")
            elif value and _place(name) is not None:
                wrong = _wrong(name, value)
                pairs.add((name, value))
                problems.update({name: wrong} if wrong else {})
        if len(pairs) > _MOST:
            problems[""] = LocalizedText("筛选条件太多。", "That is too many filters.")
        if problems:
            raise WrongValues(problems)
        return cls(tuple(sorted(pairs, key=_key)), sort, down)

    @classmethod
    def from_query(cls, query: str) -> Filters:
        """Read the conditions out of a query string."""
        return cls.read(parse_qsl(query, max_num_fields=500))

    @property
    def query(self) -> str:
        """The same as a query string: one text for one meaning."""
        return urlencode([*self.pairs, *self.order])

    @property
    def order(self) -> list[Pair]:
        """The order, unless it is the usual one."""
        usual = self.sort is Sort.NEWEST and self.down
        return [] if usual else [("sort", f"{'-' if self.down else ''}{self.sort}")]

    def without(self, *gone: Pair) -> Filters:
        """The same without some of the conditions."""
        return replace(self, pairs=tuple(pair for pair in self.pairs if pair not in gone))

    def having(self, *more: Pair) -> Filters:
        """The same with more conditions."""
        return replace(Filters.read([*self.pairs, *more, *self.order]), campaign=self.campaign)

    def value(self, name: str) -> str:
        """The first value of a name."""
        return next((value for key, value in self.pairs if key == name), "")

    @property
    def shape(self) -> Filters:
        """The same with names in the place of the values: what decides how the question is put."""
        pairs = (
            (name, value if _fixed(name, value) else f"condition{n}")
            for n, (name, value) in enumerate(self.pairs)
        )
        return replace(self, pairs=tuple(pairs), campaign=None if self.campaign is None else 0)

    def values(self, moment: FilterMoment) -> dict[str, object]:
        """The values by the names that the :attr:`shape` has for them."""
        pairs = enumerate(self.pairs)
        parameters = {f"condition{n}": _given(*pair, moment) for n, pair in pairs if not _fixed(*pair)}
        return {**parameters, "campaign": self.campaign, "now": moment.now}

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The conditions of a :attr:`shape` in SQL, on tickets alone."""
        if self.campaign is not None:
            yield Ticket.campaign_id == bindparam("campaign", type_=Ticket.campaign_id.type)
        by: dict[str, dict[str, list[str]]] = {}
        for name, value in self.pairs:
            column, suffix = _split(name)
            by.setdefault(column, {}).setdefault(suffix, []).append(value)
        for name, by_suffix in by.items():
            values = by_suffix.get("", [])
            if name == "q":
                yield from (with_text(value) for value in values)
            elif name == "area":
                yield from (in_area(value) for value in values)
            elif name == "state":
                yield from (in_state(value) for value in values)
            else:
                yield COLUMNS[name].condition(by_suffix)


@dataclass(frozen=True, slots=True)
class LedgerCondition:
    """Why somebody sees tickets and what they ask of them, without the values.

    A statement made of it can be kept for all who ask alike. It answers nobody by itself: the values come with
    each asking, those of the asker's own posts among them, and where one is missing nothing is asked at all.
    """

    sight: TicketVisibility
    filters: Filters

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """What is restricted."""
        return list(self.filters.conditions())

    @property
    def each(self) -> list[ColumnElement[bool]]:
        """The conditions within each reason to see tickets."""
        conditions = self.conditions
        return [and_(way, *conditions) for way in self.sight.ways]


def matching(session: Session, person_id: int, now: dt.datetime, filters: Filters) -> ColumnElement[bool]:
    """The tickets that a person may see and asks to see, as a condition on :class:`Ticket`."""
    question, values = put(session, person_id, now, filters)
    return filled(or_(*question.each), values)


def put(
    session: Session, person_id: int, now: dt.datetime, filters: Filters
) -> tuple[LedgerCondition, dict[str, object]]:
    """The same as a question and its values, for whoever reads a long list in order."""
    moment = FilterMoment(now, zone_of_campaign(session, filters.campaign))
    visibility = get_ticket_visibility(session, person_id, local_day(now, moment.zone))
    return LedgerCondition(visibility.shape, filters.shape), {**filters.values(moment), **visibility.values}


def _split(name: str) -> tuple[str, str]:
    for suffix in ("_from", "_to"):
        column = COLUMNS.get(name.removesuffix(suffix))
        if name.endswith(suffix) and column is not None and column.kind in RANGES:
            return column.name, suffix
    return name, ""


def _place(name: str) -> int | None:
    column, _suffix = _split(name)
    return _ORDER.index(column) if column in _ORDER else None


def _fixed(name: str, value: str) -> bool:
    """Whether a condition decides the SQL itself; all others are the same whatever their value."""
    return name == "state" or (name in COLUMNS and COLUMNS[name].is_fixed(value))


def _given(name: str, value: str, moment: FilterMoment) -> Any:
    if name == "area":
        return value
    if name == "q":
        return part_of_text(value)
    column, suffix = _split(name)
    return COLUMNS[column].given(suffix, value, moment)


def _key(pair: Pair) -> tuple[int, Pair]:
    return _place(pair[0]) or 0, pair


def _wrong(name: str, value: str) -> LocalizedText | None:
    if name == "state":
        return None if value in STATES else LocalizedText("没有这种状态。", "There is no such state.")
    column, suffix = _split(name)
    if column not in COLUMNS:
        return None
    return _wrong_condition(COLUMNS[column], suffix, value)


def _wrong_condition(column: LedgerColumn, suffix: str, value: str) -> LocalizedText | None:
    if isinstance(column, Flag):
        return None if value in ("yes", "no") else LocalizedText("请选择是或否。", "Choose yes or no.")
    if column.kind not in RANGES or (not suffix and value == EMPTY):
        return None
    if column.kind is ColumnKind.NUMBER and suffix:
        fits = value.isascii() and value.isdecimal() and int(value) <= _LARGEST
        return None if fits else LocalizedText("请填写整数。", "Give a whole number.")
    if suffix and _is_day(value):
        return None
    return LocalizedText("请填写日期，例如 2019-09-20。", "Give a date such as 2019-09-20.")


def _is_day(value: str) -> bool:
    try:
        return len(value) == 10 and 1900 <= dt.date.fromisoformat(value).year <= 2999
    except ValueError:
        return False
