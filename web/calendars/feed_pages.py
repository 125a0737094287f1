"""My deadlines as a calendar under a secret address."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound
from engine.worklist.queries import desk
from web.calendars.feed import Entry, feed
from web.components.subject_cards import places_of
from web.context import RequestContext, get_context
from web.i18n import gettext as _
from web.i18n import use_language
from web.names import step_name
from web.security import feed_secrets
from web.security.authenticate import today
from web.user_lookup import user_of

router = APIRouter(include_in_schema=False)
MOST = 500


@router.get("/calendar/{secret}.ics")
def show(secret: str, context: RequestContext = Depends(get_context)) -> Response:
    """The open work of whoever this address was made for, the most urgent first."""
    application = context.application
    with application.database.reading() as session:
        person = feed_secrets.whose(session, secret)
        owner = (
            None if person is None else user_of(session, person, today(session, application, context.request))
        )
        if owner is None:
            raise NotFound
        use_language(owner.language)
        rows = desk(session, owner.owners, limit=MOST)
        places = places_of(session, [row.key for row in rows])
        entries = [
            Entry(
                row.id,
                step_name(application.engine, session, row.definition_id, row.process, row.element, row.name),
                places.get(row.key, ""),
                row.due_at,
                f"{application.settings.public_url}/work-items/{row.id}",
            )
            for row in rows
            if row.due_at is not None
        ]
    content = feed(_("Huitoukan: my deadlines"), entries, application.clock.now())
    return Response(content, media_type="text/calendar; charset=utf-8")


@router.post("/me/calendar")
def make(context: RequestContext = Depends(get_context)) -> Response:
    """A new secret address, shown this once."""
    me = context.user.person
    with context.application.database.writing() as session:
        secret = feed_secrets.new_address(session, me, context.machine_clock.now())
    address = f"{context.application.settings.public_url}/calendar/{secret}.ics"
    with context.application.database.reading() as session:
        return context.page(session, "calendar.html", address=address, made_at=context.machine_clock.now())


@router.get("/me/calendar")
def mine(context: RequestContext = Depends(get_context)) -> Response:
    """Whether I have an address, and the way to a new one."""
    with context.application.database.reading() as session:
        made_at = feed_secrets.made_at(session, context.user.person)
        return context.page(session, "calendar.html", address=None, made_at=made_at)


@router.post("/me/calendar/forget")
def forget(context: RequestContext = Depends(get_context)) -> Response:
    """The address is worth nothing from now on."""
    with context.application.database.writing() as session:
        feed_secrets.forget(session, context.user.person)
    return RedirectResponse("/me/calendar", 303)
