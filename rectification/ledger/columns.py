"""The columns of the ledger: what each is called, and how a condition about it is asked in SQL.

Every condition is one on :class:`rectification.matters.ticket.Ticket` alone; what stands in another table is looked
up there, so that any columns can be combined without joins. Conditions hold names, no values: one statement,
put together once, serves everybody who asks alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, String, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import QueryableAttribute

from engine.database import Instant
from engine.text import LocalizedText
from rectification.households.model import KINDS, Household
from rectification.matters.status import ENDED, OPEN, overdue
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.places.areas import Area
from rectification.places.units import Unit
from rectification.tickets.closures import CLOSE_TYPES
from rectification.tickets.hung import HungTicket


def _weighed(value: QueryableAttribute[Any]) -> ColumnElement[Any]:
    """The same value, but no reason to choose an index: a range mostly holds half of everything.

    Without it SQLite takes the range for narrow, reads that half and sorts it for one page.
    """
    return func.coalesce(value, value)


due_at: Final = _weighed(Ticket.due_at)

_now: Final = bindparam("now", type_=Instant)
OVERDUE: Final = overdue(_now, due_at)
"""Open and past its due date: asked of the clock (``now``), never stored."""
_IN_TIME: Final = or_(Ticket.status.in_(ENDED), Ticket.due_at.is_(None), due_at >= _now)

STATES: Final[dict[str, LocalizedText]] = {
    "open": LocalizedText("未结", "Open"),
    "overdue": LocalizedText("未结且逾期", "Open and overdue"),
    "hung": LocalizedText("挂账", "On hold"),
    "closed": LocalizedText("已销号", "Closed"),
}
"""The figures above the ledger, as conditions."""

SUBJECTS: Final[dict[str, LocalizedText]] = {
    "household": LocalizedText("农户", "Household"),
    "village": LocalizedText("村", "Village"),
    "unit": LocalizedText("单位", "Unit"),
}
"""What a ticket can be about."""

EMPTY: Final = "-"
"""The condition for tickets that have nothing there."""

_DAY = dt.timedelta(days=1)
_ESCAPE = "/"
_YES_NO: Final = {"yes": LocalizedText("是", "Yes"), "no": LocalizedText("否", "No")}


_ticket: Final = Ticket.__table__.alias("looked_up")
"""Found by its own index first: few tickets have such a person, unit or household, and no page walks past the rest."""


class ColumnKind(StrEnum):
    """What can be restricted of a column: a part of its text, some of its values, or a range."""

    TEXT = "text"
    CHOICE = "choice"
    DAY = "day"
    NUMBER = "number"


RANGES: Final = frozenset({ColumnKind.DAY, ColumnKind.NUMBER})


@dataclass(frozen=True, slots=True)
class FilterMoment:
    """When and where a condition is made: days begin and end in a zone, overdue is before now."""

    now: dt.datetime
    zone: ZoneInfo

    def begin(self, day: dt.date) -> dt.datetime:
        """The first instant of a day."""
        return dt.datetime.combine(day, dt.time(), self.zone).astimezone(dt.UTC)


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """One column. ``own`` stands in the ticket itself; ``looked_up`` finds the value behind it elsewhere."""

    name: str
    words: LocalizedText
    kind: ColumnKind
    own: QueryableAttribute[Any]
    looked_up: tuple[QueryableAttribute[Any], QueryableAttribute[Any]] | None = None
    only: ColumnElement[bool] | None = None
    options: Mapping[str, LocalizedText] | None = None

    @property
    def value(self) -> QueryableAttribute[Any]:
        """What is compared."""
        return self.looked_up[1] if self.looked_up else self.own

    def condition(self, values: Mapping[str, list[str]]) -> ColumnElement[bool]:
        """Tickets that fit the conditions; ``values`` is by suffix: ``""``, ``_from``, ``_to``.

        The texts are names under which the values are given later (:meth:`given`), except for :data:`EMPTY`.
        """
        plain = [value for value in values.get("", []) if value != EMPTY]
        conditions = [
            self._among(_weighed(self.value) >= self._named(low)) for low in values.get("_from", [])
        ]
        conditions += [self._up_to(self._named(high)) for high in values.get("_to", [])]
        if plain and self.kind is ColumnKind.TEXT:
            conditions += [self._among(holding(self.value, value)) for value in plain]
        elif plain:
            conditions.append(self._among(self.value.in_([self._named(value) for value in plain])))
        condition = and_(*conditions) if conditions else false()
        return or_(condition, self._empty()) if EMPTY in values.get("", []) else condition

    def is_fixed(self, text: str) -> bool:
        """Whether a condition decides the SQL itself and has no value in it."""
        return text == EMPTY

    def given(self, suffix: str, text: str, moment: FilterMoment) -> Any:
        """The value that a condition is compared with."""
        if not suffix:
            return part_of_text(text) if self.kind is ColumnKind.TEXT else text
        if self.kind is ColumnKind.NUMBER:
            return int(text)
        day = dt.date.fromisoformat(text)
        if not isinstance(self.value.type, Instant):
            return day
        return moment.begin(day + _DAY if suffix == "_to" else day)

    def _named(self, name: str) -> BindParameter[Any]:
        return bindparam(name, type_=self.value.type)

    def _among(self, test: ColumnElement[bool]) -> ColumnElement[bool]:
        if self.looked_up is None:
            return test
        query = select(self.looked_up[0]).where(test)
        query = query if self.only is None else query.where(self.only)
        cte = select(_ticket.c.id).where(_ticket.c[self.own.key].in_(query)).cte()
        return Ticket.id.in_(select(cte.c.id))

    def _empty(self) -> ColumnElement[bool]:
        if self.looked_up is not None and self.own is Ticket.id:
            rows = select(self.looked_up[0])
            return self.own.not_in(rows if self.only is None else rows.where(self.only))
        return (
            self.own.is_(None) if self.kind is not ColumnKind.TEXT else or_(self.own.is_(None), self._blank())
        )

    def _blank(self) -> ColumnElement[bool]:
        return self.own == "" if self.looked_up is None else false()

    def _up_to(self, high: BindParameter[Any]) -> ColumnElement[bool]:
        """The last day belongs to the range: instants lie before the day after it."""
        value = _weighed(self.value)
        return self._among(value < high if isinstance(self.value.type, Instant) else value <= high)


@dataclass(frozen=True, slots=True)
class Flag(LedgerColumn):
    """A column of yes and no."""

    def condition(self, values: Mapping[str, list[str]]) -> ColumnElement[bool]:
        """Yes, no, or both."""
        return or_(false(), *(self.is_so(value == "yes") for value in values.get("", [])))

    def is_fixed(self, text: str) -> bool:
        """Yes and no are two conditions."""
        return True

    def is_so(self, yes: bool) -> ColumnElement[bool]:
        """Tickets of which it is true, or is not."""
        return self.own.is_(True) if yes else or_(self.own.is_(None), self.own.is_(False))


@dataclass(frozen=True, slots=True)
class Overdue(Flag):
    """Whether it is late now."""

    def is_so(self, yes: bool) -> ColumnElement[bool]:
        """Late, or all the others."""
        return OVERDUE if yes else _IN_TIME


@dataclass(frozen=True, slots=True)
class DaysOverdue(LedgerColumn):
    """How many days an open ticket is late; a day that has begun counts."""

    def condition(self, values: Mapping[str, list[str]]) -> ColumnElement[bool]:
        """Due before the one instant and not before the other."""
        if EMPTY in values.get("", []):
            return _IN_TIME
        before, since = (
            [bindparam(name, type_=Instant) for name in values.get(suffix, [])] for suffix in ("_from", "_to")
        )
        return and_(OVERDUE, *(due_at < value for value in before), *(due_at >= value for value in since))

    def given(self, suffix: str, text: str, moment: FilterMoment) -> Any:
        """More than one day less than the lower bound, not more than the upper one."""
        return moment.now - (int(text) - (1 if suffix == "_from" else 0)) * _DAY


def _place(name: str, words: LocalizedText, own: QueryableAttribute[Any]) -> LedgerColumn:
    return LedgerColumn(name, words, ColumnKind.CHOICE, own)


def _home(
    name: str, words: LocalizedText, kind: ColumnKind, value: QueryableAttribute[Any], **more: Any
) -> LedgerColumn:
    return LedgerColumn(name, words, kind, Ticket.household_id, (Household.id, value), **more)


def _who(name: str, words: LocalizedText, own: QueryableAttribute[Any]) -> LedgerColumn:
    return LedgerColumn(name, words, ColumnKind.TEXT, own, (Person.id, Person.name))


def _unit(name: str, words: LocalizedText, own: QueryableAttribute[Any]) -> LedgerColumn:
    return LedgerColumn(name, words, ColumnKind.TEXT, own, (Unit.id, Unit.name))


COLUMNS: Final[dict[str, LedgerColumn]] = {
    column.name: column
    for column in (
        LedgerColumn("number", LocalizedText("问题编号", "Number"), ColumnKind.TEXT, Ticket.number),
        LedgerColumn("status", LocalizedText("状态", "Status"), ColumnKind.CHOICE, Ticket.status),
        LedgerColumn("description", LocalizedText("问题描述", "What was found"), ColumnKind.TEXT, Ticket.description),
        _home("head", LocalizedText("户主", "Household head"), ColumnKind.TEXT, Household.head),
        _home("kind", LocalizedText("户类型", "Kind of household"), ColumnKind.CHOICE, Household.kind, options=KINDS),
        LedgerColumn("subject", LocalizedText("对象", "About a"), ColumnKind.CHOICE, Ticket.subject_kind, options=SUBJECTS),
        LedgerColumn("about", LocalizedText("对象名称", "Named"), ColumnKind.TEXT, Ticket.subject_name),
        _place("county", LocalizedText("县区", "County"), Ticket.county),
        _place("town", LocalizedText("乡镇", "Town"), Ticket.town),
        _place("village", LocalizedText("村", "Village"), Ticket.village),
        LedgerColumn("category", LocalizedText("类别", "Category"), ColumnKind.CHOICE, Ticket.category),
        LedgerColumn("item", LocalizedText("检查项", "Check item"), ColumnKind.CHOICE, Ticket.item),
        LedgerColumn("source", LocalizedText("来源", "Work or source"), ColumnKind.CHOICE, Ticket.source),
        LedgerColumn("found", LocalizedText("发现日期", "Found on"), ColumnKind.DAY, Ticket.found_on),
        _who("finder", LocalizedText("发现人", "Found by"), Ticket.found_by_id),
        LedgerColumn("rect_type", LocalizedText("整改类型", "Kind of fix"), ColumnKind.CHOICE, Ticket.rect_type),
        LedgerColumn("measure", LocalizedText("整改措施", "Measure"), ColumnKind.TEXT, Ticket.measure),
        _unit("unit", LocalizedText("责任单位", "Responsible unit"), Ticket.resp_unit_id),
        _unit("dept", LocalizedText("行业部门", "Line department"), Ticket.line_dept_id),
        _who("person", LocalizedText("责任人", "Responsible person"), Ticket.resp_person_id),
        LedgerColumn("due", LocalizedText("整改时限", "Due"), ColumnKind.DAY, Ticket.due_at),
        Overdue("overdue", LocalizedText("是否逾期", "Overdue"), ColumnKind.CHOICE, Ticket.due_at, options=_YES_NO),
        DaysOverdue("days_overdue", LocalizedText("逾期天数", "Days overdue"), ColumnKind.NUMBER, Ticket.due_at),
        LedgerColumn("rounds", LocalizedText("退回次数", "Sent back"), ColumnKind.NUMBER, Ticket.rounds),
        LedgerColumn("level", LocalizedText("督办级别", "Escalation level"), ColumnKind.NUMBER, Ticket.escalation_level),
        Flag("slow", LocalizedText("进度较慢", "Slow progress"), ColumnKind.CHOICE, Ticket.slow, options=_YES_NO),
        LedgerColumn("close_type", LocalizedText("销号方式", "Closed as"), ColumnKind.CHOICE, Ticket.close_type, options=CLOSE_TYPES),
        LedgerColumn("closed", LocalizedText("销号日期", "Closed on"), ColumnKind.DAY, Ticket.closed_at),
        Flag("late", LocalizedText("逾期销号", "Closed late"), ColumnKind.CHOICE, Ticket.closed_late, options=_YES_NO),
        LedgerColumn("channel", LocalizedText("登记渠道", "Recorded in"), ColumnKind.CHOICE, Ticket.record_channel),
        LedgerColumn("external", LocalizedText("系统编号或档案号", "External number"), ColumnKind.TEXT, Ticket.external_number),
        LedgerColumn("recorded", LocalizedText("登记日期", "Recorded on"), ColumnKind.DAY, Ticket.external_date),
        LedgerColumn(
            "review", LocalizedText("挂账复查日期", "On hold: review on"), ColumnKind.DAY, Ticket.id,
            (HungTicket.ticket_id, HungTicket.review_date), HungTicket.until.is_(None),
        ),
    )
}  # fmt: skip
"""Every column by its name, in the ledger's order."""


def in_state(state: str) -> ColumnElement[bool]:
    """Tickets that one of the figures counts."""
    if state in ("hung", "closed"):
        return Ticket.status == state
    return OPEN if state == "open" else OVERDUE


def in_area(name: str) -> ColumnElement[bool]:
    """Tickets of a village, a town, a county, or whatever lies in the area whose code is given under a name."""
    code = bindparam(name, type_=Ticket.county.type)
    below = select(Area.code).where(Area.parent_code == code)
    return or_(Ticket.village == code, Ticket.town == code, Ticket.county == code, Ticket.county.in_(below))


def with_text(name: str) -> ColumnElement[bool]:
    """Tickets with a text in their number, their description or the name of the household's head."""
    heads = select(Household.id).where(holding(Household.head, name))
    own = (holding(column, name) for column in (Ticket.number, Ticket.description))
    return or_(*own, Ticket.household_id.in_(heads))


def holding(column: QueryableAttribute[Any], name: str) -> ColumnElement[bool]:
    """Has in it, in capitals or small, the :func:`part_of_text` that is given under a name."""
    return column.icontains(bindparam(name, type_=String), escape=_ESCAPE)


def part_of_text(text: str) -> str:
    """A text as :func:`holding` looks for it: nothing in it stands for anything else."""
    for character in (_ESCAPE, "%", "_"):
        text = text.replace(character, _ESCAPE + character)
    return text
