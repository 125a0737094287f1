"""Processes: start one, send a message, see which timers are due. For those who keep the house."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from engine.schema import timers
from web.api.sentences import REFUSALS
from web.asked import Asked, asked

router = APIRouter(tags=["processes"], responses=REFUSALS)


class Start(BaseModel):
    """A new instance of a process."""

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=1, max_length=200, description="business key, for instance ticket:17")
    variables: dict[str, Any] = Field(default_factory=dict)


class Started(BaseModel):
    """The instance that began."""

    instance: int


class Message(BaseModel):
    """A message for the instances that wait for it."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    key: str | None = Field(default=None, max_length=200, description="the business key of the receiver")
    payload: dict[str, Any] = Field(default_factory=dict)


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
def start(process: str, given: Start, asked: Asked = Depends(asked)) -> Started:
    """Start an instance on the current version."""
    engine = asked.house.engine
    with asked.house.database.writing() as session:
        instance = engine.start(session, process, given.key, given.variables, asked.visitor.actor)
    engine.settle()
    return Started(instance=instance)


@router.post("/api/v1/messages", summary="Send a message", status_code=202)
def send(given: Message, asked: Asked = Depends(asked)) -> Response:
    """Store a message and deliver it to whoever waits."""
    engine = asked.house.engine
    with asked.house.database.writing() as session:
        engine.send(session, given.name, given.key, given.payload, asked.visitor.actor)
    engine.settle()
    return Response(status_code=202)


@router.get("/api/v1/timers", summary="List timers that fall due")
def due(
    due_before: dt.datetime | None = Query(
        None, description="with its zone, for instance 2019-09-24T16:00:00Z"
    ),
    limit: int = Query(100, ge=1, le=1000),
    asked: Asked = Depends(asked),
) -> Timers:
    """The next timers, the earliest first."""
    wanted = select(timers)
    if due_before is not None:
        aware = due_before if due_before.tzinfo else due_before.replace(tzinfo=asked.zone)
        wanted = wanted.where(timers.c.due_at < aware)
    with asked.house.database.reading() as session:
        rows = session.execute(wanted.order_by(timers.c.due_at, timers.c.id).limit(limit)).all()
    found = [
        Timer(id=r.id, instance=r.instance_id, element=r.element, due_at=r.due_at, attempts=r.attempts)
        for r in rows
    ]
    return Timers(timers=found)
