"""The language switcher."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form
from starlette.responses import RedirectResponse, Response

from web.context import RequestContext, get_context
from web.cookies import LANGUAGE
from web.form_data import Line, OnwardForm, form_router, local_path

router = form_router()
ONE_YEAR = 365 * 24 * 3600


class LanguageForm(OnwardForm):
    """The language that was chosen."""

    language: Line = ""


@router.post("/language")
def choose(form: Annotated[LanguageForm, Form()], context: RequestContext = Depends(get_context)) -> Response:
    """Remember the language on this device."""
    answer = RedirectResponse(local_path(form.next), 303)
    chosen = "en" if form.language == "en" else "zh"
    secure = context.application.settings.secure_cookies
    answer.set_cookie(
        LANGUAGE, chosen, max_age=ONE_YEAR, samesite="lax", secure=secure, httponly=True, path="/"
    )
    return answer
