"""Groups and systems: robots and webhooks that an office adds, and that its people may choose."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from engine.errors import NotFound, WrongValues
from engine.text import LocalizedText
from notifications.endpoints import KINDS, Endpoint, add_endpoint, get_endpoint, get_endpoints, shut
from notifications.outgoing_messages import MessageLine, compose
from notifications.reasons import OUTLET_REMOVED
from notifications.wording import Wordings
from rectification.access.jurisdiction import offices_of
from rectification.core.history import record_event
from rectification.places.areas import Area
from rectification.places.scopes import scopes_above
from web.context import RequestContext, get_context
from web.form_data import form_router, trimmed
from web.path_id import PathId

router = form_router()
ARRIVED = LocalizedText("对方已收下测试消息。", "The other side took the test message.")
TEST = LocalizedText("这是一条测试消息。", "This is a test message.")


class EndpointForm(BaseModel):
    """A new endpoint."""

    kind: Annotated[str, trimmed(1000)] = ""
    name: Annotated[str, trimmed(1000)] = ""
    address: Annotated[str, trimmed(1000)] = ""
    secret: Annotated[str, trimmed(1000)] = ""
    language: Annotated[str, trimmed(1000)] = ""
    area: Annotated[str, trimmed(1000)] = ""


@router.get("/endpoints")
def show(context: RequestContext = Depends(get_context)) -> Response:
    """The endpoints of my office."""
    return _page(context)


def _page(context: RequestContext, *, status: int = 200, **more: object) -> Response:
    with context.application.database.reading() as session:
        areas = _areas(context, session)
        values: dict[str, object] = {
            "problems": {},
            "typed": EndpointForm().model_dump(),
            "done": None,
            "failed": None,
            **more,
        }
        rows = get_endpoints(session, areas)
        return context.page(
            session, "endpoints.html", status=status, rows=rows, areas=areas, kinds=KINDS, **values
        )


def _areas(context: RequestContext, session: Session) -> dict[str, str]:
    codes = offices_of(session, context.user.person, context.calendar.today)
    rows = session.execute(select(Area.code, Area.name).where(Area.code.in_(codes)).order_by(Area.code))
    return {row.code: row.name for row in rows}


@router.post("/endpoints")
def add(form: Annotated[EndpointForm, Form()], context: RequestContext = Depends(get_context)) -> Response:
    """A new endpoint for my office's people."""
    values = form.model_dump()
    try:
        with context.application.database.writing() as session:
            areas = _areas(context, session)
            if values["area"] not in areas:
                raise WrongValues(
                    {"area": LocalizedText("请选择您单位的区划。", "Please choose an area of your office.")}
                )
            new = add_endpoint(session, values, values["area"], context.application.delivery.services)
            record_event(
                context.acting(session), "endpoint_added", f"endpoint:{new.id}", name=new.name, kind=new.kind
            )
    except WrongValues as refusal:
        return _page(context, status=422, problems=refusal.problems, typed=values)
    return RedirectResponse("/endpoints", 303)


@router.post("/endpoints/{number}/remove")
def remove(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Tell it nothing any more; what waits for it is given up."""
    with context.application.database.writing() as session:
        endpoint = _mine(context, session, number)
        shut(session, endpoint.id, OUTLET_REMOVED)
        record_event(
            context.acting(session), "endpoint_removed", f"endpoint:{endpoint.id}", name=endpoint.name
        )
    return RedirectResponse("/endpoints", 303)


@router.post("/endpoints/{number}/test")
def send_test(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Send a test message now, and say what the other side said."""
    with context.application.database.reading() as session:
        endpoint = _mine(context, session, number)
        language = endpoint.language or context.language
        line = MessageLine(
            TEST.in_language(language), context.application.settings.public_url, context.user.name, "test"
        )
        identity = f"<test.{endpoint.id}.{context.application.clock.now():%Y%m%d%H%M%S%f}@huitoukan>"
        letter = compose(
            identity,
            endpoint.name,
            context.user.name,
            Wordings(session).of(language, scopes_above(session, endpoint.area_code)),
            [line],
        )
    channel = context.application.delivery.channels.get(endpoint.kind)
    if channel is None:
        raise NotFound
    outcome = channel.send([letter.through(endpoint.address, endpoint.secret)])[0]
    return _page(
        context, done=ARRIVED if outcome.error is None else None, failed=outcome.error, tested=endpoint.name
    )


def _mine(context: RequestContext, session: Session, number: int) -> Endpoint:
    endpoint = get_endpoint(session, number)
    if endpoint.area_code not in offices_of(session, context.user.person, context.calendar.today):
        raise NotFound
    return endpoint
