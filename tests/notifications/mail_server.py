"""A mail server that behaves as badly as it is told to, line by line over real connections."""

from __future__ import annotations

import asyncio
import threading
from email import message_from_bytes
from typing import Final

MODES: Final = ("hangs", "refuses", "cuts", "451", "554", "garbage")


class MailServer:
    """``mode``: healthy, or one of :data:`MODES`; may change while it runs."""

    def __init__(self, mode: str = "healthy") -> None:
        self.mode = mode
        self.letters: list[tuple[str, str]] = []
        """Message-ID and recipient of what was taken, answered or not."""
        self.slow: dict[str, float] = {}
        """Recipients after whose RCPT the server thinks for so many seconds, as one does that looks the mailbox up elsewhere."""
        self.asked: list[str] = []
        """The recipients of every RCPT."""
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Close every connection."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        talks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.mode == "refuses":
                return
            if self.mode == "hangs":
                await self._end.wait()
            writer.write(b"\x00\xff huh?\r\n" if self.mode == "garbage" else b"220 here\r\n")
            recipient = ""
            while line := (await reader.readline()).decode(errors="replace"):
                verb = line[:4].upper().strip()
                if verb == "RCPT":
                    recipient = line.partition("<")[2].partition(">")[0]
                    self.asked.append(recipient)
                    await asyncio.sleep(self.slow.get(recipient, 0))
                if verb == "DATA":
                    writer.write(b"354 go on\r\n")
                    data = await reader.readuntil(b"\r\n.\r\n")
                    if self.mode in ("healthy", "cuts"):
                        self.letters.append((str(message_from_bytes(data)["Message-ID"]), recipient))
                    if self.mode == "cuts":
                        return
                    writer.write(
                        {"451": b"451 later\r\n", "554": b"554 never\r\n"}.get(self.mode, b"250 taken\r\n")
                    )
                else:
                    writer.write(b"221 bye\r\n" if verb == "QUIT" else b"250 fine\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()
