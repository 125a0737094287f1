"""The one dependency on every route: who is asking, may they use this route, is the request really theirs."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from engine.clock import Clock
from engine.errors import NotAllowed
from engine.text import LocalizedText
from rectification.matters.timezone import zone_of_campaign
from web.access import ACCESS, AccessRule
from web.application import Application
from web.cookies import CAMPAIGN
from web.current_user import CurrentUser, SignInFirst
from web.i18n import language_of, use_language
from web.security import api_tokens, sessions
from web.security.body_limit import TooLarge
from web.security.same_site import SAFE, refuse_other_sites, refuse_without_token
from web.user_lookup import user_of

API: Final = "/api/"


def cookie_name(application: Application) -> str:
    """``__Host-`` binds the cookie to this very host; browsers accept that prefix only over HTTPS."""
    return "__Host-session" if application.settings.secure_cookies else "session"


def rule_of(request: Request) -> AccessRule:
    """The rule of the route that was matched (never of the path that was typed)."""
    route = request.scope.get("route")
    method = "GET" if request.method == "HEAD" else request.method
    rule = ACCESS.get(f"{method} {getattr(route, 'path', '')}")
    if rule is None:
        raise NotAllowed(
            LocalizedText("此地址没有登记访问权限。", "Nobody has been given access to this address.")
        )
    return rule


async def authenticate(request: Request) -> None:
    """The dependency of every route. The machine's own clock times sessions, for a demo's clock runs ahead."""
    application: Application = request.app.state.application
    clock: Clock = request.app.state.machine_clock
    if most := getattr(request.state, "too_large", 0):
        raise TooLarge(most)
    use_language(language_of(request))
    rule = rule_of(request)
    user = await run_in_threadpool(recognise, application, clock, request)
    request.state.user = user
    use_language(language_of(request))
    if request.method not in SAFE:
        await _refuse_forgery(request, application, user)
    if rule.public:
        return
    if user is None:
        raise SignInFirst
    if rule.roles is not None and not rule.roles & user.roles:
        raise NotAllowed(
            LocalizedText("您的岗位没有这个页面的权限。", "Your posts do not include this page.")
        )


async def _refuse_forgery(request: Request, application: Application, user: CurrentUser | None) -> None:
    if user is not None and user.way == "token":
        return
    refuse_other_sites(request, application.settings.public_url)
    if user is not None:
        await refuse_without_token(request, user.csrf)


def today(session: Session, application: Application, request: Request) -> dt.date:
    """The day that it is in the zone of the campaign at hand, by which the page goes: posts are held from one day on."""
    request.state.zone = zone_of_campaign(session, request.cookies.get(CAMPAIGN))
    return application.clock.now().astimezone(request.state.zone).date()


def recognise(application: Application, clock: Clock, request: Request) -> CurrentUser | None:
    """The person behind a personal token (API only) or behind the session's cookie."""
    header = request.headers.get("authorization", "")
    route = getattr(request.scope.get("route"), "path", "")
    if route.startswith(API) and header:
        return _by_token(application, clock, request, header)
    cookie = request.cookies.get(cookie_name(application))
    return _by_session(application, clock, request, cookie) if cookie else None


def _by_token(application: Application, clock: Clock, request: Request, header: str) -> CurrentUser | None:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    with application.database.reading() as session:
        kept = api_tokens.find_token(session, token.strip(), clock.now())
        user = None if kept is None else user_of(session, kept.person, today(session, application, request))
    if user is not None and kept is not None and kept.wants_note(clock.now()):
        with application.database.writing() as session:
            api_tokens.note_use(session, kept, clock.now())
    return None if user is None else replace(user, way="token")


def _by_session(application: Application, clock: Clock, request: Request, cookie: str) -> CurrentUser | None:
    now = clock.now()
    with application.database.reading() as session:
        seat = sessions.find_session(session, cookie, now)
        if seat is None:
            return None
        user = user_of(session, seat.person, today(session, application, request))
    if user is not None and sessions.wants_note(seat, now):
        with application.database.writing() as session:
            sessions.note_use(session, seat, now)
    return None if user is None else replace(user, csrf=seat.csrf, seat=seat.token_hash)
