"""Milestones of a campaign: read them, ask what moving them would move, and let it move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from rectification.campaigns.model import get_campaign
from rectification.rescheduling.milestones import written
from rectification.rescheduling.model import (
    Rescheduling,
    apply,
    drop,
    get_rescheduling,
    job_of,
    look_again,
    move_milestones,
    outdated,
)
from web.api_sentences import REFUSALS, Sentence
from web.authority import must_answer_for, must_see_change
from web.campaigns.rescheduling_views import report_view
from web.context import RequestContext, get_context
from web.path_id import PathId

router = APIRouter(tags=["campaigns"], responses=REFUSALS)


class MilestoneRecord(BaseModel):
    """A date of a campaign."""

    model_config = ConfigDict(extra="forbid")
    day: dt.date
    cutoff: dt.time | None = Field(None, description="local time; none: the end of the day")


class Milestones(BaseModel):
    """The dates of a campaign, by name."""

    milestones: dict[str, MilestoneRecord]


class MilestonesMoved(Milestones):
    """Milestones as they should be; those that are not named stay."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(max_length=2000)


class MovedDates(BaseModel):
    """A change of dates, and what it moves."""

    id: int
    state: str = Field(description="looking (being worked out), ready, moving, done or dropped")
    outdated: bool = Field(description="ready, but looked at on an earlier day or before other dates moved")
    reason: str
    done: int = Field(description="pieces of running work that were looked at or moved, of `total`")
    total: int
    report: Mapping[str, object] | None = Field(
        description="figures, and `lines`: step, date before and after, how many"
    )
    left: Mapping[str, Sentence] = Field(description="what could not be moved, and why")
    failure: Sentence | None = Field(
        description="why working it out, or moving, ended before its end; `look` goes on with it"
    )


@router.get("/api/v1/campaigns/{number}/milestones", summary="Read the milestones of a campaign")
def milestones(number: PathId, context: RequestContext = Depends(get_context)) -> Milestones:
    """The dates of a campaign that I answer for."""
    with context.application.database.reading() as session:
        campaign = get_campaign(session, number)
        must_answer_for(context, session, campaign)
        records = {row.name: MilestoneRecord.model_validate(written(row)) for row in campaign.milestones}
        return Milestones(milestones=records)


@router.post(
    "/api/v1/campaigns/{number}/reschedulings",
    summary="Ask what moving milestones would move",
    status_code=202,
)
def ask(number: PathId, body: MilestonesMoved, context: RequestContext = Depends(get_context)) -> MovedDates:
    """Nothing changes yet: read the answer until its state is `ready`, then apply it."""
    proposal = {
        name: {"day": to.day.isoformat(), "cutoff": to.cutoff.strftime("%H:%M") if to.cutoff else None}
        for name, to in body.milestones.items()
    }
    with context.application.database.writing() as session:
        campaign = get_campaign(session, number)
        must_answer_for(context, session, campaign)
        acting = context.acting(session)
        return _shape(session, move_milestones(acting, campaign, proposal, body.reason), acting.now)


@router.get("/api/v1/reschedulings/{number}", summary="Read what would move, or what was moved")
def one(number: PathId, context: RequestContext = Depends(get_context)) -> MovedDates:
    """One change of dates."""
    with context.application.database.reading() as session:
        row = get_rescheduling(session, number)
        must_see_change(context, session, row)
        return _shape(session, row, context.application.clock.now())


@router.post("/api/v1/reschedulings/{number}/application", summary="Apply a change of dates", status_code=202)
def application(number: PathId, context: RequestContext = Depends(get_context)) -> MovedDates:
    """Move the milestones now, and in the background everything that hangs on them."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        acting = context.acting(session)
        return _shape(session, apply(acting, number), acting.now)


@router.post("/api/v1/reschedulings/{number}/look", summary="Work out anew what would move", status_code=202)
def again(number: PathId, context: RequestContext = Depends(get_context)) -> MovedDates:
    """For one that was looked at and left, or failed; where moving failed, that goes on instead."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        acting = context.acting(session)
        return _shape(session, look_again(acting, number), acting.now)


@router.delete("/api/v1/reschedulings/{number}", summary="Drop a change of dates", status_code=204)
def let_be(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Leave everything as it is, as long as it is not applied."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        drop(session, number)
    return Response(status_code=204)


def _mine(context: RequestContext, session: Session, number: int) -> Rescheduling:
    row = get_rescheduling(session, number)
    must_answer_for(context, session, get_campaign(session, row.campaign_id))
    return row


def _shape(session: Session, row: Rescheduling, now: dt.datetime) -> MovedDates:
    report, job = report_view(row), job_of(session, row)
    return MovedDates(
        id=row.id,
        outdated=bool(outdated(session, [row], now)),
        state=row.state,
        reason=row.reason,
        done=job.done if job else 0,
        total=job.total if job else 0,
        report=None if report is None else asdict(report),
        left={key: Sentence(zh=zh, en=en) for key, zh, en in row.left},
        failure=Sentence(**asdict(job.failure)) if job and job.failure else None,
    )
