"""What a campaign lays down for its deadlines: who extends them, and when reminders come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from rectification.campaigns.model import get_campaign
from rectification.core.context import ActionContext
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
    decider = form.decider
    return _laid_down(
        context, number, "extensions", lambda acting: name_extension_decider(acting, number, decider)
    )


@router.post("/campaigns/{number}/reminders")
def reminders(
    number: PathId, form: Annotated[RemindersForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say whether reminders keep to working days."""
    yes = form.on_workdays == "yes"
    return _laid_down(context, number, "reminders", lambda acting: keep_to_workdays(acting, number, yes))


@router.post("/campaigns/{number}/zone")
def zone(
    number: PathId, form: Annotated[ZoneForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say in which zone the campaign's days are meant."""
    name = form.zone
    try:
        return _laid_down(context, number, "zone", lambda acting: set_zone(acting, number, name))
    except WrongValues as wrong:
        return page(context, number, form.model_dump(), wrong.problems)


@router.post("/campaigns/{number}/suspensions")
def allowing(
    number: PathId, form: Annotated[SuspensionsForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say whether deadlines of tickets may be suspended."""
    yes = form.allowed == "yes"
    return _laid_down(context, number, "suspensions", lambda acting: pause.allow(acting, number, yes))


@router.post("/campaigns/{number}/photo-places")
def photo_places(
    number: PathId, form: Annotated[PhotoPlacesForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say whether it is asked where photos were taken."""
    yes = form.wanted == "yes"
    return _laid_down(context, number, "photo-places", lambda acting: want_places(acting, number, yes))


@router.post("/campaigns/{number}/progress")
def progress(
    number: PathId, form: Annotated[ProgressForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Say when the clock asks for a statement on slow progress, and how long it may take."""
    after, workdays = _whole(form.slow_after_days), _whole(form.statement_workdays)
    try:
        return _laid_down(context, number, "slow", lambda acting: lay_down(acting, number, after, workdays))
    except WrongValues as wrong:
        return page(context, number, form.model_dump(), wrong.problems)


def _whole(text: str) -> int | None:
    """A whole number; 0 for what is none, which no setting takes."""
    return (parse_id(text) or 0) if text else None


def _laid_down(
    context: RequestContext, number: int, section: str, act: Callable[[ActionContext], None]
) -> Response:
    """Do it for whoever answers for the campaign, and show where it stands."""
    with context.application.database.writing() as session:
        must_answer_for(context, session, get_campaign(session, number))
        act(context.acting(session))
    return RedirectResponse(f"/campaigns/{number}#{section}", 303)
