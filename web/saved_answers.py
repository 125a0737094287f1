"""Keeps the answers of requests with an idempotency key, and tells the browser which form was taken."""

from __future__ import annotations

import logging
import re
from http.cookies import SimpleCookie
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import DomainError
from web.idempotency import KeyedRequest, StoredAnswer, current, first_answer

log = logging.getLogger(__name__)

TAKEN: Final = "taken"
"""The cookie that names the key of the form that was taken last: the page's script drops its draft then."""
_PLAIN: Final = re.compile(r"[\w-]{8,64}", re.ASCII)


class KeepAnswers:
    """Holds the answer to a POST back until it is kept: whoever asks again at once finds it.

    What was done is done, so an answer that cannot be kept is given all the same.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)
            if not message.get("more_body") and message["type"] == "http.response.body":
                answer = _joined(held)
                if (keyed := state.get("keyed")) is not None:
                    current.set(None)
                    answer = await _settled(scope, keyed, answer)
                await self._send(send, answer, state.get("form_key"))

        await self.app(scope, receive, hold)

    async def _send(self, send: Send, answer: StoredAnswer, form_key: str | None) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        if answer.status < 400 and form_key and _PLAIN.fullmatch(form_key):
            headers.append((b"set-cookie", self._cookie(form_key).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _cookie(self, key: str) -> str:
        cookie: SimpleCookie = SimpleCookie({TAKEN: key})
        cookie[TAKEN].update({"path": "/", "samesite": "Lax", "max-age": "3600"})
        if self.secure:
            cookie[TAKEN]["secure"] = True
        return cookie[TAKEN].OutputString()


def _joined(messages: list[Message]) -> StoredAnswer:
    start = messages[0]
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return StoredAnswer(
        start["status"], headers, b"".join(message.get("body", b"") for message in messages[1:])
    )


async def _settled(scope: Scope, keyed: KeyedRequest, answer: StoredAnswer) -> StoredAnswer:
    """The answer to send: this one, kept if something was done, or that of another request that was first."""
    if not keyed.committed:
        return await _first(scope, keyed, answer) if answer.status >= 400 else answer
    try:
        if answer.status < 400:
            await run_in_threadpool(keyed.keep, answer)
        elif answer.status < 500:
            await run_in_threadpool(keyed.release)
    except SQLAlchemyError:
        log.exception("what was answered could not be kept: %s", scope["path"])
    return answer


async def _first(scope: Scope, keyed: KeyedRequest, answer: StoredAnswer) -> StoredAnswer:
    """Where another request with the key did it meanwhile, that one's answer; this one was refused because of it."""
    try:
        first = await first_answer(keyed, scope["app"].state.machine_clock.now())
    except (DomainError, SQLAlchemyError):
        return answer
    return answer if first is None else first
