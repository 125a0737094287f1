"""Signing in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from engine.errors import DomainError, NotFound, WrongValues
from engine.host import Actor
from engine.text import LocalizedText
from notifications.devices import signed_in, signed_out
from rectification.people.model import get_person
from web.context import RequestContext, get_context
from web.form_data import Line, form_router, local_path, trimmed
from web.security import attempts, password_links, passwords, sessions
from web.security.authenticate import cookie_name
from web.security.demo_links import person_of_link
from web.security.passwords import SHORTEST

router = form_router()


class NoLink(NotFound):
    """A one-time link that was used, replaced or never was one, or that has expired."""

    def __init__(self) -> None:
        zh = "这个链接已经用过、已过期或已被新的链接代替。请向管理员索取新的链接。"
        en = "This link was used, has expired, or was replaced by a newer one. Ask your administrator for another."
        super().__init__(LocalizedText(zh, en))


WRONG = LocalizedText("登录名或密码不正确。", "The sign-in name or the password is not right.")


class DeviceForm(BaseModel):
    """The fingerprint of this browser's subscription to notices; empty where it has none."""

    device: Annotated[str, trimmed(64)] = ""


class SignInForm(DeviceForm):
    """Name and password, of which nothing is cut off, and where to go then."""

    login: Annotated[str, trimmed(100)] = ""
    password: str = ""
    next: Line = ""


class LinkForm(DeviceForm):
    """A new password, twice."""

    password: str = ""
    again: str = ""


@router.get("/sign-in")
def show(next: str = "/", unsent: str = "", context: RequestContext = Depends(get_context)) -> Response:
    """The door."""
    if context.guest is not None:
        return RedirectResponse(local_path(next), 303)
    return _page(context, local_path(next), unsent=bool(unsent))


@router.post("/sign-in")
def sign_in(form: Annotated[SignInForm, Form()], context: RequestContext = Depends(get_context)) -> Response:
    """Check name and password and open a session."""
    login, onward = form.login, local_path(form.next)
    try:
        person = check(context, login, form.password)
    except DomainError as refusal:
        return _page(context, onward, login=login, status=refusal.status, problem=refusal.words)
    if person is None:
        return _page(context, onward, login=login, status=422, problem=WRONG)
    return seat(context, person, onward, form.device)


def _page(
    context: RequestContext,
    onward: str,
    *,
    login: str = "",
    status: int = 200,
    problem: LocalizedText | None = None,
    unsent: bool = False,
) -> Response:
    """The door; ``unsent`` after a form that found the session ended."""
    return context.page(
        None, "sign_in.html", status=status, next=onward, login=login, problem=problem, unsent=unsent
    )


def check(context: RequestContext, login: str, password: str) -> int | None:
    """The person, if the password is right; a failure is counted."""
    now, address = context.machine_clock.now(), address_of(context.request)
    with context.application.database.reading() as session:
        attempts.refuse_guessing(session, login, address, now)
        login_and_hash = passwords.stored(session, login)
    right = passwords.matches(password, login_and_hash[1] if login_and_hash else None)
    with context.application.database.writing() as session:
        if right:
            attempts.forget(session, login, address)
        else:
            attempts.note_failure(session, login, address, now)
    return login_and_hash[0] if login_and_hash and right else None


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host[:64] if request.client else "unknown"


def seat(context: RequestContext, number: int, onward: str, device: str = "") -> Response:
    """A new session under a new token; an old one of this browser ends, and so do another's notices on it."""
    with context.application.database.writing() as session:
        signed_in(session, number, device)
        if context.guest is not None:
            sessions.close_session(session, context.guest.seat)
        token = sessions.open_session(session, number, context.machine_clock.now())
    answer = RedirectResponse(onward, 303)
    secure = context.application.settings.secure_cookies
    longest = int(sessions.LONGEST.total_seconds())
    answer.set_cookie(
        cookie_name(context.application),
        token,
        max_age=longest,
        httponly=True,
        samesite="lax",
        secure=secure,
        path="/",
    )
    return answer


@router.get("/sign-in/demo/{token}")
def demo_sign_in(token: str, context: RequestContext = Depends(get_context)) -> Response:
    """A demo person's link; on a real database there is no such address."""
    if context.application.demo_clock is None:
        raise NotFound
    with context.application.database.reading() as session:
        number = person_of_link(session, token)
    if number is None:
        raise NotFound
    return seat(context, number, "/")


@router.get("/sign-in/link/{token}")
def show_link(token: str, context: RequestContext = Depends(get_context)) -> Response:
    """The form behind a one-time link; looking at it does not use it up."""
    with context.application.database.reading() as session:
        return _link_page(context, session, token)


def _link_page(
    context: RequestContext,
    session: Session,
    token: str,
    *,
    status: int = 200,
    problem: LocalizedText | None = None,
) -> Response:
    number = password_links.person_of_code(session, token, context.machine_clock.now())
    person = None if number is None else get_person(session, number)
    if person is None or not person.active:
        raise NoLink
    return context.page(
        None,
        "password_link.html",
        status=status,
        person=person,
        token=token,
        problem=problem,
        shortest=SHORTEST,
    )


@router.post("/sign-in/link/{token}")
def use_link(
    token: str, form: Annotated[LinkForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Set the password, which uses the link up, and sign in."""
    try:
        if form.password != form.again:
            again = LocalizedText("两次输入的密码不同。", "The two passwords are not the same.")
            raise WrongValues({"password": again})
        with context.application.database.writing() as session:
            number = password_links.use_link(session, token, context.machine_clock.now())
            person = None if number is None else get_person(session, number)
            if person is None or not person.active:
                raise NoLink
            actor = Actor(person.name, person.id)
            passwords.set_password(session, person.id, form.password, actor, context.application.clock.now())
            attempts.forget(session, person.login, address_of(context.request))
    except WrongValues as wrong:
        with context.application.database.reading() as session:
            words = next(iter(wrong.problems.values()))
            return _link_page(context, session, token, status=422, problem=words)
    return seat(context, person.id, "/", form.device)


@router.post("/sign-out")
def sign_out(form: Annotated[DeviceForm, Form()], context: RequestContext = Depends(get_context)) -> Response:
    """End the session here and now; nothing of mine appears on this device any more."""
    with context.application.database.writing() as session:
        signed_out(session, context.user.person, form.device)
        sessions.close_session(session, context.user.seat)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(
        cookie_name(context.application),
        path="/",
        secure=context.application.settings.secure_cookies,
        httponly=True,
        samesite="lax",
    )
    return answer
