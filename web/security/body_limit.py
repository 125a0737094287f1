"""No request body beyond a bound, whatever its headers say."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import DomainError
from engine.text import LocalizedText


class TooLarge(DomainError):
    """More than the installation takes in one request."""

    status = 413

    def __init__(self, most: int) -> None:
        limit = most // (1024 * 1024)
        super().__init__(
            "too_large",
            LocalizedText(
                f"提交的内容过大（上限 {limit} MB）。",
                f"That is too large to send (the limit is {limit} MB).",
            ),
        )


class BodyLimit:
    """Counts the bytes that arrive; declared lengths are refused before anything is read.

    ``most`` is the largest file, in bytes, and ``around`` what a request may say beside it; ``larger`` are the paths
    with a bound of their own. What is refused is told the bound for files, which is the one that pages promise.
    """

    def __init__(self, app: ASGIApp, *, most: int, around: int, larger: Mapping[str, int]) -> None:
        self.app = app
        self.most = most
        self.around = around
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.larger.get(scope["path"], self.most)
        scope.setdefault("state", {})["too_large"] = most if self._declared(scope) > most + self.around else 0
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > most + self.around:
                raise TooLarge(most)
            return message

        await self.app(scope, counted, send)

    @staticmethod
    def _declared(scope: Scope) -> int:
        header = dict(scope["headers"]).get(b"content-length", b"0")
        return int(header) if header.isdigit() else 0
