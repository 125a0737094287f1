"""What a campaign lays down for its deadlines: who extends them, and when reminders come."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
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
from web.form_data import get_form, text
from web.path_id import PathId

router = APIRouter(include_in_schema=False)


@router.post("/campaigns/{number}/extensions")
def extensions(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Say which office decides on extensions."""
    actor, now, decider = context.visitor.actor, context.application.clock.now(), text(form, "decider", 20)
    return _laid_down(
        context,
        number,
        "extensions",
        lambda session: name_extension_decider(session, actor, now, number, decider),
    )


@router.post("/campaigns/{number}/reminders")
def reminders(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Say whether reminders keep to working days."""
    actor, now, yes = (
        context.visitor.actor,
        context.application.clock.now(),
        text(form, "on_workdays", 3) == "yes",
    )
    return _laid_down(
        context, number, "reminders", lambda session: keep_to_workdays(session, actor, now, number, yes)
    )


@router.post("/campaigns/{number}/zone")
def zone(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Say in which zone the campaign's days are meant."""
    actor, now, name = context.visitor.actor, context.application.clock.now(), text(form, "zone", 60)
    try:
        return _laid_down(
            context, number, "zone", lambda session: set_zone(session, actor, now, number, name)
        )
    except WrongValues as wrong:
        return page(context, number, {"zone": name}, wrong.problems)


@router.post("/campaigns/{number}/suspensions")
def allowing(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Say whether deadlines of tickets may be suspended."""
    actor, now, yes = (
        context.visitor.actor,
        context.application.clock.now(),
        text(form, "allowed", 3) == "yes",
    )
    return _laid_down(
        context, number, "suspensions", lambda session: pause.allow(session, actor, now, number, yes)
    )


@router.post("/campaigns/{number}/photo-places")
def photo_places(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Say whether it is asked where photos were taken."""
    actor, now, yes = context.visitor.actor, context.application.clock.now(), text(form, "wanted", 3) == "yes"
    return _laid_down(
        context, number, "photo-places", lambda session: want_places(session, actor, now, number, yes)
    )


@router.post("/campaigns/{number}/progress")
def progress(
    number: PathId, context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)
) -> Response:
    """Say when the clock asks for a statement on slow progress, and how long it may take."""
    actor, now = context.visitor.actor, context.application.clock.now()
    typed = {name: text(form, name, 9) for name in ("slow_after_days", "statement_workdays")}
    after, workdays = (_whole(entry) for entry in typed.values())
    try:
        return _laid_down(
            context, number, "slow", lambda session: lay_down(session, actor, now, number, after, workdays)
        )
    except WrongValues as wrong:
        return page(context, number, typed, wrong.problems)


def _whole(given: str) -> int | None:
    """A whole number; 0 for what is none, which no setting takes."""
    return (parse_id(given) or 0) if given else None


def _laid_down(
    context: RequestContext, number: int, section: str, lay_down: Callable[[Session], None]
) -> Response:
    """Do it for whoever answers for the campaign, and show where it stands."""
    with context.application.database.writing() as session:
        must_answer_for(context, session, get_campaign(session, number))
        lay_down(session)
    return RedirectResponse(f"/campaigns/{number}#{section}", 303)
