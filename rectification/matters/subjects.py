"""What a business key is about: where it lies, and what to call it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.database import rows_of
from engine.sql_arrays import in_list
from engine.text import LocalizedText
from rectification.campaigns.catalogue import CheckItem
from rectification.core.keys import household_key, parse_id, result_key, split_key, ticket_key, village_key
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import Ticket
from rectification.places.areas import Area, Place, get_place
from rectification.places.units import Unit
from rectification.work_streams.model import WorkStream


class Subject(NamedTuple):
    """What work is about, as far as telling somebody needs it."""

    key: str
    naming: Callable[[], LocalizedText]
    place: Place

    @property
    def name(self) -> LocalizedText:
        """What it is called; put together when it is asked for."""
        return self.naming()


def subjects(session: Session, keys: Iterable[str]) -> dict[str, Subject]:
    """The subjects of many keys, in one query for each kind; unknown keys are left out."""
    of_kind: dict[str, list[str]] = defaultdict(list)
    for key in set(keys):
        kind, rest = split_key(key)
        of_kind[kind].append(rest)
    names = _villages(session, of_kind["village"])
    for kind, named in (
        ("ticket", _tickets),
        ("household", _households),
        ("case", _cases),
        ("result", _results),
        ("unit", _units),
    ):
        names |= named(session, [number for key in of_kind[kind] if (number := parse_id(key)) is not None])
    return names


_TICKETS: Final = (
    select(
        Ticket.id,
        Ticket.number,
        Ticket.item,
        Household.head,
        CheckItem.name_zh,
        CheckItem.name_en,
        Area.path,
    )
    .join(Area, Area.code == Ticket.village)
    .outerjoin(Household, Household.id == Ticket.household_id)
    .outerjoin(CheckItem, (CheckItem.campaign_id == Ticket.campaign_id) & (CheckItem.code == Ticket.item))
    .where(in_list(Ticket.id, "numbers"))
)
"""Made once, and of columns: a batch tells thousands of people about one thing each."""


def _tickets(session: Session, numbers: list[int]) -> dict[str, Subject]:
    result: dict[str, Subject] = {}
    rows: Any = rows_of(session, _TICKETS, {"numbers": numbers}) if numbers else ()
    for id_, number, item, head, zh, en, path in rows:
        naming = partial(_ticket_name, number, head, zh or item, en or item)
        key = ticket_key(id_)
        result[key] = Subject(key, naming, get_place(path))
    return result


def _ticket_name(number: str | None, head: str | None, zh: str, en: str) -> LocalizedText:
    whose = (
        LocalizedText(f"{head}户", f"{head}'s household") if head else LocalizedText("本村", "the village")
    )
    prefix = f"{number} " if number else ""
    return LocalizedText(f"{prefix}{whose.zh}：{zh}", f"{prefix}{whose.en}: {en}")


def _households(session: Session, numbers: list[int]) -> dict[str, Subject]:
    if not numbers:
        return {}
    query = (
        select(Household.id, Household.head, Area.path)
        .join(Area, Area.code == Household.village)
        .where(Household.id.in_(numbers))
    )
    result: dict[str, Subject] = {}
    for number, head, path in session.execute(query):
        naming = partial(LocalizedText, f"{head}户", f"{head}'s household")
        key = household_key(number)
        result[key] = Subject(key, naming, get_place(path))
    return result


def _cases(session: Session, numbers: list[int]) -> dict[str, Subject]:
    if not numbers:
        return {}
    query = (
        select(Case, Household.head, WorkStream, Area.path)
        .join(Household, Household.id == Case.household_id)
        .join(WorkStream, WorkStream.id == Case.work_stream_id)
        .join(Area, Area.code == Case.village)
        .where(Case.id.in_(numbers))
    )
    result: dict[str, Subject] = {}
    for case, head, what, path in session.execute(query):
        naming = partial(LocalizedText, f"{head}户：{what.name_zh}", f"{head}'s household: {what.name_en}")
        result[case.key] = Subject(case.key, naming, get_place(path))
    return result


def _results(session: Session, numbers: list[int]) -> dict[str, Subject]:
    if not numbers:
        return {}
    query = (
        select(HouseholdResult.id, Household.head, Area.path)
        .join(Household, Household.id == HouseholdResult.household_id)
        .join(Area, Area.code == HouseholdResult.village)
        .where(HouseholdResult.id.in_(numbers))
    )
    result: dict[str, Subject] = {}
    for number, head, path in session.execute(query):
        naming = partial(LocalizedText, f"{head}户：结果认定", f"{head}'s household: result")
        key = result_key(number)
        result[key] = Subject(key, naming, get_place(path))
    return result


def _units(session: Session, numbers: list[int]) -> dict[str, Subject]:
    if not numbers:
        return {}
    query = select(Unit.id, Unit.name, Area.path).join(Area, Area.code == Unit.area_code)
    result: dict[str, Subject] = {}
    for number, name, path in session.execute(query.where(Unit.id.in_(numbers))):
        key = f"unit:{number}"
        result[key] = Subject(key, partial(LocalizedText, name, name), get_place(path))
    return result


def _villages(session: Session, codes: list[str]) -> dict[str, Subject]:
    if not codes:
        return {}
    result: dict[str, Subject] = {}
    for row in session.scalars(select(Area).where(Area.code.in_(codes), Area.level == "village")):
        key = village_key(row.code)
        result[key] = Subject(key, partial(LocalizedText, row.name, row.name), get_place(row.path))
    return result
