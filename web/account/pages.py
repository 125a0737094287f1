"""My account: language, devices, password, tokens for programs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from engine.errors import DomainError
from engine.text import LocalizedText
from notifications.devices import devices_of
from notifications.vapid import house_key
from rectification.people.model import get_person
from web.account.sign_in import check
from web.context import RequestContext, get_context
from web.form_data import form_router, trimmed
from web.path_id import PathId
from web.security import api_tokens, passwords

router = form_router()
WRONG = LocalizedText("当前密码不正确。", "The present password is not right.")


@router.get("/me")
def show(context: RequestContext = Depends(get_context)) -> Response:
    """The page of my account."""
    return page(context)


def page(context: RequestContext, *, status: int = 200, **values: object) -> Response:
    """My account, with what has just been said."""
    me, key = context.user.person, house_key(context.application.database, context.machine_clock.now())
    with context.application.database.reading() as session:
        shown = {"done": None, "problem": None, "token": None, "device_problem": None, **values}
        return context.page(
            session, "me.html", status=status, tokens=api_tokens.tokens_of(session, me),
            devices=devices_of(session, me), push_key=key.public, has_login=_login(context) is not None, **shown,
        )  # fmt: skip


def _login(context: RequestContext) -> str | None:
    with context.application.database.reading() as session:
        me = get_person(session, context.user.person)
        return me.login if me.password_hash else None


class TokenForm(BaseModel):
    """A token's name."""

    name: Annotated[str, trimmed(100)] = ""


class PasswordForm(BaseModel):
    """The password as it is and as it shall be; nothing of either is cut off."""

    old: str = ""
    new: str = ""


@router.post("/me/tokens")
def make_token(
    form: Annotated[TokenForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """A new token, shown this once."""
    with context.application.database.writing() as session:
        token = api_tokens.create_token(session, context.user.person, form.name, context.machine_clock.now())
    return page(context, token=token)


@router.post("/me/tokens/{number}/revoke")
def revoke_token(number: PathId, context: RequestContext = Depends(get_context)) -> Response:
    """Make a token worthless."""
    with context.application.database.writing() as session:
        api_tokens.revoke(session, context.user.person, number)
    return RedirectResponse("/me", 303)


@router.post("/me/password")
def change_password(
    form: Annotated[PasswordForm, Form()], context: RequestContext = Depends(get_context)
) -> Response:
    """Another password; every session ends, this one too, and every token."""
    login = _login(context)
    try:
        if login is None or check(context, login, form.old) is None:
            raise DomainError("wrong_password", WRONG)
        with context.application.database.writing() as session:
            passwords.set_password(
                session,
                context.user.person,
                form.new,
                context.user.actor,
                context.application.clock.now(),
            )
    except DomainError as refusal:
        problems = getattr(refusal, "problems", None)
        return page(context, status=422, problem=next(iter(problems.values())) if problems else refusal.words)
    return RedirectResponse("/sign-in", 303)
