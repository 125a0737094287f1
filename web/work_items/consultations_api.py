"""Asking others about a work item, and giving it to one of them for a while."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from rectification.tickets.consulting import ConsultationRequest, ask_opinion, cancel_consultation
from web.api_sentences import REFUSALS
from web.context import RequestContext, get_context
from web.guards import get_visible_work_item
from web.path_id import PathId

router = APIRouter(tags=["work items"], responses=REFUSALS)


class NewConsultation(BaseModel):
    """Ask others about a work item (opinion), or have one of them do it (delegation)."""

    model_config = ConfigDict(extra="forbid")
    kind: str = Field(pattern="^(opinion|delegation)$")
    people: list[int] = Field(min_length=1)
    question: str = Field(min_length=1, max_length=1000)
    needed: int = Field(default=0, ge=0, description="answers that are demanded; 0: all of them")


class ConsultationAsked(BaseModel):
    """The number of a new consultation."""

    id: int


@router.post(
    "/api/v1/work-items/{number}/consultations", summary="Ask others about a work item", status_code=201
)
def ask(
    number: PathId, new: NewConsultation, context: RequestContext = Depends(get_context)
) -> ConsultationAsked:
    """Put a question before them; it cannot be completed until as many as are demanded have answered."""
    proposal = ConsultationRequest(new.kind, tuple(new.people), new.question.strip(), new.needed)
    with context.application.database.writing() as session:
        get_visible_work_item(session, context, number)
        return ConsultationAsked(id=ask_opinion(context.acting(session), number, proposal))


@router.delete("/api/v1/work-items/{number}/consultations/{which}", summary="Ask no more", status_code=204)
def ask_no_more(number: PathId, which: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Wait no longer for those who have not answered."""
    with context.application.database.writing() as session:
        get_visible_work_item(session, context, number)
        cancel_consultation(context.acting(session), number, which)
    return Response(status_code=204)
