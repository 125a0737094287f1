"""Working calendars: read a year, ask what a change would move, apply it."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from engine.errors import NotFound
from rectification.calendar.calendar import days_of_year
from rectification.calendar.holidays import Day
from rectification.rescheduling.calendar import (
    YEARS,
    CalendarChange,
    apply,
    ask,
    change,
    drop,
    look_again,
    what_follows,
)
from rectification.rescheduling.model import failed
from web.api_sentences import REFUSALS
from web.authority import must_keep, must_see_calendar
from web.context import RequestContext, get_context
from web.path_id import PathId

router = APIRouter(tags=["calendars"], responses=REFUSALS)


class CalendarDay(BaseModel):
    """A day that is not what its weekday says."""

    model_config = ConfigDict(extra="forbid")
    day: dt.date
    kind: Literal["holiday", "makeup"] | None = Field(
        None, description="holiday (off), makeup (worked), or none: as the calendar above or the weekday says"
    )
    name: str = Field("", max_length=200)


class HeldDay(CalendarDay):
    """Such a day, and the area whose calendar says so."""

    area: str


class CalendarYear(BaseModel):
    """What holds in an area in a year; when nothing is known, Monday to Friday are worked."""

    area: str
    year: int
    known: bool
    days: list[HeldDay]


class CalendarProposal(BaseModel):
    """Days as a calendar is to have them."""

    model_config = ConfigDict(extra="forbid")
    days: list[CalendarDay] = Field(max_length=400)
    reason: str = Field(max_length=2000)


class CalendarChanged(BaseModel):
    """A change of a calendar; `reschedulings` say what it moves in each campaign."""

    id: int
    area: str
    state: str = Field(description="open, applied or dropped")
    ready: bool = Field(description="whether it can be applied: what it moves is known")
    failed: bool = Field(
        description="working out what it moves, or moving it, ended before its end in some campaign"
    )
    reason: str
    days: list[CalendarDay]
    reschedulings: list[int]


@router.get("/api/v1/calendars/{area}/{year}", summary="Read a year of a working calendar")
def year(area: str, year: PathId, context: RequestContext = Depends(get_context)) -> CalendarYear:
    """What holds in an area; `CN` is the whole country."""
    if not YEARS[0] <= year <= YEARS[1]:
        raise NotFound
    with context.application.database.reading() as session:
        must_see_calendar(context, session, area)
        holidays = days_of_year(session, area, year)
    days = [
        HeldDay.model_validate({**calendar_day.kept(), "area": code})
        for calendar_day, code in holidays.values()
    ]
    return CalendarYear(area=area, year=year, known=bool(days), days=days)


@router.post("/api/v1/calendars/{area}/changes", summary="Ask what a change would move", status_code=202)
def proposal(
    area: str, body: CalendarProposal, context: RequestContext = Depends(get_context)
) -> CalendarChanged:
    """Nothing changes yet: read the answer until it is `ready`, then apply it."""
    days = [Day(day.day, day.kind, day.name) for day in body.days]
    with context.application.database.writing() as session:
        must_keep(context, session, area)
        row = ask(context.acting(session), area, days, body.reason)
        return _shape(session, row)


@router.get("/api/v1/calendar-changes/{number}", summary="Read a change of a calendar")
def one(number: PathId, context: RequestContext = Depends(get_context)) -> CalendarChanged:
    """One change of a calendar that I keep."""
    with context.application.database.reading() as session:
        return _shape(session, _mine(context, session, number))


@router.post(
    "/api/v1/calendar-changes/{number}/application", summary="Apply a change of a calendar", status_code=202
)
def application(number: PathId, context: RequestContext = Depends(get_context)) -> CalendarChanged:
    """Change the calendar now, and in the background everything that hangs on it."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        return _shape(session, apply(context.acting(session), number))


@router.post(
    "/api/v1/calendar-changes/{number}/look", summary="Work out anew what would move", status_code=202
)
def again(number: PathId, context: RequestContext = Depends(get_context)) -> CalendarChanged:
    """For one that was looked at and left, or failed; where moving failed, that goes on instead."""
    with context.application.database.writing() as session:
        row = _mine(context, session, number)
        look_again(context.acting(session), number)
        return _shape(session, row)


@router.delete("/api/v1/calendar-changes/{number}", summary="Drop a change of a calendar", status_code=204)
def let_be(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Leave the calendar as it is, as long as the change is not applied."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        drop(session, number)
    return Response(status_code=204)


def _mine(context: RequestContext, session: Session, number: int) -> CalendarChange:
    row = change(session, number)
    must_keep(context, session, row.area)
    return row


def _shape(session: Session, row: CalendarChange) -> CalendarChanged:
    following = what_follows(session, row.id)
    return CalendarChanged(
        id=row.id,
        area=row.area,
        state=row.state,
        ready=row.state == "open" and all(rescheduling.state == "ready" for rescheduling in following),
        failed=any(failed(session, rescheduling) for rescheduling in following),
        reason=row.reason,
        days=[CalendarDay.model_validate(day) for day in row.days],
        reschedulings=[rescheduling.id for rescheduling in following],
    )
