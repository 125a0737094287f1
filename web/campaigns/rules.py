"""What a campaign lays down for its deadlines: who extends them, and when reminders come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.campaigns.model import get_campaign
from rectification.core.keys import parse_id
from rectification.escalation.reminders import keep_to_workdays
from rectification.matters import pause
from rectification.matters.photo_places import want_places
from rectification.matters.timezone import set_zone
from rectification.tickets.extensions import name_extension_decider
from rectification.tickets.slow_progress import lay_down
from web.authority import must_answer_for
from web.campaigns.pages import page
from web.context import RequestContext, get_context
from web.form_data import form_router, trimmed
from web.path_id import PathId

router = form_router()


YesNo = Annotated[str, trimmed(3)]


class ExtensionsForm(BaseModel):
    """Which office decides."""

    decider: Annotated[str, trimmed(20)] = ""


class RemindersForm(BaseModel):
    """Whether they keep to working days."""

    on_workdays: YesNo = ""


class ZoneForm(BaseModel):
    """The campaign's zone."""

    zone: Annotated[str, trimmed(60)] = ""


class SuspensionsForm(BaseModel):
    """Whether there are any."""

    allowed: YesNo = ""


class PhotoPlacesForm(BaseModel):
    """Whether it is asked."""

    wanted: YesNo = ""


class ProgressForm(BaseModel):
    """After how many days, and how many working days a statement may take; empty: never, as long as it takes."""

    slow_after_days: Annotated[str, trimmed(9)] = ""
    statement_workdays: Annotated[str, trimmed(9)] = ""


@router.post("/campaigns/{number}/extensions")
def extensions(
    number: PathId, form: Annotated[ExtensionsForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say which office decides on extensions."""
    actor, now, decider = context.user.actor, context.application.clock.now(), form.decider
    return _laid_down(
        context,
        number,
        "extensions",
        lambda session: name_extension_decider(session, actor, now, number, decider),
    )


@router.post("/campaigns/{number}/reminders")
def reminders(
    number: PathId, form: Annotated[RemindersForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say whether reminders keep to working days."""
    actor, now, yes = context.user.actor, context.application.clock.now(), form.on_workdays == "yes"
    return _laid_down(
        context, number, "reminders", lambda session: keep_to_workdays(session, actor, now, number, yes)
    )


@router.post("/campaigns/{number}/zone")
def zone(
    number: PathId, form: Annotated[ZoneForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say in which zone the campaign's days are meant."""
    actor, now, name = context.user.actor, context.application.clock.now(), form.zone
    try:
        return _laid_down(
            context, number, "zone", lambda session: set_zone(session, actor, now, number, name)
        )
    except WrongValues as wrong:
        return page(context, number, form.model_dump(), wrong.problems)


@router.post("/campaigns/{number}/suspensions")
def allowing(
    number: PathId, form: Annotated[SuspensionsForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say whether deadlines of tickets may be suspended."""
    actor, now, yes = context.user.actor, context.application.clock.now(), form.allowed == "yes"
    return _laid_down(
        context, number, "suspensions", lambda session: pause.allow(session, actor, now, number, yes)
    )


@router.post("/campaigns/{number}/photo-places")
def photo_places(
    number: PathId, form: Annotated[PhotoPlacesForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say whether it is asked where photos were taken."""
    actor, now, yes = context.user.actor, context.application.clock.now(), form.wanted == "yes"
    return _laid_down(
        context, number, "photo-places", lambda session: want_places(session, actor, now, number, yes)
    )


@router.post("/campaigns/{number}/progress")
def progress(
    number: PathId, form: Annotated[ProgressForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say when the clock asks for a statement on slow progress, and how long it may take."""
    actor, now = context.user.actor, context.application.clock.now()
    after, workdays = _whole(form.slow_after_days), _whole(form.statement_workdays)
    try:
        return _laid_down(
            context, number, "slow", lambda session: lay_down(session, actor, now, number, after, workdays)
        )
    except WrongValues as wrong:
        return page(context, number, form.model_dump(), wrong.problems)


def _whole(text: str) -> int | None:
    """A whole number; 0 for what is none, which no setting takes."""
    return (parse_id(text) or 0) if text else None


def _laid_down(
    context: RequestContext, number: int, section: str, lay_down: Callable[[Session], None]
) -> Response:
    """Do it for whoever answers for the campaign, and show where it stands."""
    with context.application.database.writing() as session:
        must_answer_for(context, session, get_campaign(session, number))
        lay_down(session)
    return RedirectResponse(f"/campaigns/{number}#{section}", 303)
