"""No request body beyond a bound, whatever its headers say."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import Refusal
from engine.words import Words


class TooLarge(Refusal):
    """More than the house takes in one request."""

    status = 413

    def __init__(self) -> None:
        super().__init__(
            "too_large",
            Words("提交的内容过大（上限 12 MB）。", "That is too large to send (the limit is 12 MB)."),
        )


class BodyLimit:
    """Counts the bytes that arrive; declared lengths are refused before anything is read."""

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})["too_large"] = self._declared(scope) > self.most
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self.most:
                raise TooLarge
            return message

        await self.app(scope, counted, send)

    @staticmethod
    def _declared(scope: Scope) -> int:
        given = dict(scope["headers"]).get(b"content-length", b"0")
        return int(given) if given.isdigit() else 0
