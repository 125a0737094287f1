"""Processes: start one, send a message, see which timers are due; each only for what the asker may see and act on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from engine.host import Values
from engine.worklist.selectables import instances, timers
from rectification.access.permissions import visible_keys
from rectification.process.by_hand import send_message, start_process
from web.api_sentences import REFUSALS
from web.context import RequestContext, get_context
from web.guards import require_visible

router = APIRouter(tags=["processes"], responses=REFUSALS)
_AT_ONCE: Final = 1_000
"""Timers that are looked at together."""


class Start(BaseModel):
    """A new instance of a process."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=1, max_length=200, description="business key, for instance ticket:17")
    variables: Values = Field(
        default_factory=dict, description="the fields of the start form in the diagram, and nothing else"
    )
    campaign: int | None = Field(default=None, description="needed where the key is in several campaigns")


class Started(BaseModel):
    """The instance that began."""

    instance: int


class Message(BaseModel):
    """A message for the instances that wait for it."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    key: str = Field(min_length=1, max_length=200, description="the business key of the receiver")
    payload: Values = Field(
        default_factory=dict, description="the fields of the form at the event that catches it"
    )


class Timer(BaseModel):
    """A deadline that a process waits for."""

    id: int
    instance: int
    element: str
    due_at: dt.datetime
    attempts: int


class Timers(BaseModel):
    """Timers in the order in which they fall due."""

    timers: list[Timer]


@router.post("/api/v1/processes/{process}/instances", summary="Start a process", status_code=201)
def start(process: str, body: Start, context: RequestContext = Depends(get_context)) -> Started:
    """Start an instance on the current version, of a process whose diagram lets people of my posts start it."""
    engine = context.application.engine
    with context.application.database.writing() as session:
        require_visible(session, context, body.key)
        instance = start_process(context.acting(session), process, body.key, body.variables, body.campaign)
    engine.settle()
    return Started(instance=instance)


@router.post("/api/v1/messages", summary="Send a message", status_code=202)
def send(body: Message, context: RequestContext = Depends(get_context)) -> Response:
    """Send a message that a diagram lets people of my posts send, to the process that waits for it."""
    engine = context.application.engine
    with context.application.database.writing() as session:
        require_visible(session, context, body.key)
        send_message(context.acting(session), body.name, body.key, body.payload)
    engine.settle()
    return Response(status_code=202)


@router.get("/api/v1/timers", summary="List timers that fall due")
def due(
    due_before: dt.datetime | None = Query(
        None, description="with its zone, for instance 2019-09-24T16:00:00Z"
    ),
    limit: int = Query(100, ge=1, le=1000),
    context: RequestContext = Depends(get_context),
) -> Timers:
    """The next timers of what I may see, the earliest first."""
    before = due_before
    if before is not None and before.tzinfo is None:
        before = before.replace(tzinfo=context.zone)
    result: list[Timer] = []
    with context.application.database.reading() as session:
        for row in _timers(session, context, before):
            result.append(
                Timer(
                    id=row.id,
                    instance=row.instance_id,
                    element=row.element,
                    due_at=row.due_at,
                    attempts=row.attempts,
                )
            )
            if len(result) == limit:
                break
    return Timers(timers=result)


def _timers(session: Session, context: RequestContext, before: dt.datetime | None) -> Iterator[Row[Any]]:
    query = select(timers, instances.c.key).join(instances, instances.c.id == timers.c.instance_id)
    query = query.order_by(timers.c.due_at, timers.c.id).limit(_AT_ONCE)
    if before is not None:
        query = query.where(timers.c.due_at < before)
    rows = session.execute(query).all()
    while rows:
        visible = visible_keys(
            session, context.user.person, {row.key for row in rows}, context.calendar.today
        )
        yield from (row for row in rows if row.key in visible)
        beyond = tuple_(timers.c.due_at, timers.c.id) > (rows[-1].due_at, rows[-1].id)
        rows = session.execute(query.where(beyond)).all() if len(rows) == _AT_ONCE else []
