"""The language switcher."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from web.context import RequestContext, get_context
from web.cookies import LANGUAGE
from web.form_data import get_form, local_path, text

router = APIRouter(include_in_schema=False)
ONE_YEAR = 365 * 24 * 3600


@router.post("/language")
def choose(context: RequestContext = Depends(get_context), form: FormData = Depends(get_form)) -> Response:
    """Remember the language on this device."""
    answer = RedirectResponse(local_path(text(form, "next")), 303)
    chosen = "en" if text(form, "language") == "en" else "zh"
    secure = context.application.settings.secure_cookies
    answer.set_cookie(
        LANGUAGE, chosen, max_age=ONE_YEAR, samesite="lax", secure=secure, httponly=True, path="/"
    )
    return answer
