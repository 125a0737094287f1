"""What people do about a ticket beside its steps: send copies, mark it as slow, propose its end, note progress."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from rectification.core.keys import ticket_key
from rectification.tickets.carbon_copies import send_copies, withdraw_copy
from web.api_sentences import REFUSALS
from web.context import RequestContext, get_context
from web.guards import require_readable
from web.path_id import PathId
from web.tickets.cancellations import propose_for
from web.tickets.progress import note_progress
from web.tickets.slow_progress import set_slow

router = APIRouter(tags=["tickets"], responses=REFUSALS)


class NewCopies(BaseModel):
    """Send a ticket to people who may read it then, and do nothing to it."""

    model_config = ConfigDict(extra="forbid")
    people: list[int] = Field(description="by number", min_length=1)
    note: str = Field(default="", max_length=500)


@router.post("/api/v1/tickets/{number}/copies", summary="Send a ticket to be read", status_code=204)
def copy(number: PathId, new: NewCopies, context: RequestContext = Depends(get_context)) -> Response:
    """Those people see this ticket from now on and can read it, nothing else."""
    with context.application.database.writing() as session:
        require_readable(session, context, ticket_key(number))
        send_copies(context.acting(session), number, new.people, new.note.strip())
    return Response(status_code=204)


@router.delete("/api/v1/tickets/{number}/copies/{which}", summary="Withdraw a copy", status_code=204)
def withdraw(number: PathId, which: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """For whoever sent it; that it was sent and read stays in the history."""
    with context.application.database.writing() as session:
        require_readable(session, context, ticket_key(number))
        withdraw_copy(context.acting(session), number, which)
    return Response(status_code=204)


class SlowMark(BaseModel):
    """Whether a ticket is marked as slow, and why."""

    model_config = ConfigDict(extra="forbid")
    slow: bool
    reason: str = Field(max_length=2000)


@router.post("/api/v1/tickets/{number}/slow", summary="Mark a ticket as slow, or not", status_code=204)
def slow(number: PathId, mark: SlowMark, context: RequestContext = Depends(get_context)) -> Response:
    """For reviewers: marking asks the responsible person for a written statement; taken away with a reason too."""
    set_slow(context, number, mark.slow, mark.reason)
    return Response(status_code=204)


class ReasonBody(BaseModel):
    """Why something is asked for."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=1, max_length=2000)


@router.post("/api/v1/tickets/{number}/ending", summary="Propose to end a ticket", status_code=204)
def end(number: PathId, why: ReasonBody, context: RequestContext = Depends(get_context)) -> Response:
    """Put it before a second person, on whose desk `confirm_ending` stands then."""
    propose_for(context, number, why.reason.strip())
    return Response(status_code=204)


class ProgressBody(BaseModel):
    """How far a ticket has come."""

    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=1, max_length=2000)
    percent: int = Field(ge=0, le=100)


@router.post("/api/v1/tickets/{number}/progress", summary="Note the progress of a ticket", status_code=204)
def progress(number: PathId, note: ProgressBody, context: RequestContext = Depends(get_context)) -> Response:
    """Say how far it has come."""
    note_progress(context, number, note.text.strip(), str(note.percent))
    return Response(status_code=204)
