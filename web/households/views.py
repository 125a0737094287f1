"""Households and their visits as lists show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from rectification.campaigns.catalogue import get_check_items
from rectification.households.model import Household
from rectification.matters.visit import Visit
from rectification.people.model import Person
from rectification.places.areas import Area

NOT_VISITED = or_(Household.status.is_(None), Household.status == "to_visit")


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """One household in a list."""

    id: int
    head: str
    where: str
    helper: str
    visited_on: dt.date | None


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One visit in a list."""

    id: int
    household: int
    head: str
    on: dt.date
    visitors: str
    failed: int
    status: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of how many."""

    visited: int
    total: int


def _rows() -> Select[Any]:
    last = (
        select(Visit.household_id, func.max(Visit.visited_on).label("on"))
        .where(Visit.met == "home")
        .group_by(Visit.household_id)
        .subquery()
    )
    query = select(Household, Area.name.label("village_name"), Person.name.label("helper_name"), last.c.on)
    return (
        query.join(Area, Area.code == Household.village)
        .join(Person, Person.id == Household.helper_id, isouter=True)
        .join(last, last.c.household_id == Household.id, isouter=True)
    )


def households(
    session: Session,
    condition: ColumnElement[bool],
    *,
    state: str = "",
    text: str = "",
    village: str = "",
    after: tuple[str, int] | None = None,
    limit: int = 40,
) -> list[HouseholdRow]:
    """Households by village and number."""
    query = _rows().where(condition, *_filters(state, text, village))
    if after is not None:
        query = query.where(
            or_(Household.village > after[0], and_(Household.village == after[0], Household.id > after[1]))
        )
    rows = session.execute(query.order_by(Household.village, Household.id).limit(limit)).all()
    return [household_row(row) for row in rows]


def _filters(state: str, text: str, village: str) -> list[ColumnElement[bool]]:
    result: list[ColumnElement[bool]] = []
    if state == "unvisited":
        result.append(NOT_VISITED)
    elif state == "visited":
        result.append(~NOT_VISITED)
    if text:
        result.append(
            or_(
                Household.head.contains(text, autoescape=True),
                Household.number.contains(text, autoescape=True),
            )
        )
    if village:
        result.append(Household.village == village)
    return result


def household_row(row: Row[Any]) -> HouseholdRow:
    """One line."""
    household: Household = row.Household
    group = f" {household.group_no}" if household.group_no else ""
    visited = row.on if household.status not in (None, "to_visit") else None
    return HouseholdRow(
        household.id,
        household.head,
        f"{row.village_name}{group} · {household.number}",
        row.helper_name or "",
        visited,
    )


def progress(session: Session, condition: ColumnElement[bool]) -> Progress:
    """Visited and all."""
    visited = func.count().filter(~NOT_VISITED)
    row = session.execute(select(visited, func.count()).select_from(Household).where(condition)).one()
    return Progress(row[0], row[1])


def visits(session: Session, where: ColumnElement[bool], limit: int = 20) -> Sequence[VisitRow]:
    """Visits, the newest first."""
    query = select(Visit, Household.head, Household.status, Person.name).join(
        Household, Household.id == Visit.household_id
    )
    query = query.join(Person, Person.id == Visit.person_id, isouter=True).where(where)
    rows = session.execute(query.order_by(Visit.id.desc()).limit(limit)).all()
    failing = fail_whens(session, rows[0].Visit.campaign_id) if rows else {}
    return [_visit(row, failing) for row in rows]


def fail_whens(session: Session, campaign: int) -> dict[str, str]:
    """Item to the answer that makes an issue."""
    return {item.code: item.fail_when for item in get_check_items(session, campaign)}


def _visit(row: Row[*tuple[Any, ...]], failing: dict[str, str]) -> VisitRow:
    visit: Visit = row.Visit
    failed = sum(
        1 for code, answer in visit.answers.items() if answer.get("answer") == failing.get(code, "no")
    )
    visitors = "、".join(name for name in (row.name, visit.second_visitor) if name)
    return VisitRow(visit.id, visit.household_id, row.head, visit.visited_on, visitors, failed, row.status)
