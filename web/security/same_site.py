"""Cross-site request forgery: where a request comes from, and that it carries the session's token."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from starlette.requests import Request

from engine.errors import NotAllowed
from engine.text import LocalizedText
from web.form_data import is_form

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
FIELD = "_csrf"


class Forged(NotAllowed):
    """The request did not come from our own pages."""

    def __init__(self) -> None:
        zh = "页面已过期或请求来自其他网站，请刷新页面后再提交；您填写的内容保存在本机草稿中。"
        en = (
            "This page is too old, or the request came from another site. Reload the page and send it again; "
        )
        super().__init__(LocalizedText(zh, en + "what you typed is kept on this device."), "forged")


def refuse_other_sites(request: Request, public_url: str) -> None:
    """Raise unless the browser says that the request comes from our own pages, or says nothing at all."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forged
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc not in (
        request.headers.get("host"),
        urlsplit(public_url).netloc,
    ):
        raise Forged


async def refuse_without_token(request: Request, expected: str) -> None:
    """Raise unless the header or the form's hidden field carries the session's token."""
    token = request.headers.get(HEADER)
    if token is None and is_form(request):
        field = (await request.form()).get(FIELD)
        token = field if isinstance(field, str) else None
    if token is None or not hmac.compare_digest(token.encode(), expected.encode()):
        raise Forged
