"""The ledger as a page shows it: columns with their cells, chips of the filter, choices of the builder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Row, false, or_, select
from sqlalchemy.orm import Session

from engine.forms.fields import Field
from rectification.campaigns.catalogue import SWEEP, CheckItem, get_categories
from rectification.households.model import KINDS
from rectification.ledger.columns import COLUMNS, EMPTY, RANGES, STATES, ColumnKind
from rectification.ledger.filters import Filters, Sort
from rectification.ledger.pages import occurring
from rectification.matters.status import is_open, is_overdue
from rectification.places.areas import Area
from rectification.tickets.closures import CLOSE_TYPES
from rectification.work_streams.model import get_work_streams
from web.dates import DateFormatter
from web.fields.surroundings import OfferedOption
from web.i18n import gettext as _
from web.i18n import translate
from web.labels import status_words

USUAL: Final = ("status", "village", "head", "item", "unit", "person", "due", "days_overdue")
"""What somebody sees who has chosen nothing; number and finding stand first in any case."""
FIXED: Final = frozenset({"number", "description", "overdue"})
_MOST: Final = 400
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition, with the way to the page without it and the way to change it."""

    words: str
    without: str
    column: str


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a column; ``sort`` leads to the page in its order."""

    name: str
    words: str
    sort: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class FilterRequest:
    """The builder's form for one column."""

    name: str
    words: str
    kind: str
    options: Sequence[OfferedOption]
    chosen: frozenset[str]
    low: str
    high: str
    text: str
    kept: Sequence[tuple[str, str]]
    more: bool
    may_be_empty: bool


@dataclass(frozen=True, slots=True)
class CodeNames:
    """Says codes of the ledger to one reader; looked up once for a page."""

    session: Session
    calendar: DateFormatter
    fields: Mapping[str, Field]
    campaign: int | None

    def options(self, name: str, filters: Filters) -> list[OfferedOption]:
        """What can be chosen in a column."""
        column = COLUMNS[name]
        if name in ("county", "town", "village"):
            return self._areas(name, filters)
        if name == "status":
            return [OfferedOption(code, status_words(code)) for code in occurring(self.session)]
        if column.options is not None:
            return [OfferedOption(element, translate(words)) for element, words in column.options.items()]
        number = self.campaign or 0
        if name == "category":
            return [
                OfferedOption(category.code, translate(category.title))
                for category in get_categories(self.session, number)
            ]
        if name == "item":
            items = (
                select(CheckItem)
                .where(CheckItem.campaign_id == number)
                .order_by(CheckItem.work, CheckItem.position)
            )
            return [
                OfferedOption(row.code, f"{row.code} {translate(row.name)}")
                for row in self.session.scalars(items)
            ]
        if name == "source":
            own = [OfferedOption("visit", _("Household visits"))]
            return own + [
                OfferedOption(work_stream.code[:20], translate(work_stream.name))
                for work_stream in get_work_streams(self.session, number)
                if work_stream.code != SWEEP
            ]
        field = self.fields.get({"channel": "record_channel"}.get(name, name))
        return (
            [OfferedOption(str(option.id), translate(option.label)) for option in field.options]
            if field
            else []
        )

    def _areas(self, level: str, filters: Filters) -> list[OfferedOption]:
        areas = select(Area.code, Area.name).where(Area.level == level)
        for above in ("county", "town"):
            inside = [value for name, value in filters.pairs if name == above and value != EMPTY]
            if above != level and inside:
                query = select(Area.path).where(Area.code.in_(inside))
                paths = [Area.path.startswith(path, autoescape=True) for path in self.session.scalars(query)]
                areas = areas.where(or_(false(), *paths))
        return [
            OfferedOption(code, name)
            for code, name in self.session.execute(areas.order_by(Area.path).limit(_MOST))
        ]

    def one(self, name: str, value: str) -> str:
        """One chosen value."""
        if name in ("county", "town", "village", "area"):
            area = self.session.get(Area, value)
            return area.name if area else value
        if name == "status":
            return status_words(value)
        if (
            name in ("category", "item", "source", "rect_type", "channel")
            or COLUMNS[name].options is not None
        ):
            known = {option.id: option.label for option in self.options(name, Filters())}
            return known.get(value, value)
        return value

    def chips(self, filters: Filters) -> list[Chip]:
        """The filter, condition by condition."""
        return [
            Chip(self._chip(*pair), path_to(filters.without(pair)), _column(pair[0]))
            for pair in filters.pairs
        ]

    def _chip(self, name: str, value: str) -> str:
        column = _column(name)
        if column == "state":
            return translate(STATES[value])
        if column == "q":
            return f"“{value}”"
        if column == "area":
            area = _("Area")
            return f"{area}: {self.one('area', value)}"
        words = translate(COLUMNS[column].words)
        if value == EMPTY:
            nothing = _("nothing")
            return f"{words}: {nothing}"
        if name.endswith("_from"):
            return f"{words} ≥ {value}"
        if name.endswith("_to"):
            return f"{words} ≤ {value}"
        return f"{words}: {self.one(column, value)}"


def _column(name: str) -> str:
    if name in COLUMNS:
        return name
    short = name.removesuffix("_from").removesuffix("_to")
    return short if short in COLUMNS and COLUMNS[short].kind in RANGES else name


def path_to(filters: Filters) -> str:
    """The page of a filter."""
    return f"/tickets?{filters.query}" if filters.query else "/tickets"


def in_place_of(filters: Filters, name: str, value: str) -> str:
    """The page of the filter with another value of a name, in place of any it has."""
    rest = filters.without(*(pair for pair in filters.pairs if pair[0] in (name, "status")))
    return path_to(rest.having((name, value)))


def headers(names: Sequence[str], filters: Filters, fields: Mapping[str, Field]) -> list[Header]:
    """The heads of the chosen columns."""
    return [
        _header(
            name,
            translate(COLUMNS[name].words) if name in COLUMNS else translate(fields[name].label),
            filters,
        )
        for name in names
    ]


def _header(name: str, words: str, filters: Filters) -> Header:
    if name not in tuple(Sort):
        return Header(name, words)
    here = filters.sort == name
    turned = replace(filters, sort=Sort(name), down=here and not filters.down)
    return Header(
        name, words, path_to(turned), ("descending" if filters.down else "ascending") if here else ""
    )


def newest_first(filters: Filters) -> str:
    """The page in its usual order."""
    return path_to(replace(filters, sort=Sort.NEWEST, down=True))


def number_header(filters: Filters) -> Header:
    """The head of the first column."""
    return _header("number", _("Ticket"), filters)


def condition_for(codes: CodeNames, name: str, filters: Filters) -> FilterRequest:
    """The builder's form for one column, as the filter has it now."""
    column = COLUMNS[name]
    names = (name, f"{name}_from", f"{name}_to") if column.kind in RANGES else (name,)
    kept = [pair for pair in filters.pairs if pair[0] not in names]
    options = codes.options(name, filters) if column.kind is ColumnKind.CHOICE else []
    return FilterRequest(
        name, translate(column.words), column.kind.value, options, frozenset(v for n, v in filters.pairs if n == name), filters.value(f"{name}_from"),
        filters.value(f"{name}_to"), "" if filters.value(name) == EMPTY else filters.value(name), [*kept, *filters.order],
        len(options) == _MOST, column.options is None or column.options in (KINDS, CLOSE_TYPES),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a column of a line; ``mark`` colours it."""

    name: str
    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One ticket of the ledger."""

    id: int
    number: str | None
    title: str
    status: str | None
    where: str
    person: str
    due_at: dt.datetime | None
    counts_down: bool
    slow: bool
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Liner:
    """Makes lines of rows; the names of options are looked up once."""

    codes: CodeNames
    names: Sequence[str]
    known: Mapping[str, Mapping[str, str]]
    filled: Mapping[tuple[int, str], str]

    def line(self, row: Row[Any]) -> LedgerRow:
        """One line."""
        first = next(iter(row.description.strip().splitlines()), "") or row.item
        where = " · ".join(part for part in (row.village_name, row.head or row.subject_name) if part)
        cells = [self._cell(row, name) for name in self.names]
        return LedgerRow(
            row.id, row.number, first[:120], row.status, where, row.person_name or "", row.due_at, is_open(row.status), row.slow, cells
        )  # fmt: skip

    def _cell(self, row: Row[Any], name: str) -> Cell:
        if name not in COLUMNS:
            return Cell(name, self.filled.get((row.id, name), ""))
        if name == "status":
            return Cell(name, status_words(row.status), row.status or "")
        if name == "days_overdue":
            days = self._days_late(row)
            return Cell(name, str(days) if days else "", "red" if days else "")
        return Cell(name, self._text(row, name))

    def _text(self, row: Row[Any], name: str) -> str:
        if name in _NAMED:
            return str(row._mapping[_NAMED[name]] or "")
        if name in ("slow", "late"):
            return _("Yes") if row._mapping[_HELD[name]] else ""
        value = row._mapping[_HELD.get(name, name)]
        if value is None:
            return ""
        if name == "due":
            return self.codes.calendar.day(self.codes.calendar.last_day(value))
        if COLUMNS[name].kind is ColumnKind.DAY:
            return self.codes.calendar.day(value)
        return self.known.get(name, {}).get(str(value), str(value))

    def _days_late(self, row: Row[Any]) -> int:
        late = is_overdue(row.status, row.due_at, self.codes.calendar.now)
        return -((row.due_at - self.codes.calendar.now) // _DAY) if late else 0


_NAMED: Final = {
    "village": "village_name", "town": "town_name", "county": "county_name", "person": "person_name", "finder": "finder_name",
    "unit": "unit_name", "dept": "dept_name",
}  # fmt: skip
_HELD: Final = {
    "found": "found_on", "due": "due_at", "level": "escalation_level", "closed": "closed_at", "late": "closed_late",
    "channel": "record_channel", "external": "external_number", "recorded": "external_date", "review": "review_date",
    "subject": "subject_kind", "about": "subject_name",
}  # fmt: skip
_CODED: Final = ("category", "item", "source", "kind", "subject", "rect_type", "close_type", "channel")


def liner(codes: CodeNames, names: Sequence[str], filled: Mapping[tuple[int, str], str]) -> Liner:
    """What makes lines with these columns."""
    coded = [name for name in names if name in _CODED]
    known = {name: {option.id: option.label for option in codes.options(name, Filters())} for name in coded}
    return Liner(codes, names, known, filled)
