"""Tickets: the ledger, one ticket with its history, a progress note."""

from __future__ import annotations

import datetime as dt

import orjson
from fastapi import APIRouter, Depends, Query, Response

from register.tickets import Ticket
from web.api.shapes import HistoryLine, ProgressNote, TicketCounts, TicketDetail, TicketLine, Tickets
from web.api.work_items import REFUSALS
from web.asked import Asked, asked
from web.diagrams import newest_instance
from web.history import rows_of
from web.may import see_key
from web.mine import open_items
from web.numbers import Beyond, Number
from web.progress import note_progress
from web.views.tickets import STATES, Filters, TicketRow, counts, tickets, tickets_where
from web.visible import seen_tickets

router = APIRouter(tags=["tickets"], responses=REFUSALS)


@router.get("/api/v1/tickets", summary="List tickets")
def ledger(
    state: str = Query("", max_length=20, description="open, overdue, hung or closed"),
    status: str = Query("", max_length=60),
    category: str = Query("", max_length=20),
    area: str = Query("", max_length=20, description="code of a village, town or county"),
    q: str = Query("", max_length=100),
    after: Beyond = None,
    limit: int = Query(50, ge=1, le=200),
    asked: Asked = Depends(asked),
) -> Tickets:
    """The ledger of what I may see, the newest first."""
    now = asked.house.clock.now()
    filters = Filters(state if state in STATES else "", status, category, area, q.strip())
    with asked.house.database.reading() as session:
        seen = seen_tickets(session, asked)
        rows = tickets(session, seen, filters, now, after=after, limit=limit + 1)
        figures = counts(session, seen, now)
    beyond = str(rows[limit - 1].id) if len(rows) > limit else None
    same = TicketCounts(open=figures.open, overdue=figures.overdue, hung=figures.hung, closed=figures.closed)
    return Tickets(tickets=[_line(row, now) for row in rows[:limit]], counts=same, next=beyond)


def _line(row: TicketRow, now: dt.datetime) -> TicketLine:
    late = row.counts_down and row.due_at is not None and row.due_at < now
    same = {name: getattr(row, name) for name in ("id", "number", "title", "where", "person", "due_at")}
    return TicketLine(**same, status=row.status or "", overdue=late)


@router.get("/api/v1/tickets/{number}", summary="Read a ticket with its history")
def one(number: Number, asked: Asked = Depends(asked)) -> TicketDetail:
    """One ticket that I may see."""
    key = f"ticket:{number}"
    with asked.house.database.reading() as session:
        see_key(session, asked, key)
        issue = session.get_one(Ticket, number)
        line = _line(tickets_where(session, Ticket.id == number)[0], asked.house.clock.now())
        instance = newest_instance(session, key)
        tokens = asked.house.engine.tokens(session, instance) if instance is not None else []
        return TicketDetail(
            **line.model_dump(),
            facts={column.key: getattr(issue, column.key) for column in Ticket.__mapper__.column_attrs},
            tokens=[list(token) for token in tokens],
            work_items=[row.id for row in open_items(session, key)],
            history=[
                HistoryLine(
                    at=r.at, actor=r.actor, action=r.action, element=r.element, detail=orjson.loads(r.detail)
                )
                for r in rows_of(session, key)
            ],
        )


@router.post("/api/v1/tickets/{number}/progress", summary="Note the progress of a ticket", status_code=204)
def progress(number: Number, note: ProgressNote, asked: Asked = Depends(asked)) -> Response:
    """Say how far it has come."""
    note_progress(asked, number, note.text.strip(), str(note.percent))
    return Response(status_code=204)
