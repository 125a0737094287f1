"""Milestones of a campaign: read them, ask what moving them would move, and let it move."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from register.campaigns import campaign
from register.milestones import written
from register.reschedulings import Rescheduling, apply, move_milestones, rescheduling
from web.answering import must_answer_for
from web.api.shapes import Milestone, Milestones, MilestonesMoved, MovedDates, Sentence
from web.api.work_items import REFUSALS
from web.asked import Asked, asked
from web.numbers import Number
from web.views.reschedulings import report_view, under_way

router = APIRouter(tags=["campaigns"], responses=REFUSALS)


@router.get("/api/v1/campaigns/{number}/milestones", summary="Read the milestones of a campaign")
def milestones(number: Number, asked: Asked = Depends(asked)) -> Milestones:
    """The dates of a campaign that I answer for."""
    with asked.house.database.reading() as session:
        one = campaign(session, number)
        must_answer_for(asked, session, one)
        return Milestones(milestones={row.name: Milestone(**written(row)) for row in one.milestones})  # type: ignore[arg-type]


@router.post(
    "/api/v1/campaigns/{number}/reschedulings",
    summary="Ask what moving milestones would move",
    status_code=202,
)
def ask(number: Number, given: MilestonesMoved, asked: Asked = Depends(asked)) -> MovedDates:
    """Nothing changes yet: read the answer until its state is `ready`, then apply it."""
    wish = {
        name: {"day": to.day.isoformat(), "cutoff": to.cutoff.strftime("%H:%M") if to.cutoff else None}
        for name, to in given.milestones.items()
    }
    with asked.house.database.writing() as session:
        one = campaign(session, number)
        must_answer_for(asked, session, one)
        now, actor = asked.house.clock.now(), asked.visitor.actor
        return _shape(session, move_milestones(session, one, wish, given.reason, actor, now))


@router.get("/api/v1/reschedulings/{number}", summary="Read what would move, or what was moved")
def one(number: Number, asked: Asked = Depends(asked)) -> MovedDates:
    """One change of dates."""
    with asked.house.database.reading() as session:
        return _shape(session, _mine(asked, session, number))


@router.post("/api/v1/reschedulings/{number}/application", summary="Apply a change of dates", status_code=202)
def application(number: Number, asked: Asked = Depends(asked)) -> MovedDates:
    """Move the milestones now, and in the background everything that hangs on them."""
    with asked.house.database.writing() as session:
        _mine(asked, session, number)
        return _shape(session, apply(session, number, asked.visitor.actor, asked.house.clock.now()))


def _mine(asked: Asked, session: Session, number: int) -> Rescheduling:
    row = rescheduling(session, number)
    must_answer_for(asked, session, campaign(session, row.campaign_id))
    return row


def _shape(session: Session, row: Rescheduling) -> MovedDates:
    report = report_view(row)
    under = under_way(session, row)
    return MovedDates(
        id=row.id,
        state=row.state,
        reason=row.reason,
        done=under.done,
        total=under.total,
        report=None if report is None else asdict(report),
        left={key: Sentence(zh=zh, en=en) for key, zh, en in row.left},
    )
