"""Mail: one SMTP conversation for a batch of letters."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from email.utils import parseaddr
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from engine.text import LocalizedText
from notifications.mime import message as message_of
from notifications.mime import sender_line
from notifications.outgoing_messages import DeliveryOutcome, OutgoingMessage
from notifications.reasons import failed, named, quoting

TIMEOUT = 15.0
"""Seconds to wait for any one answer of the mail server."""
PATIENCE: Final = 4
"""So many times as long is waited for an address that was slow before: a server may look a mailbox up for a minute."""
WHOLE: Final = 300.0
"""Seconds after which a batch ends, well within the lease of its letters."""
WHOLE_SLOW: Final = 90.0
"""The same for letters to slow addresses: what is due meanwhile to others waits no longer."""
AT_ONCE: Final = 4
"""Conversations beside each other with slow addresses."""
BREATH: Final = 0.005
"""Seconds between two letters: a batch in one go would take the interpreter from whoever submits meanwhile."""
LOST: Final = 3
"""Letters one after the other over which the server hangs up or falls silent before it is left alone for a minute: one could be to blame."""
_MINUTE: Final = dt.timedelta(minutes=1)
_ANSWERS: Final = (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused)
_NOT_TRIED: Final = LocalizedText(
    "邮件服务器很慢或断开了连接，这一封还没有发",
    "the mail server is slow or hangs up; this one was not tried yet",
)
_LATER: Final = DeliveryOutcome(_NOT_TRIED, wait=_MINUTE)
_LEFT_ALONE: Final = DeliveryOutcome(_NOT_TRIED, wait=_MINUTE, down=True)


class MailChannel:
    """Speaks to the server named by ``smtp://user:password@host:port`` or ``smtps://…``."""

    def __init__(self, url: str, sender: str, timeout: float = TIMEOUT) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("HUITOUKAN_SMTP_URL must look like smtp://user:password@host:587")
        if "@" not in parseaddr(sender)[1]:
            raise ValueError("HUITOUKAN_MAIL_FROM must be a mail address, like house@example.cn")
        self._secure = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (465 if self._secure else 25)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender, self._from = parseaddr(sender)[1], sender_line(sender)
        self._timeout = timeout

    def send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        """Try each letter once. A server that cannot be reached, or fails over letter after letter, is not tried in vain: that costs no attempt."""
        return asyncio.run(self._send(letters))

    async def _send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        """Letters to slow addresses go last, several at a time: none of them waits for another."""
        loop = asyncio.get_running_loop()
        end, seats = loop.time() + WHOLE, asyncio.Semaphore(AT_ONCE)
        quick = [number for number, letter in enumerate(letters) if not letter.slow]
        outcomes = dict(
            zip(quick, await self._one_after_the_other([letters[n] for n in quick], end), strict=True)
        )
        end = min(end, loop.time() + WHOLE_SLOW)

        async def alone(letter: OutgoingMessage) -> DeliveryOutcome:
            async with seats:
                if loop.time() > end:
                    return _LATER
                outcomes = await self._one_after_the_other([letter], end, self._timeout * PATIENCE)
                return outcomes[0]

        slow = [number for number, letter in enumerate(letters) if letter.slow]
        results = await asyncio.gather(*(alone(letters[number]) for number in slow))
        outcomes |= dict(zip(slow, results, strict=True))
        return [outcomes[number] for number in range(len(letters))]

    async def _one_after_the_other(
        self, letters: Sequence[OutgoingMessage], end: float, timeout: float | None = None
    ) -> list[DeliveryOutcome]:
        outcomes: list[DeliveryOutcome] = []
        server: aiosmtplib.SMTP | None = None
        lost = 0
        for letter in letters:
            if outcomes and outcomes[-1].down:
                outcomes.append(outcomes[-1])
                continue
            if lost >= LOST or (outcomes and asyncio.get_running_loop().time() > end):
                outcomes.append(_LEFT_ALONE)
                continue
            if server is None or not server.is_connected:
                try:
                    server = await self._connect()
                except Exception as fault:  # whatever stands in the way: no letter was tried
                    outcomes.append(DeliveryOutcome(_said(fault), wait=_MINUTE, down=True))
                    continue
            outcome, is_silent = await self._try(server, letter, timeout or self._timeout)
            outcomes.append(outcome)
            await asyncio.sleep(BREATH)
            lost = lost + 1 if is_silent else 0
        if server is not None and server.is_connected:
            server.close()
        return outcomes

    async def _try(
        self, server: aiosmtplib.SMTP, letter: OutgoingMessage, timeout: float
    ) -> tuple[DeliveryOutcome, bool]:
        """What became of a letter, and whether the server hung up or fell silent over it."""
        try:
            message, whom = message_of(letter, self._from, letter.to), (self._sender, letter.to)
        except Exception as fault:  # whatever one letter holds, the others are sent
            return DeliveryOutcome(failed(fault)), False
        try:
            options = [] if "".join(whom).isascii() else ["SMTPUTF8"]
            await server.sendmail(*whom, message, mail_options=options, timeout=timeout)
        except Exception as fault:  # neither does what its server does stop them
            if not isinstance(fault, _ANSWERS):
                server.close()
            return DeliveryOutcome(_said(fault), _is_permanent(fault)), isinstance(fault, OSError)
        return DeliveryOutcome(), False

    async def _connect(self) -> aiosmtplib.SMTP:
        server = aiosmtplib.SMTP(
            hostname=self._host, port=self._port, use_tls=self._secure, timeout=self._timeout
        )
        try:
            await server.connect()
            if self._user and self._password is not None:
                await server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


_ANSWERED: Final = LocalizedText("邮件服务器答复", "the mail server answered")
_NO_ANSWER: Final = LocalizedText("邮件服务器没有按时应答", "the mail server did not answer in time")
_UNREACHED: Final = LocalizedText("连不上邮件服务器", "the mail server cannot be reached")
_HUNG_UP: Final = LocalizedText("邮件服务器断开了连接", "the mail server hung up")
_NOT_SENT: Final = LocalizedText("邮件没有发成", "the letter could not be sent")


def _said(fault: Exception) -> LocalizedText:
    """Why a letter was not taken, with the server's own answer where it gave one."""
    if isinstance(fault, aiosmtplib.SMTPRecipientsRefused):
        fault = fault.recipients[0]
    if isinstance(fault, aiosmtplib.SMTPResponseException):
        return quoting(_ANSWERED, f"{fault.code} {fault.message}")
    if isinstance(fault, TimeoutError):
        return _NO_ANSWER
    if isinstance(fault, aiosmtplib.SMTPServerDisconnected):
        return quoting(_HUNG_UP, fault)
    if isinstance(fault, OSError):
        return quoting(_UNREACHED, fault)
    return quoting(_NOT_SENT, named(fault))


def _is_permanent(fault: Exception) -> bool:
    """5xx about the recipient or the message will not get better by waiting; about the installation's own address it may."""
    if isinstance(fault, aiosmtplib.SMTPRecipientsRefused):
        return all(_is_permanent(recipient) for recipient in fault.recipients)
    about = (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)
    return isinstance(fault, about) and 500 <= fault.code < 600
