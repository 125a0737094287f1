"""My devices: the browsers on which notices appear. A browser is listed once a first message has reached it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Depends, Form, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from engine.errors import DomainError, WrongValues
from engine.text import LocalizedText
from notifications.devices import PUSH, Subscription, add_device, renew, subscription, take_away
from notifications.outgoing_messages import MessageLine, OutgoingMessage, compose
from notifications.wording import Wordings
from rectification.people.scopes import scopes_of_people
from web.account.pages import page
from web.context import RequestContext, get_context
from web.form_data import Line, form_router, trimmed
from web.path_id import PathId

router = form_router()
WELCOME: Final = LocalizedText(
    "此设备已登记，以后的通知会显示在这里。", "This device is listed: notices appear here from now on."
)
_NO_CHANNEL: Final = LocalizedText("本系统未启用推送", "this system sends no such notices")
_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"), ("HuaweiBrowser", "Huawei Browser"), ("QQBrowser", "QQ Browser"),
    ("UCBrowser", "UC Browser"), ("MiuiBrowser", "Mi Browser"), ("SamsungBrowser", "Samsung Internet"),
    ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
"""Those that pretend to be another come before it."""
_SYSTEMS: Final = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux|CrOS", "Linux"),
)  # fmt: skip


class SubscriptionForm(BaseModel):
    """How the browser can be reached, as its push manager says."""

    endpoint: Line = ""
    p256dh: Line = ""
    auth: Line = ""


class RenewalForm(SubscriptionForm):
    """The same, with the address and the secret of before."""

    was: Line = ""
    secret: Annotated[str, trimmed(100)] = ""


@router.post("/me/devices")
def add(
    request: Request,
    form: Annotated[SubscriptionForm, Form()],
    context: RequestContext = Depends(get_context),
) -> Response:
    """Reach this browser, then put it on my list."""
    name = device_name(request.headers.get("user-agent", ""))
    try:
        endpoint = subscription(form.model_dump())
        _reach(context, endpoint, name)
        with context.application.database.writing() as session:
            add_device(session, context.user.person, name, endpoint, context.application.clock.now())
    except WrongValues as refusal:
        return page(context, status=422, device_problem=refusal.problems["device"])
    except DomainError as refusal:
        return page(context, status=422, device_problem=refusal.words)
    return RedirectResponse("/me#devices", 303)


@router.post("/me/devices/{number}/remove")
def remove(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Take a device off my list."""
    with context.application.database.writing() as session:
        take_away(session, context.user.person, number)
    return RedirectResponse("/me#devices", 303)


@router.post("/devices/renewal")
def renewal(form: Annotated[RenewalForm, Form()], context: RequestContext = Depends(get_context)) -> Response:
    """Reach a listed browser through the subscription that it has now; its worker asks, whoever is signed in."""
    endpoint = subscription(form.model_dump())
    with context.application.database.writing() as session:
        renew(session, form.was, form.secret, endpoint)
    return Response(status_code=204)


def _reach(context: RequestContext, subscription: Subscription, name: str) -> None:
    """Send a first message, which shows the reader at once how it looks."""
    channel = context.application.delivery.channels.get(PUSH)
    outcome = (
        channel.send([_welcome(context, name).through(subscription.endpoint, subscription.keys)])[0]
        if channel
        else None
    )
    if outcome is None or outcome.error is not None:
        why = outcome.error if outcome and outcome.error else _NO_CHANNEL
        raise DomainError(
            "not_reached",
            LocalizedText(
                f"系统连不上这个浏览器的推送服务（{why.zh}），因此没有登记此设备。请换一个浏览器，或请运维查看网络。",
                f"The push service of this browser was not reached ({why.en}), so this device is not listed. "
                "Please try another browser, or ask whoever runs the system to look at its network.",
            ),
        )


def _welcome(context: RequestContext, name: str) -> OutgoingMessage:
    application, user = context.application, context.user
    line = MessageLine(
        WELCOME.in_language(context.language), f"{application.settings.public_url}/me", kind="test"
    )
    identity = f"<device.{user.person}.{application.clock.now():%Y%m%d%H%M%S%f}@huitoukan>"
    with application.database.reading() as session:
        return compose(
            identity,
            name,
            user.name,
            Wordings(session).of(context.language, _scopes(context, session)),
            [line],
        )


def _scopes(context: RequestContext, session: Session) -> Sequence[str]:
    me = context.user.person
    return scopes_of_people(session, [me], context.calendar.today).get(me, ("",))


def device_name(agent: str) -> str:
    """What a browser calls itself, as people call it: ``Chrome · Android``."""
    result = [
        next((name for mark, name in known if re.search(mark, agent)), "") for known in (_BROWSERS, _SYSTEMS)
    ]
    return " · ".join(name for name in result if name) or "?"
