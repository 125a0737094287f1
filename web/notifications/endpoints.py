"""Groups and systems: robots and webhooks that an office adds, and that its people may choose."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from engine.audit.history import record
from engine.errors import NotFound, WrongValues
from engine.text import LocalizedText
from notifications.endpoints import KINDS, Endpoint, add_endpoint, get_endpoint, get_endpoints, shut
from notifications.outgoing_messages import MessageLine, compose
from notifications.reasons import OUTLET_REMOVED
from notifications.wording import Wordings
from rectification.access.jurisdiction import offices_of
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
def show(asked: RequestContext = Depends(get_context)) -> Response:
    """The endpoints of my office."""
    return _page(asked)


def _page(asked: RequestContext, *, status: int = 200, **more: object) -> Response:
    with asked.application.database.reading() as session:
        areas = _areas(asked, session)
        context: dict[str, object] = {
            "problems": {},
            "typed": EndpointForm().model_dump(),
            "said": None,
            "failed": None,
            **more,
        }
        rows = get_endpoints(session, areas)
        return asked.page(
            session, "endpoints.html", status=status, rows=rows, areas=areas, kinds=KINDS, **context
        )


def _areas(asked: RequestContext, session: Session) -> dict[str, str]:
    codes = offices_of(session, asked.user.person, asked.calendar.today)
    found = session.execute(select(Area.code, Area.name).where(Area.code.in_(codes)).order_by(Area.code))
    return {row.code: row.name for row in found}


@router.post("/endpoints")
def add(form: Annotated[EndpointForm, Form()], asked: RequestContext = Depends(get_context)) -> Response:
    """A new endpoint for my office's people."""
    given = form.model_dump()
    try:
        with asked.application.database.writing() as session:
            areas = _areas(asked, session)
            if given["area"] not in areas:
                raise WrongValues(
                    {"area": LocalizedText("请选择您单位的区划。", "Please choose an area of your office.")}
                )
            new = add_endpoint(session, given, given["area"], asked.application.delivery.services)
            now = asked.application.clock.now()
            record(
                session,
                asked.user.actor,
                now,
                "endpoint_added",
                f"endpoint:{new.id}",
                name=new.name,
                kind=new.kind,
            )
    except WrongValues as refusal:
        return _page(asked, status=422, problems=refusal.problems, typed=given)
    return RedirectResponse("/endpoints", 303)


@router.post("/endpoints/{number}/remove")
def remove(number: PathId, asked: RequestContext = Depends(get_context)) -> Response:
    """Tell it nothing any more; what waits for it is given up."""
    with asked.application.database.writing() as session:
        entry = _mine(asked, session, number)
        shut(session, entry.id, OUTLET_REMOVED)
        record(
            session,
            asked.user.actor,
            asked.application.clock.now(),
            "endpoint_removed",
            f"endpoint:{entry.id}",
            name=entry.name,
        )
    return RedirectResponse("/endpoints", 303)


@router.post("/endpoints/{number}/test")
def send_test(number: PathId, asked: RequestContext = Depends(get_context)) -> Response:
    """Send a test message now, and say what the other side said."""
    with asked.application.database.reading() as session:
        entry = _mine(asked, session, number)
        language = entry.language or asked.language
        line = MessageLine(
            TEST.said_in(language), asked.application.settings.public_url, asked.user.name, "test"
        )
        identity = f"<test.{entry.id}.{asked.application.clock.now():%Y%m%d%H%M%S%f}@huitoukan>"
        letter = compose(
            identity,
            entry.name,
            asked.user.name,
            Wordings(session).of(language, scopes_above(session, entry.area_code)),
            [line],
        )
    channel = asked.application.delivery.channels.get(entry.kind)
    if channel is None:
        raise NotFound
    outcome = channel.send([letter.through(entry.address, entry.secret)])[0]
    return _page(
        asked, said=ARRIVED if outcome.error is None else None, failed=outcome.error, tested=entry.name
    )


def _mine(asked: RequestContext, session: Session, number: int) -> Endpoint:
    endpoint = get_endpoint(session, number)
    if endpoint.area_code not in offices_of(session, asked.user.person, asked.calendar.today):
        raise NotFound
    return endpoint
