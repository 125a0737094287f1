"""The due date of a ticket: change it, suspend it, take the ticket up again."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from rectification.core.keys import ticket_key
from rectification.rescheduling.pauses import suspend, take_up_again
from rectification.rescheduling.ticket_due_date import change_due, what_would_move
from web.api_sentences import REFUSALS, Sentence
from web.context import RequestContext, get_context
from web.guards import require_visible
from web.path_id import PathId

router = APIRouter(tags=["tickets"], responses=REFUSALS)


class NewDueDate(BaseModel):
    """Another due date for a ticket."""

    model_config = ConfigDict(extra="forbid")
    due: dt.date
    reason: str = Field(max_length=2000)
    preview: bool = Field(False, description="say what would move, and change nothing")


class MovedDateRecord(BaseModel):
    """One date that moves with another."""

    kind: str = Field(description="work or timer")
    step: Sentence
    before: dt.datetime | None
    after: dt.datetime | None


class DueDateMoves(BaseModel):
    """What moves with the due date of a ticket."""

    moves: list[MovedDateRecord]


@router.post("/api/v1/tickets/{number}/due", summary="Change the due date of a ticket")
def due(number: PathId, body: NewDueDate, context: RequestContext = Depends(get_context)) -> DueDateMoves:
    """Set another due date, or see what it would move."""
    with context.application.database.reading() as session:
        require_visible(session, context, ticket_key(number))
        moves = what_would_move(context.acting(session), number, body.due, body.reason)
    if not body.preview:
        with context.application.database.writing() as session:
            change_due(context.acting(session), number, body.due, body.reason)
        context.application.engine.settle()
    return DueDateMoves(
        moves=[
            MovedDateRecord(
                kind=move.kind, step=Sentence(**asdict(move.words)), before=move.before, after=move.after
            )
            for move in moves
        ]
    )


class Pause(BaseModel):
    """A pause of a ticket."""

    model_config = ConfigDict(extra="forbid")
    until: dt.date = Field(description="its last day")
    reason: str = Field(max_length=2000)


@router.post(
    "/api/v1/tickets/{number}/suspension", summary="Suspend the deadline of a ticket", status_code=204
)
def rest(number: PathId, body: Pause, context: RequestContext = Depends(get_context)) -> Response:
    """Where the campaign allows it: until a day, by which the due date moves at once."""
    with context.application.database.writing() as session:
        require_visible(session, context, ticket_key(number))
        suspend(context.acting(session), number, body.until, body.reason)
    return Response(status_code=204)


@router.delete(
    "/api/v1/tickets/{number}/suspension", summary="Take a suspended ticket up again", status_code=204
)
def end_rest(
    number: PathId, reason: str = Query(max_length=2000), context: RequestContext = Depends(get_context)
) -> Response:
    """Before the last day of the pause; the days that are left are taken off the due date."""
    with context.application.database.writing() as session:
        require_visible(session, context, ticket_key(number))
        take_up_again(context.acting(session), number, reason)
    context.application.engine.settle()
    return Response(status_code=204)
