"""Tickets: the ledger, and one ticket with its history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from rectification.core.keys import ticket_key
from rectification.escalation.delivery_proof import get_sent_notices
from rectification.ledger.filters import Filters
from rectification.ledger.pages import page
from rectification.matters.ticket import Ticket
from rectification.rescheduling.timeline import UpcomingDate, get_timeline
from rectification.tickets.carbon_copies import copies_of
from rectification.tickets.comments import comments_of
from web.api_sentences import REFUSALS, Sentence
from web.components.consultation_views import ConsultationView, consultations
from web.components.mark_read import give_receipt
from web.components.my_work import open_items
from web.context import RequestContext, get_context
from web.guards import require_readable
from web.history.timeline import rows_of
from web.path_id import Beyond, PathId
from web.tickets.cancellation_views import CancellationView, endings
from web.tickets.comments_api import CommentRecord, comment_shape
from web.tickets.views import Counts, TicketRow, counts, tickets_where
from web.visibility import seen_tickets

router = APIRouter(tags=["tickets"], responses=REFUSALS)


class TicketLine(BaseModel):
    """A ticket as the ledger shows it."""

    id: int
    number: str | None
    title: str
    status: str
    where: str
    person: str
    due_at: dt.datetime | None
    overdue: bool
    slow: bool = Field(description="marked as slow: a written statement was asked for")


class Tickets(BaseModel):
    """One page of the ledger."""

    tickets: list[TicketLine]
    counts: Counts
    next: str | None


class HistoryLine(BaseModel):
    """Something that happened."""

    at: dt.datetime
    actor: str
    action: str
    element: str | None
    detail: Any


class NoticeAhead(BaseModel):
    """Those whom one rule of an escalation will tell, as things are today."""

    who: str
    names: list[str]
    level: int
    colour: str
    channel: str
    acknowledge_hours: float = Field(
        description="within so many hours one of them must acknowledge; 0: nobody need"
    )


class UpcomingDateRecord(BaseModel):
    """One date ahead."""

    at: dt.datetime
    kind: str = Field(description="due, told (a rule of the escalation) or timer (the diagram moves on)")
    step: Sentence
    rule: Sentence | None = Field(description="which rule made the due date")
    told: list[NoticeAhead]
    leads_to: list[Sentence] = Field(description="where the diagram's timer leads")


class DeliveryRecord(BaseModel):
    """One way by which a message went out: queued, sent, failed or dead."""

    channel: str
    state: str
    sent_at: dt.datetime | None


class NoticeRecord(BaseModel):
    """One message to one person."""

    at: dt.datetime
    person: str
    words: Sentence
    level: int
    colour: str
    late: bool
    ways: list[DeliveryRecord]
    read_at: dt.datetime | None
    acknowledge_by: dt.datetime | None = Field(
        description="until when one of those told had to acknowledge it"
    )
    acknowledged_at: dt.datetime | None
    acknowledged_by: str


class CopyRecord(BaseModel):
    """Somebody was sent the ticket to read."""

    id: int
    to: str
    by: str
    note: str
    at: dt.datetime
    read_at: dt.datetime | None
    withdrawn_at: dt.datetime | None


class TicketDetail(TicketLine):
    """One ticket with its history and the places where its process stands."""

    facts: Mapping[str, object]
    tokens: list[list[str]] = Field(description="[process, element] of every live token")
    work_items: list[int] = Field(description="open work items of this ticket")
    history: list[HistoryLine]
    ahead: list[UpcomingDateRecord] = Field(description="what happens next: dates, and who is told then")
    told: list[NoticeRecord] = Field(description="who was told what, when, by which way, seen when")
    comments: list[CommentRecord]
    consultations: list[ConsultationView] = Field(description="opinions asked for and work given away")
    endings: list[CancellationView] = Field(description="proposals to end it, and what a second person said")
    copies: list[CopyRecord] = Field(description="who was sent it to read, and when they did")


@router.get("/api/v1/tickets", summary="List tickets")
def ledger(
    after: Beyond = None, limit: int = Query(50, ge=1, le=200), context: RequestContext = Depends(get_context)
) -> Tickets:
    """The ledger of what I may see, the newest first.

    Every column filters under its own name, as in the page's address: `state` (open, overdue, hung or
    closed), `status`, `category`, `item`, `area` (code of a village, town or county), `q`, `head`,
    `person`, `due_from`, `due_to`, `rounds_from` and so on; several may be combined.
    """
    now, person = context.application.clock.now(), context.user.person
    proposals = Filters.read(pair for pair in context.request.query_params.multi_items() if pair[0] != "sort")
    with context.application.database.reading() as session:
        ledger_page = page(session, person, now, proposals, None if after is None else (None, after), limit)
        by_number = {
            row.id: row for row in tickets_where(session, Ticket.id.in_([r.id for r in ledger_page.rows]))
        }
        rows = [by_number[row.id] for row in ledger_page.rows]
        figures = counts(session, seen_tickets(session, context), now)
    beyond = str(ledger_page.after[1]) if ledger_page.after else None
    return Tickets(tickets=[_line(row, now) for row in rows], counts=figures, next=beyond)


def _line(row: TicketRow, now: dt.datetime) -> TicketLine:
    late = row.counts_down and row.due_at is not None and row.due_at < now
    same = {
        name: getattr(row, name) for name in ("id", "number", "title", "where", "person", "due_at", "slow")
    }
    return TicketLine(**same, status=row.status or "", overdue=late)


@router.get("/api/v1/tickets/{number}", summary="Read a ticket with its history")
def one(number: PathId, context: RequestContext = Depends(get_context)) -> TicketDetail:
    """One ticket that I may see."""
    key = ticket_key(number)
    give_receipt(context, number)
    with context.application.database.reading() as session:
        require_readable(session, context, key)
        issue = session.get_one(Ticket, number)
        line = _line(tickets_where(session, Ticket.id == number)[0], context.application.clock.now())
        engine, main = context.application.engine, issue.instance_id
        tokens = engine.tokens(session, main) if main is not None else []
        items = [row.id for row in open_items(session, key)]
        ahead = get_timeline(session, context.application.engine, items, context.application.clock.now())
        return TicketDetail(
            **line.model_dump(),
            facts={column.key: getattr(issue, column.key) for column in Ticket.__mapper__.column_attrs},
            tokens=[list(token) for token in tokens],
            work_items=items,
            history=[
                HistoryLine(
                    at=r.at, actor=r.actor, action=r.action, element=r.element, detail=orjson.loads(r.detail)
                )
                for r in rows_of(session, key)
            ],
            ahead=[_upcoming_date(date) for date in ahead],
            told=[
                NoticeRecord.model_validate(asdict(sent_notice))
                for sent_notice in get_sent_notices(session, key)
            ],
            consultations=consultations(session, ticket_id=number),
            endings=endings(session, number),
            copies=[CopyRecord.model_validate(asdict(copy)) for copy in copies_of(session, number)],
            comments=[comment_shape(comment) for comment in comments_of(session, number)],
        )


def _upcoming_date(date: UpcomingDate) -> UpcomingDateRecord:
    values = asdict(date)
    return UpcomingDateRecord.model_validate({**values, "told": values.pop("notices")})
