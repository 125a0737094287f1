"""The ledger of deliveries: what went to whom by which way, and sending again what did not arrive."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form
from sqlalchemy import select
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound
from notifications.endpoints import Endpoint
from notifications.notices import Delivery, Notice
from notifications.resending import STILL_THERE, resend
from rectification.access.jurisdiction import people_of
from rectification.core.history import record_event
from rectification.people.model import Person
from web.context import RequestContext, get_context
from web.form_data import OnwardForm, form_router, local_path
from web.i18n import ngettext
from web.notifications.delivery_views import STATES, WAYS, anything_to_resend, page_of, refused, tally
from web.path_id import Beyond, PathId
from web.visibility import hidden_subjects

router = form_router()
PAGE = 40
MOST = 1000
"""Sent again with one press."""


@router.get("/deliveries")
def show(
    state: str = "",
    q: str = "",
    again: int | None = None,
    before: Beyond = None,
    context: RequestContext = Depends(get_context),
) -> Response:
    """The deliveries of those whom I look after."""
    condition = {"state": state if state in STATES else "", "q": q.strip()[:100]}
    with context.application.database.reading() as session:
        whose = people_of(session, context.user.person, context.calendar.today)
        rows = page_of(
            session, whose, state=condition["state"], text=condition["q"], before=before, limit=PAGE + 1
        )
        page = rows[:PAGE]
        more = urlencode({**condition, "before": page[-1].Delivery.id}) if len(rows) > PAGE else None
        figures: dict[str, Any] = {"tally": {}, "refused": [], "lost": False}
        if context.wants_block is None:
            counts, lost = tally(session, whose), anything_to_resend(session, whose)
            figures = {"tally": counts, "refused": refused(session, whose), "lost": lost}
        done = (
            ngettext("%(num)s delivery goes again.", "%(num)s deliveries go again.", again or 0)
            if again
            else None
        )
        hidden = hidden_subjects(session, context, (row.Notice.about for row in page))
        return context.page(
            session, "deliveries.html", rows=page, hidden=hidden, more=more, states=STATES, ways_out=WAYS, condition=condition,
            done=done % {"num": again} if done else None, **figures,
        )  # fmt: skip


@router.post("/deliveries/resend")
def resend_all(context: RequestContext = Depends(get_context)) -> Response:
    """Send again all that was given up."""
    return _resend(context, Delivery.state == "dead", "/deliveries")


@router.post("/deliveries/{number}/resend")
def resend_one(
    number: PathId, form: Annotated[OnwardForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Send one again."""
    return _resend(context, Delivery.id == number, local_path(form.next or "/deliveries"))


def _resend(context: RequestContext, which: Any, onward: str) -> Response:
    with context.application.database.writing() as session:
        whose = people_of(session, context.user.person, context.calendar.today)
        deliveries = select(Delivery.id).join(Notice, Notice.id == Delivery.notice_id)
        deliveries = deliveries.join(Person, Person.id == Notice.person_id).outerjoin(Endpoint)
        deliveries = deliveries.where(whose, which, STILL_THERE)
        numbers = list(session.scalars(deliveries.order_by(Delivery.id).limit(MOST)))
        if not numbers:
            raise NotFound
        acting = context.acting(session)
        again = resend(session, numbers, acting.now)
        record_event(acting, "resent", "deliveries", deliveries=numbers)
    path, _, query = onward.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not part.startswith("again="))
    return RedirectResponse(f"{path}?{kept}{'&' if kept else ''}again={again}", 303)
