"""How I am told: which way for what, when I am left in peace, and what nobody can mute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from fastapi import APIRouter, Depends
from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from engine.errors import WrongValues
from engine.text import LocalizedText
from notifications.endpoints import Endpoint, get_endpoints
from notifications.preferences import MATTERS, NotificationHours, NotificationPreference, preferences_of
from rectification.access.jurisdiction import areas_around, offices_of
from rectification.calendar.calendar import calendars_above
from rectification.campaigns.model import COLOURS, Campaign, floor
from rectification.people.model import Person, get_person
from web.context import RequestContext, get_context
from web.form_data import get_form, text
from web.notifications.delivery_views import refused

router = APIRouter(include_in_schema=False)
TIMES = ("digest_at", "quiet_from", "quiet_until")
NO_TIME = LocalizedText(
    "请写成 22:00 这样的时间，两个都写或都不写。", "Please write both as times like 22:00, or neither."
)
NO_DIGEST = LocalizedText("请写成 08:00 这样的时间。", "Please write a time like 08:00.")


@router.get("/me/telling")
def show(kept: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """My preferences."""
    return _page(context, kept=bool(kept))


def _page(
    context: RequestContext,
    *,
    kept: bool = False,
    sent: FormData | None = None,
    problems: dict[str, LocalizedText] | None = None,
) -> Response:
    """The page as things are kept; or as it was ``sent``, with what is wrong with it."""
    me = context.user.person
    with context.application.database.reading() as session:
        floors = _floors(session, context)
        bounced = refused(session, Person.id == me)
        habit = session.get(NotificationHours, me)
        return context.page(
            session, "notification_preferences.html", status=422 if problems else 200, kept=kept, problems=problems or {}, matters=MATTERS,
            mine=_typed(sent, me, _endpoints(session, context)) if sent is not None else preferences_of(session, me),
            times={name: text(sent, name, 10) if sent is not None else _clock(habit, name) for name in TIMES},
            rhythm=text(sent, "rhythm") if sent is not None else _rhythm(habit), endpoints=_endpoints(session, context),
            mail=get_person(session, me).email, bounced=bounced[0] if bounced else None,
            floors=floors if len({*floors.values()}) > 1 else {None: next(iter(floors.values()))},
        )  # fmt: skip


def _clock(habit: NotificationHours | None, name: str) -> str:
    at: dt.time | None = getattr(habit, name, None)
    return f"{at:%H:%M}" if at else ""


def _rhythm(habit: NotificationHours | None) -> str:
    if habit is None:
        return "day"
    return "daily" if habit.digest_at else "at_once"


def _typed(form: FormData, me: int, endpoints: Sequence[Endpoint]) -> dict[str, NotificationPreference]:
    """What was chosen for each matter."""
    mine = {str(endpoint.id): endpoint.id for endpoint in endpoints}
    return {
        matter: NotificationPreference(
            person_id=me, matter=matter, mail=text(form, f"mail.{matter}") == "yes",
            devices=text(form, f"devices.{matter}") == "yes", endpoint_id=mine.get(text(form, f"endpoint.{matter}")),
        )
        for matter in MATTERS
    }  # fmt: skip


def _floors(session: Session, context: RequestContext) -> dict[Campaign | None, tuple[LocalizedText, ...]]:
    """The colours that nobody can mute, by campaign in which I may have work, the newest first."""
    me, today = context.user.person, context.calendar.today
    around, offices = set(areas_around(session, me, today)), set(offices_of(session, me, today))
    every = session.scalars(select(Campaign).order_by(Campaign.id.desc()))
    rows: Sequence[Campaign | None] = [
        campaign
        for campaign in every
        if campaign.area_code in around or offices.intersection(calendars_above(session, campaign.area_code))
    ] or [None]
    return {
        row: tuple(words for colour, words in COLOURS.items() if colour in floor(row.settings if row else {}))
        for row in rows
    }


def _endpoints(session: Session, context: RequestContext) -> list[Endpoint]:
    return get_endpoints(session, areas_around(session, context.user.person, context.calendar.today))


@router.post("/me/telling")
def keep(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Keep what I prefer."""
    me = context.user.person
    try:
        habit = _habit(me, form)
    except WrongValues as refusal:
        return _page(context, sent=form, problems=refusal.problems)
    with context.application.database.writing() as session:
        chosen = _typed(form, me, _endpoints(session, context))
        session.execute(delete(NotificationPreference).where(NotificationPreference.person_id == me))
        session.execute(delete(NotificationHours).where(NotificationHours.person_id == me))
        session.add_all(chosen.values())
        if habit is not None:
            session.add(habit)
    return RedirectResponse("/me/telling?kept=1", 303)


def _habit(me: int, form: FormData) -> NotificationHours | None:
    since, until = _time(form, "quiet_from", "quiet", NO_TIME), _time(form, "quiet_until", "quiet", NO_TIME)
    if (since is None) != (until is None):
        raise WrongValues({"quiet": NO_TIME})
    rhythm = text(form, "rhythm")
    digest = _time(form, "digest_at", "digest", NO_DIGEST) if rhythm == "daily" else None
    if rhythm == "daily" and digest is None:
        raise WrongValues({"digest": NO_DIGEST})
    if rhythm not in ("daily", "at_once") and since is None:
        return None
    return NotificationHours(person_id=me, quiet_from=since, quiet_until=until, digest_at=digest)


def _time(form: FormData, name: str, field: str, words: LocalizedText) -> dt.time | None:
    value = text(form, name, 10)
    if not value:
        return None
    try:
        return dt.datetime.strptime(value[:5], "%H:%M").time()  # noqa: DTZ007  (a time on the wall)
    except ValueError as fault:
        raise WrongValues({field: words}) from fault
