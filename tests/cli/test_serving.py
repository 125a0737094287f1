"""How the server listens."""

from __future__ import annotations

import asyncio
import socket

from huitoukan.cli.serving import bound


def test_answers_are_sent_at_once() -> None:
    """A kept-alive connection would otherwise wait some 40 ms for the reader's acknowledgement each time."""

    async def ask() -> int:
        options: asyncio.Queue[int] = asyncio.Queue()

        def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            options.put_nowait(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = bound("127.0.0.1", 0)
        async with await asyncio.start_server(accept, sock=listening):
            _reader, writer = await asyncio.open_connection(*listening.getsockname())
            option = await options.get()
            writer.close()
            return option

    assert asyncio.run(ask())
