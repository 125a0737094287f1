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
def show(asked: RequestContext = Depends(get_context)) -> Response:
    """The page of my account."""
    return page(asked)


def page(asked: RequestContext, *, status: int = 200, **context: object) -> Response:
    """My account, with what has just been said."""
    me, key = asked.user.person, house_key(asked.application.database, asked.machine_clock.now())
    with asked.application.database.reading() as session:
        shown = {"said": None, "problem": None, "token": None, "device_problem": None, **context}
        return asked.page(
            session, "me.html", status=status, tokens=api_tokens.tokens_of(session, me),
            devices=devices_of(session, me), push_key=key.public, has_login=_login(asked) is not None, **shown,
        )  # fmt: skip


def _login(asked: RequestContext) -> str | None:
    with asked.application.database.reading() as session:
        me = get_person(session, asked.user.person)
        return me.login if me.password_hash else None


class TokenForm(BaseModel):
    """A token's name."""

    name: Annotated[str, trimmed(100)] = ""


class PasswordForm(BaseModel):
    """The password as it is and as it shall be; nothing of either is cut off."""

    old: str = ""
    new: str = ""


@router.post("/me/tokens")
def make_token(form: Annotated[TokenForm, Form()], asked: RequestContext = Depends(get_context)) -> Response:
    """A new token, shown this once."""
    with asked.application.database.writing() as session:
        token = api_tokens.create_token(session, asked.user.person, form.name, asked.machine_clock.now())
    return page(asked, token=token)


@router.post("/me/tokens/{number}/revoke")
def revoke_token(number: PathId, asked: RequestContext = Depends(get_context)) -> Response:
    """Make a token worthless."""
    with asked.application.database.writing() as session:
        api_tokens.revoke(session, asked.user.person, number)
    return RedirectResponse("/me", 303)


@router.post("/me/password")
def change_password(
    form: Annotated[PasswordForm, Form()], asked: RequestContext = Depends(get_context)
) -> Response:
    """Another password; every session ends, this one too, and every token."""
    login = _login(asked)
    try:
        if login is None or check(asked, login, form.old) is None:
            raise DomainError("wrong_password", WRONG)
        with asked.application.database.writing() as session:
            passwords.set_password(
                session,
                asked.user.person,
                form.new,
                asked.user.actor,
                asked.application.clock.now(),
            )
    except DomainError as refusal:
        problems = getattr(refusal, "problems", None)
        return page(asked, status=422, problem=next(iter(problems.values())) if problems else refusal.words)
    return RedirectResponse("/sign-in", 303)
