"""Acknowledging by leaders."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from web.acknowledgements.pages import say_so
from web.acknowledgements.views import to_acknowledge
from web.api_sentences import REFUSALS
from web.context import RequestContext, get_context
from web.path_id import PathId

router = APIRouter(tags=["acknowledgements"], responses=REFUSALS)


class ToAcknowledge(BaseModel):
    """An escalation that waits for a leader's acknowledgement."""

    id: int
    key: str = Field(description="what it is about, for instance ticket:17")
    step: str
    level: int
    colour: str
    due_at: dt.datetime = Field(description="after which whoever is next above is told")


@router.get("/api/v1/acknowledgements", summary="List what I have to acknowledge")
def listing(context: RequestContext = Depends(get_context)) -> list[ToAcknowledge]:
    """What is late among those I lead, or for whom I stand in, the most urgent first."""
    with context.application.database.reading() as session:
        return [
            ToAcknowledge(
                id=acknowledgement.id,
                key=acknowledgement.key,
                step=acknowledgement.what,
                level=acknowledgement.level,
                colour=acknowledgement.colour,
                due_at=acknowledgement.due_at,
            )
            for acknowledgement in to_acknowledge(context, session)
        ]


@router.post("/api/v1/acknowledgements/{number}", summary="Acknowledge an escalation", status_code=204)
def sign(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Say that I have it; a deputy does so on behalf of theirs."""
    say_so(context, number)
    return Response(status_code=204)
