"""Mail: one SMTP conversation for a batch of letters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib

from notifications.letters import Letter, Outcome

TIMEOUT = 15.0
"""Seconds to wait for any one answer of the mail server."""


class MailChannel:
    """Speaks to the server named by ``smtp://user:password@host:port`` or ``smtps://…``."""

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("HUITOUKAN_SMTP_URL must look like smtp://user:password@host:587")
        self._secure = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._secure else 25)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender

    def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Try each letter once over one connection."""
        return asyncio.run(self._send(letters))

    async def _send(self, letters: Sequence[Letter]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        server: aiosmtplib.SMTP | None = None
        for letter in letters:
            try:
                if server is None or not server.is_connected:
                    server = await self._connect()
                await server.send_message(self._message(letter))
                outcomes.append(Outcome())
            except (TimeoutError, aiosmtplib.SMTPException, OSError, ValueError) as fault:
                outcomes.append(Outcome(f"{type(fault).__name__}: {fault}"[:500], _is_permanent(fault)))
        if server is not None and server.is_connected:
            server.close()
        return outcomes

    async def _connect(self) -> aiosmtplib.SMTP:
        server = aiosmtplib.SMTP(hostname=self._host, port=self._port, use_tls=self._secure, timeout=TIMEOUT)
        await server.connect()
        if self._user and self._password is not None:
            await server.login(self._user, self._password)
        return server

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Message-ID"] = letter.message_id
        message["Date"] = formatdate(localtime=False)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message


def _is_permanent(fault: Exception) -> bool:
    """5xx about the recipient or the message will not get better by waiting."""
    if isinstance(fault, aiosmtplib.SMTPRecipientsRefused):
        return all(_is_permanent(one) for one in fault.recipients)
    code = getattr(fault, "code", None)
    return (
        isinstance(fault, (aiosmtplib.SMTPResponseException,)) and isinstance(code, int) and 500 <= code < 600
    )
