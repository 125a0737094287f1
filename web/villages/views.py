"""Villages with their progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from engine.worklist.selectables import instances
from rectification.core.keys import village_key
from rectification.households.model import Household
from rectification.matters.status import OPEN, TicketStatus, overdue
from rectification.matters.ticket import Ticket
from rectification.places.areas import Area
from web.fields.surroundings import OfferedOption
from web.households.views import NOT_VISITED


@dataclass(frozen=True, slots=True)
class VillageRow:
    """One village in a list, and at the head of its own page."""

    code: str
    name: str
    town: str
    town_code: str
    status: str | None
    visited: int
    total: int
    open: int
    hung: int
    closed: int


def villages(
    session: Session,
    condition: ColumnElement[bool],
    campaign: int | None,
    *,
    text: str = "",
    area: str = "",
    after: str = "",
    limit: int = 40,
) -> list[VillageRow]:
    """Villages with households in a campaign by code, with what has been visited and what is open."""
    town = aliased(Area)
    query = select(Area.code, Area.name, town.name.label("town"), town.code.label("town_code")).join(
        town, town.code == Area.parent_code, isouter=True
    )
    busy = select(Household.village).where(Household.campaign_id == campaign).distinct()
    query = query.where(condition, Area.level == "village", Area.code > after, Area.code.in_(busy))
    if text:
        query = query.where(Area.name.contains(text, autoescape=True))
    if area:
        query = query.where(Area.path.contains(f"{area}/", autoescape=True))
    rows = session.execute(query.order_by(Area.code).limit(limit)).all()
    codes = [row.code for row in rows]
    visited, figures = _visited(session, codes, campaign), _tickets(session, codes, campaign)
    status = _statuses(session, codes)
    return [
        VillageRow(
            row.code,
            row.name,
            row.town or "",
            row.town_code or "",
            status.get(row.code),
            *visited.get(row.code, (0, 0)),
            *figures.get(row.code, (0, 0, 0)),
        )
        for row in rows
    ]


def _visited(session: Session, codes: Sequence[str], campaign: int | None) -> dict[str, tuple[int, int]]:
    query = select(Household.village, func.count().filter(~NOT_VISITED), func.count()).where(
        Household.village.in_(codes), Household.campaign_id == campaign
    )
    return {row[0]: (row[1], row[2]) for row in session.execute(query.group_by(Household.village))}


def _tickets(session: Session, codes: Sequence[str], campaign: int | None) -> dict[str, tuple[int, int, int]]:
    figures = (
        func.count().filter(OPEN),
        *(
            func.count().filter(Ticket.status == status)
            for status in (TicketStatus.HUNG, TicketStatus.CLOSED)
        ),
    )
    query = select(Ticket.village, *figures).where(Ticket.village.in_(codes), Ticket.campaign_id == campaign)
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(query.group_by(Ticket.village))}


def _statuses(session: Session, codes: Sequence[str]) -> dict[str, str | None]:
    keys = {village_key(code): code for code in codes}
    """The stage of each village; its form beside it has a status of its own."""
    stage = instances.c.process == "village_lookback"
    query = select(instances.c.key, instances.c.status).where(instances.c.key.in_(keys), stage)
    return {keys[row.key]: row.status for row in session.execute(query.order_by(instances.c.id))}


def towns(session: Session, condition: ColumnElement[bool]) -> list[OfferedOption]:
    """The towns of the villages that a reader sees."""
    parents = select(Area.parent_code).where(
        condition, Area.level == "village", Area.code.in_(select(Household.village).distinct())
    )
    query = select(Area.code, Area.name).where(Area.code.in_(parents)).order_by(Area.code)
    return [OfferedOption(row.code, row.name) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One area of the board."""

    name: str
    path: str
    visited: int
    households: int
    open: int
    overdue: int
    hung: int
    closed: int


def board(
    session: Session, households: ColumnElement[bool], tickets: ColumnElement[bool], by: str, now: Any
) -> list[BoardRow]:
    """The figures by town or by village."""
    home, issue = getattr(Household, by), getattr(Ticket, by)
    first = {
        r[0]: r
        for r in session.execute(
            select(home, func.count().filter(~NOT_VISITED), func.count()).where(households).group_by(home)
        )
    }
    figures = (
        func.count().filter(OPEN),
        func.count().filter(overdue(now)),
        func.count().filter(Ticket.status == TicketStatus.HUNG),
        func.count().filter(Ticket.status == TicketStatus.CLOSED),
    )
    second = {r[0]: r for r in session.execute(select(issue, *figures).where(tickets).group_by(issue))}
    codes = sorted({*first, *second})
    names = dict(session.execute(select(Area.code, Area.name).where(Area.code.in_(codes))).all())
    start = "/villages/" if by == "village" else "/villages?area="
    return [
        _board_row(names.get(code, code), start + code, first.get(code), second.get(code)) for code in codes
    ]


def _board_row(name: str, path: str, first: Any, second: Any) -> BoardRow:
    return BoardRow(name, path, *(first[1:] if first else (0, 0)), *(second[1:] if second else (0, 0, 0, 0)))
