"""Tickets: the ledger, one ticket with its history, a progress note."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

import orjson
from fastapi import APIRouter, Depends, Query, Response

from register.comments import Said, comment, comments_of
from register.copies import copies_of, send_copies
from register.due_changes import change_due, what_would_move
from register.ledger import Filters
from register.ledger_pages import page
from register.suspensions import suspend, take_up_again
from register.tickets import Ticket
from register.told import tellings_of
from register.what_next import what_next
from web.api.shapes import (
    Ahead,
    Comment,
    CommentFile,
    Consultation,
    Copy,
    DueDateMoves,
    Ending,
    HistoryLine,
    MovedDate,
    NewComment,
    NewCopies,
    NewDueDate,
    Pause,
    ProgressNote,
    Reason,
    Sentence,
    SlowMark,
    Telling,
    TicketCounts,
    TicketDetail,
    TicketLine,
    Tickets,
)
from web.api.work_items import REFUSALS
from web.asked import Asked, asked
from web.history import rows_of
from web.may import read_key, see_key
from web.mine import open_items
from web.numbers import Beyond, Number
from web.progress import note_progress
from web.receipts import give_receipt
from web.routes.endings import propose_for
from web.routes.slow_progress import set_slow
from web.views.consultations import consultations
from web.views.endings import endings
from web.views.tickets import TicketRow, counts, tickets_where
from web.visible import seen_tickets

router = APIRouter(tags=["tickets"], responses=REFUSALS)


@router.get("/api/v1/tickets", summary="List tickets")
def ledger(
    after: Beyond = None, limit: int = Query(50, ge=1, le=200), asked: Asked = Depends(asked)
) -> Tickets:
    """The ledger of what I may see, the newest first.

    Every column filters under its own name, as in the page's address: `state` (open, overdue, hung or
    closed), `status`, `category`, `item`, `area` (code of a village, town or county), `q`, `head`,
    `person`, `due_from`, `due_to`, `rounds_from` and so on; several may be combined.
    """
    now, person = asked.house.clock.now(), asked.visitor.person
    wishes = Filters.read(pair for pair in asked.request.query_params.multi_items() if pair[0] != "sort")
    with asked.house.database.reading() as session:
        found = page(session, person, now, wishes, None if after is None else (None, after), limit)
        by_number = {row.id: row for row in tickets_where(session, Ticket.id.in_([r.id for r in found.rows]))}
        rows = [by_number[row.id] for row in found.rows]
        figures = counts(session, seen_tickets(session, asked), now)
    same = TicketCounts(open=figures.open, overdue=figures.overdue, hung=figures.hung, closed=figures.closed)
    beyond = str(found.after[1]) if found.after else None
    return Tickets(tickets=[_line(row, now) for row in rows], counts=same, next=beyond)


def _line(row: TicketRow, now: dt.datetime) -> TicketLine:
    late = row.counts_down and row.due_at is not None and row.due_at < now
    same = {
        name: getattr(row, name) for name in ("id", "number", "title", "where", "person", "due_at", "slow")
    }
    return TicketLine(**same, status=row.status or "", overdue=late)


@router.get("/api/v1/tickets/{number}", summary="Read a ticket with its history")
def one(number: Number, asked: Asked = Depends(asked)) -> TicketDetail:
    """One ticket that I may see."""
    key = f"ticket:{number}"
    give_receipt(asked, number)
    with asked.house.database.reading() as session:
        read_key(session, asked, key)
        issue = session.get_one(Ticket, number)
        line = _line(tickets_where(session, Ticket.id == number)[0], asked.house.clock.now())
        engine, main = asked.house.engine, issue.instance_id
        tokens = engine.tokens(session, main) if main is not None else []
        items = [row.id for row in open_items(session, key)]
        ahead = what_next(session, asked.house.engine, items, asked.house.clock.now())
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
            ahead=[Ahead.model_validate(asdict(one)) for one in ahead],
            told=[Telling.model_validate(asdict(one)) for one in tellings_of(session, key)],
            consultations=[
                Consultation.model_validate(asdict(one)) for one in consultations(session, ticket_id=number)
            ],
            endings=[Ending.model_validate(asdict(one)) for one in endings(session, number)],
            copies=[Copy.model_validate(asdict(one)) for one in copies_of(session, number)],
            comments=[_comment(one) for one in comments_of(session, number)],
        )


def _comment(one: Said) -> Comment:
    files = [CommentFile(id=each.id, name=each.name, media_type=each.media_type) for each in one.files]
    return Comment(id=one.id, at=one.at, by=one.by, text=one.text, mentioned=list(one.mentioned), files=files)


@router.post("/api/v1/tickets/{number}/comments", summary="Comment on a ticket", status_code=201)
def say(number: Number, new: NewComment, asked: Asked = Depends(asked)) -> Comment:
    """Say something about a ticket; those who are named with @ are told."""
    now, today = asked.house.clock.now(), asked.calendar.today
    with asked.house.database.writing() as session:
        read_key(session, asked, f"ticket:{number}")
        text, actor = new.text.strip(), asked.visitor.actor
        row = comment(session, actor, now, today, number, text, files=new.files, chosen=new.chosen)
        return _comment(next(one for one in comments_of(session, number) if one.id == row.id))


@router.post("/api/v1/tickets/{number}/copies", summary="Send a ticket to be read", status_code=204)
def copy(number: Number, new: NewCopies, asked: Asked = Depends(asked)) -> Response:
    """Those people see this ticket from now on and can read it, nothing else."""
    now, today = asked.house.clock.now(), asked.calendar.today
    with asked.house.database.writing() as session:
        read_key(session, asked, f"ticket:{number}")
        send_copies(session, asked.visitor.actor, now, today, number, new.people, new.note.strip())
    return Response(status_code=204)


@router.post("/api/v1/tickets/{number}/slow", summary="Mark a ticket as slow, or not", status_code=204)
def slow(number: Number, mark: SlowMark, asked: Asked = Depends(asked)) -> Response:
    """For reviewers: marking asks the responsible person for a written statement; taken away with a reason too."""
    set_slow(asked, number, mark.slow, mark.reason)
    return Response(status_code=204)


@router.post("/api/v1/tickets/{number}/ending", summary="Propose to end a ticket", status_code=204)
def end(number: Number, why: Reason, asked: Asked = Depends(asked)) -> Response:
    """Put it before a second person, on whose desk `confirm_ending` stands then."""
    propose_for(asked, number, why.reason.strip())
    return Response(status_code=204)


@router.post("/api/v1/tickets/{number}/progress", summary="Note the progress of a ticket", status_code=204)
def progress(number: Number, note: ProgressNote, asked: Asked = Depends(asked)) -> Response:
    """Say how far it has come."""
    note_progress(asked, number, note.text.strip(), str(note.percent))
    return Response(status_code=204)


@router.post("/api/v1/tickets/{number}/due", summary="Change the due date of a ticket")
def due(number: Number, given: NewDueDate, asked: Asked = Depends(asked)) -> DueDateMoves:
    """Set another due date, or see what it would move."""
    engine, actor = asked.house.engine, asked.visitor.actor
    with asked.house.database.reading() as session:
        see_key(session, asked, f"ticket:{number}")
        moves = what_would_move(session, engine, actor, number, given.due, given.reason)
    if not given.preview:
        with asked.house.database.writing() as session:
            change_due(session, engine, actor, number, given.due, given.reason)
        engine.settle()
    return DueDateMoves(
        moves=[
            MovedDate(kind=one.kind, step=Sentence(**asdict(one.words)), before=one.before, after=one.after)
            for one in moves
        ]
    )


@router.post(
    "/api/v1/tickets/{number}/suspension", summary="Suspend the deadline of a ticket", status_code=204
)
def rest(number: Number, given: Pause, asked: Asked = Depends(asked)) -> Response:
    """Where the campaign allows it: until a day, by which the due date moves at once."""
    with asked.house.database.writing() as session:
        see_key(session, asked, f"ticket:{number}")
        suspend(session, asked.house.engine, asked.visitor.actor, number, given.until, given.reason)
    return Response(status_code=204)


@router.delete(
    "/api/v1/tickets/{number}/suspension", summary="Take a suspended ticket up again", status_code=204
)
def end_rest(number: Number, reason: str = Query(max_length=2000), asked: Asked = Depends(asked)) -> Response:
    """Before the last day of the pause; the days that are left are taken off the due date."""
    with asked.house.database.writing() as session:
        see_key(session, asked, f"ticket:{number}")
        take_up_again(session, asked.house.engine, asked.visitor.actor, number, reason)
    asked.house.engine.settle()
    return Response(status_code=204)
