"""What an export says of tickets, read a batch at a time with one question for each table."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.sql_arrays import in_list
from engine.text import LocalizedText
from engine.worklist.selectables import history
from rectification.campaigns.catalogue import Category, CheckItem
from rectification.campaigns.model import Campaign
from rectification.core.keys import ticket_key
from rectification.core.model import Model
from rectification.evidence.model import Evidence
from rectification.households.model import Household
from rectification.matters.issue_list import TicketReturn
from rectification.matters.remarks import Remark
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import ProgressNote, Ticket
from rectification.people.model import Person
from rectification.places.areas import Area
from rectification.places.units import Unit
from rectification.tickets.closures import ClosureRequest
from rectification.tickets.dispatch import Dispatch
from rectification.tickets.explanations import Explanation
from rectification.tickets.hung import HungTicket
from rectification.tickets.reverifications import Reverification
from rectification.work_streams.model import WorkStream

AT_ONCE: Final = 2_000


@dataclass(slots=True)
class Names:
    """Names by code or number, read once for a whole export."""

    areas: Mapping[str, str]
    people: Mapping[int, tuple[str, str | None]]
    units: Mapping[int, str]
    items: Mapping[str, LocalizedText]
    categories: Mapping[str, LocalizedText]
    works: Mapping[str, LocalizedText]
    zone: ZoneInfo
    now: dt.datetime
    _local: dict[dt.datetime, dt.datetime] = field(default_factory=dict)

    @classmethod
    def read(cls, session: Session, campaign: Campaign, now: dt.datetime) -> Names:
        """Everything that tickets point at."""
        items = select(CheckItem).where(CheckItem.campaign_id == campaign.id)
        heads = select(Category).where(Category.campaign_id == campaign.id)
        works = select(WorkStream).where(WorkStream.campaign_id == campaign.id)
        people = session.execute(select(Person.id, Person.name, Person.phone))
        return cls(
            areas=dict(session.execute(select(Area.code, Area.name)).all()),
            people={number: (name, phone) for number, name, phone in people},
            units=dict(session.execute(select(Unit.id, Unit.name)).all()),
            items={row.code: row.name for row in session.scalars(items)},
            categories={row.code: row.title for row in session.scalars(heads)},
            works={row.code[:20]: row.name for row in session.scalars(works)},
            zone=campaign.zone,
            now=now,
        )

    def day(self, at: dt.datetime | None) -> dt.date | None:
        """The day of an instant in the campaign's zone."""
        return self.local(at).date() if at is not None else None

    def minute(self, at: dt.datetime) -> str:
        """An instant as papers say it."""
        return self.local(at).isoformat(" ")[:16]

    def local(self, at: dt.datetime) -> dt.datetime:
        """An instant in the campaign's zone; due dates and batches of work repeat the same few."""
        moment = self._local.get(at)
        if moment is None:
            if len(self._local) > AT_ONCE:
                self._local.clear()
            moment = self._local[at] = at.astimezone(self.zone)
        return moment

    def person(self, number: int | None) -> str:
        """Somebody's name."""
        return self.people.get(number or 0, ("", None))[0]


@dataclass(slots=True)
class TicketFacts:
    """One ticket with what stands about it in other tables; of what repeats, the latest."""

    ticket: Any
    home: Any = None
    dispatch: Any = None
    note: Any = None
    request: Any = None
    reverified: Any = None
    explained: Any = None
    hung: Any = None
    result: HouseholdResult | None = None
    """The household's result, where the ticket's problem bears on it."""
    remark: Any = None
    evidence: int = 0
    returned: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    """Values of forms that the diagrams of an office added."""


def ordered(session: Session, condition: ColumnElement[bool]) -> list[int]:
    """The numbers of the tickets in the order of the ledger: by place, then by line."""
    query = select(Ticket.id).where(condition)
    order = (Ticket.county, Ticket.town, Ticket.village, Ticket.line_no, Ticket.id)
    return list(session.scalars(query.order_by(*order)))


@dataclass(slots=True)
class Batch:
    """Some tickets on their way into a workbook. A table is asked once, whoever needs its rows."""

    session: Session
    numbers: Sequence[int]
    facts: list[TicketFacts] = field(default_factory=list)
    _read: dict[type[Model], Sequence[Any]] = field(default_factory=dict)

    def rows(self, model: type[Model]) -> Sequence[Any]:
        """What a table keeps of these tickets, the latest last: whoever keeps one by its ticket keeps the latest."""
        if model not in self._read:
            self._read[model] = self.asked(model, "ticket_id", self.numbers)
        return self._read[model]

    def tell(self, fields: Sequence[str]) -> None:
        """Put the facts together, in the order of the numbers."""
        result = {row.id: TicketFacts(row) for row in self.asked(Ticket, "id", self.numbers)}
        homes = list({facts.ticket.household_id for facts in result.values() if facts.ticket.household_id})
        known = {row.id: row for row in self.asked(Household, "id", homes)}
        decided = {row.household_id: row for row in self.asked(HouseholdResult, "household_id", homes)}
        bearing = self._bearing()
        for facts in result.values():
            facts.home = known.get(facts.ticket.household_id)
            if (facts.ticket.campaign_id, facts.ticket.item) in bearing:
                facts.result = decided.get(facts.ticket.household_id)
        for name, model in _LATEST:
            for row in self.rows(model):
                setattr(result[row.ticket_id], name, row)
        for row in self.rows(TicketReturn):
            result[row.ticket_id].returned += 1
        self._tell_by_key(result, fields)
        self.facts = [result[number] for number in self.numbers if number in result]

    def _bearing(self) -> set[tuple[int, str]]:
        """The check items that bear on a household's result."""
        query = select(CheckItem.campaign_id, CheckItem.code).where(CheckItem.bears_on.is_not(None))
        return {(campaign, code) for campaign, code in self.session.execute(query)}

    def _tell_by_key(self, tickets: Mapping[int, TicketFacts], fields: Sequence[str]) -> None:
        about: dict[str, int] = {ticket_key(number): number for number in self.numbers}
        among_them = in_list(Evidence.about, list(about))
        shown = select(Evidence.about, func.count()).where(among_them).group_by(Evidence.about)
        for key, count in self.session.execute(shown):
            tickets[about[key]].evidence = count
        if fields:
            for number, values in _values(self.session, about, fields).items():
                tickets[number].values = values

    def asked(self, model: type[Model], key: str, values: Sequence[int]) -> Sequence[Any]:
        """Rows of a table by any of its keys, the latest last."""
        table: Any = model.__table__
        columns = _NEEDED.get(model, table.columns)
        query = select(*columns).where(in_list(table.c[key], values))
        return self.session.execute(query.order_by(*table.primary_key.columns)).all() if values else []


_NEEDED: Final[Mapping[type[Model], Sequence[Any]]] = {
    Household: (Household.id, Household.number, Household.head, Household.kind, Household.group_no)
}
_LATEST: Final[Sequence[tuple[str, type[Model]]]] = (
    ("dispatch", Dispatch),
    ("note", ProgressNote),
    ("request", ClosureRequest),
    ("reverified", Reverification),
    ("explained", Explanation),
    ("hung", HungTicket),
    ("remark", Remark),
)


def batches(session: Session, numbers: Sequence[int], fields: Sequence[str] = ()) -> Iterator[Batch]:
    """The tickets of these numbers with their facts, in the given order."""
    for first in range(0, len(numbers), AT_ONCE):
        batch = Batch(session, numbers[first : first + AT_ONCE])
        batch.tell(fields)
        yield batch
        session.expunge_all()


def _values(session: Session, about: Mapping[str, int], fields: Sequence[str]) -> dict[int, dict[str, Any]]:
    """What was typed into fields, as the history of the completed tasks keeps it; the latest counts."""
    typed: dict[int, dict[str, Any]] = defaultdict(dict)
    of_them = in_list(history.c.key, list(about))
    query = select(history.c.key, history.c.detail).where(of_them, history.c.action == "completed")
    for key, detail in session.execute(query.order_by(history.c.id)):
        values = orjson.loads(detail).get("values") or {}
        typed[about[key]].update({name: values[name] for name in fields if values.get(name) is not None})
    return typed
