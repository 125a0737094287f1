"""Moving the milestones of a campaign: what is asked, what would move, and letting it move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from engine.json import Values
from engine.text import LocalizedText
from rectification.campaigns.model import MILESTONES, Campaign, get_campaign
from rectification.rescheduling.milestones import written
from rectification.rescheduling.model import (
    Rescheduling,
    apply,
    drop,
    get_rescheduling,
    look_again,
    move_milestones,
)
from web.authority import must_answer_for, must_see_change
from web.campaigns.rescheduling_views import change_view, report_view, under_way
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.i18n import spoken, translate
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


@router.get("/campaigns/{number}/dates")
def dates(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """The form with the milestones as they are."""
    with context.application.database.reading() as session:
        return _form(context, session, get_campaign(session, number), {}, {})


@router.post("/campaigns/{number}/dates")
def ask(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Ask what would move, or show again what was typed with what is wrong beside it."""
    typed = {name: text(form, name, 2000) for name in ("reason", *_fields())}
    proposal, problems = _read(typed)
    try:
        with context.application.database.writing() as session:
            campaign = get_campaign(session, number)
            context.go_by(campaign.zone)
            must_answer_for(context, session, campaign)
            if problems:
                raise WrongValues(problems)
            asked_for = move_milestones(context.acting(session), campaign, proposal, typed["reason"]).id
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            return _form(context, session, get_campaign(session, number), typed, wrong.problems)
    return RedirectResponse(f"/reschedulings/{asked_for}", 303)


def _fields() -> list[str]:
    return [f"{what}-{name}" for name in MILESTONES for what in ("day", "cutoff")]


def _read(typed: Mapping[str, str]) -> tuple[Values, dict[str, LocalizedText]]:
    proposal: Values = {}
    problems: dict[str, LocalizedText] = {}
    for name in MILESTONES:
        day, cutoff = typed[f"day-{name}"], typed[f"cutoff-{name}"]
        try:
            at = dt.time.fromisoformat(cutoff).strftime("%H:%M") if cutoff else None
            proposal[name] = {"day": dt.date.fromisoformat(day).isoformat(), "cutoff": at}
        except ValueError:
            problems[name] = LocalizedText(
                "日期应为 年-月-日，时刻应为 时:分。",
                "Give the date as year-month-day and the time as hours:minutes.",
            )
    return proposal, problems


def _form(
    context: RequestContext,
    session: Session,
    campaign: Campaign,
    typed: Mapping[str, str],
    problems: Mapping[str, LocalizedText],
) -> Response:
    must_answer_for(context, session, campaign)
    now = {row.name: written(row) for row in campaign.milestones}
    return context.page(
        session,
        "campaign_dates.html",
        status=422 if problems else 200,
        campaign=campaign,
        name=campaign.name if spoken() == "zh" else campaign.name_en,
        rows=[
            (
                name,
                translate(words),
                typed.get(f"day-{name}", now[name]["day"]),
                typed[f"cutoff-{name}"] if f"cutoff-{name}" in typed else now[name]["cutoff"] or "",
            )
            for name, words in MILESTONES.items()
            if name in now
        ],
        reason=typed.get("reason", ""),
        problems={name: translate(words) for name, words in problems.items()},
    )


@router.get("/reschedulings/{number}")
def show(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """One change of dates: what would move, how far the moving is, what was moved."""
    with context.application.database.reading() as session:
        row = get_rescheduling(session, number)
        must_see_change(context, session, row)
        campaign = get_campaign(session, row.campaign_id)
        context.go_by(campaign.zone)
        return context.page(
            session,
            "rescheduling.html",
            campaign=campaign,
            name=campaign.name if spoken() == "zh" else campaign.name_en,
            change=change_view(session, row, context.application.clock.now()),
            report=report_view(row),
            left=[(key, zh if spoken() == "zh" else en) for key, zh, en in row.left],
            under=under_way(session, row),
        )


@router.post("/reschedulings/{number}/application")
def application(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Make the change and move what hangs on it."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        apply(context.acting(session), number)
    return RedirectResponse(f"/reschedulings/{number}", 303)


@router.post("/reschedulings/{number}/look")
def again(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Work out anew what would move."""
    with context.application.database.writing() as session:
        _mine(context, session, number)
        look_again(context.acting(session), number)
    return RedirectResponse(f"/reschedulings/{number}", 303)


@router.post("/reschedulings/{number}/drop")
def let_be(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Leave everything as it is."""
    with context.application.database.writing() as session:
        row = _mine(context, session, number)
        drop(session, number)
    return RedirectResponse(f"/campaigns/{row.campaign_id}", 303)


def _mine(context: RequestContext, session: Session, number: int) -> Rescheduling:
    row = get_rescheduling(session, number)
    must_answer_for(context, session, get_campaign(session, row.campaign_id))
    return row
