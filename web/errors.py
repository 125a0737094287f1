"""What is refused, said in words: beside the form, on a page of its own, or as JSON to a program."""

from __future__ import annotations

import logging
import sqlite3
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, RedirectResponse, Response

from engine.errors import AlreadyDone, DomainError, NotFound, WrongValues
from engine.text import LocalizedText
from rectification.campaigns.model import NoCampaign
from web.access import is_page
from web.context import get_context
from web.idempotency import AnsweredBefore
from web.security.authenticate import recognise
from web.security.same_site import SAFE

log = logging.getLogger(__name__)

UNREADABLE = LocalizedText("请求的内容无法读取。", "What was sent could not be read.")
BROKEN = LocalizedText(
    "系统出了问题，已经记录下来。您可以稍后再试；没有提交成功的内容保存在本机草稿中。",
    "Something broke here and has been noted. Please try again later; what was not sent is kept on this device.",
)
AWAY = LocalizedText(
    "系统暂时无法使用：数据库或磁盘没有响应，管理员会从日志中得知。请稍后再试；没有提交成功的内容保存在本机草稿中。",
    "The system cannot be used for the moment: the database or the disk does not answer, and the log says so. Please try again later; what was not sent is kept on this device.",
)
_NOT_TAKEN = "这一项的内容或类型不对。"
_WRONG = {
    "missing": "缺少这一项。",
    "string_type": "这一项应为文字。",
    "int_type": "这一项应为整数。",
    "int_parsing": "这一项应为整数。",
    "bool_parsing": "这一项应为是或否（true、false）。",
    "date_from_datetime_parsing": "这一项应为日期，例如 2019-09-24。",
    "string_too_long": "这一项太长。",
    "string_too_short": "这一项太短，或没有填写。",
    "json_invalid": "请求的内容不是有效的 JSON。",
    "extra_forbidden": "没有这一项。",
}
"""In Chinese what the reader of requests says of a value, by its kind."""
RETRY_AFTER = "30"
"""Seconds after which a program may ask again."""


def install(app: FastAPI) -> None:
    """Answer every kind of refusal."""
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(AnsweredBefore, _answered_before)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(OverflowError, _unstorable)
    app.add_exception_handler(SQLAlchemyError, _away)
    app.add_exception_handler(sqlite3.Error, _away)
    app.add_exception_handler(OSError, _away)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _broken)


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, DomainError)
    return answer(request, problem)


async def _answered_before(_request: Request, first: Exception) -> Response:
    assert isinstance(first, AnsweredBefore)
    return first.answer.response()


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    if not hasattr(request.state, "user"):
        state = request.app.state
        request.state.user = await run_in_threadpool(
            recognise, state.application, state.machine_clock, request
        )
    if isinstance(problem.__cause__, DomainError):
        return answer(request, problem.__cause__)
    if problem.status_code == 404:
        return answer(request, NotFound())
    refusal = DomainError("bad_request", UNREADABLE)
    refusal.status = problem.status_code
    return answer(request, refusal)


async def _unreadable(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    if not _is_api(request) and any(error["loc"][:1] == ("path",) for error in problem.errors()):
        return answer(request, NotFound())
    messages = {
        ".".join(str(part) for part in error["loc"][1:]): LocalizedText(
            _WRONG.get(error["type"], _NOT_TAKEN), error["msg"]
        )
        for error in problem.errors()
    }
    return answer(request, WrongValues(messages))


async def _unstorable(request: Request, problem: Exception) -> Response:
    """A number beyond every bound, or a NUL in a text: the database takes neither."""
    log.warning("unstorable: %s %s: %s", request.method, request.url.path, type(problem).__name__)
    return answer(request, WrongValues({"": UNREADABLE}))


async def _away(request: Request, problem: Exception) -> Response:
    """An outage is told by its own line in the log, not by each request that it stops."""
    if not request.app.state.application.database.outage.note(problem):
        raise problem
    refusal = DomainError("away", AWAY)
    refusal.status = 503
    response = answer(request, refusal)
    response.headers["Retry-After"] = RETRY_AFTER
    return response


async def _gone(request: Request, _problem: Exception) -> Response:
    """Whoever asked has gone away before everything was sent; nothing was done and nobody reads an answer."""
    log.info("gone before it was sent: %s %s", request.method, request.url.path)
    return Response(status_code=400)


async def _broken(request: Request, problem: Exception) -> Response:
    log.error("unexpected: %s %s", request.method, request.url.path, exc_info=problem)
    refusal = DomainError("broken", BROKEN)
    refusal.status = 500
    return answer(request, refusal)


def answer(request: Request, refusal: DomainError) -> Response:
    """The refusal as this client wants it."""
    if isinstance(refusal, AlreadyDone) and refusal.at is not None:
        refusal.words = refusal.at_time(get_context(request).calendar.in_both(refusal.at))
    if _is_api(request) or "application/json" in request.headers.get("accept", ""):
        return JSONResponse(as_json(refusal), refusal.status)
    if refusal.status == 401:
        return _to_sign_in(request)
    return _page(request, refusal)


def _to_sign_in(request: Request) -> Response:
    """To the page for signing in, and from there back to the page: after a form, to the one that it stood on.

    A part of a page is not replaced by the page for signing in.
    """
    if request.headers.get("hx-request") == "true":
        return Response(status_code=401)
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse("/sign-in?" + urlencode({"next": request.url.path + query}), 303)
    return RedirectResponse("/sign-in?" + urlencode({"next": _page_of_form(request), "unsent": "1"}), 303)


def _page_of_form(request: Request) -> str:
    """Where a form stood: the page that sent it, else what its address is about, else the desk."""
    sender = urlsplit(request.headers.get("referer", ""))
    ours = sender.netloc == request.headers.get("host")
    if ours and is_page(sender.path):
        return f"{sender.path}?{sender.query}" if sender.query else sender.path
    path = request.url.path
    while path and not is_page(path):
        path = path.rpartition("/")[0]
    return path or "/"


def as_json(refusal: DomainError) -> dict[str, object]:
    """A refusal for programs."""
    content: dict[str, object] = {
        "code": refusal.code,
        "message_zh": refusal.words.zh,
        "message_en": refusal.words.en,
    }
    if isinstance(refusal, AlreadyDone) and refusal.at is not None:
        content |= {"by": refusal.who, "at": refusal.at.isoformat()}
    problems = getattr(refusal, "problems", {})
    content["problems"] = {name: {"zh": words.zh, "en": words.en} for name, words in problems.items()}
    return content


def _is_api(request: Request) -> bool:
    return str(request.scope["path"]).startswith("/api/")


def _page(request: Request, refusal: DomainError) -> Response:
    here = get_context(request)
    if isinstance(refusal, NoCampaign):
        status = 200 if request.method in SAFE else refusal.status
        return here.page(None, "no_campaign.html", status=status, words=refusal.words)
    title, picture = _TITLES.get(
        refusal.status, (LocalizedText("这一步没有完成", "This did not go through"), "alert-circle")
    )
    return here.page(
        None,
        "error.html",
        status=refusal.status,
        title=title.in_language(here.language),
        picture=picture,
        words=refusal.words,
    )


_TITLES: dict[int, tuple[LocalizedText, str]] = {
    403: (LocalizedText("没有权限", "Not yours to do"), "lock"),
    404: (LocalizedText("没有找到", "Not found"), "search"),
    405: (LocalizedText("没有找到", "Not found"), "search"),
    409: (LocalizedText("情况已经变化", "Things have moved on"), "history"),
    413: (LocalizedText("内容过大", "Too large"), "alert-circle"),
    422: (LocalizedText("内容需要更正", "Something needs correcting"), "alert-circle"),
    429: (LocalizedText("请稍候", "Please wait a while"), "clock"),
    500: (LocalizedText("系统出了问题", "Something broke"), "alert-triangle"),
    503: (LocalizedText("暂时无法使用", "Away for the moment"), "alert-triangle"),
}
