"""What the group robots of WeCom, DingTalk and Feishu and the webhooks have in common.

Each says how it wants a letter put and what its own answer means: these services answer 200 to what they refuse,
or a status that says something else than the code beside it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.clock import Clock, SystemClock
from notifications import posting, reasons
from notifications.outgoing_messages import DeliveryOutcome, OutgoingMessage
from notifications.posting import BadAddress, HttpAnswer, Network, post

EVERY: Final = dt.timedelta(seconds=3)
"""Between two messages to one robot: no minute holds more than the 20 that the services allow."""
AT_ONCE: Final = 8
AT_ONE_HOST: Final = 4
"""Posts at once to one host: one that hangs leaves room for the others."""
PATIENCE: Final = 3
"""So many times as long is waited for an endpoint that was slow before."""
WHOLE: Final = 300.0
"""Seconds after which a batch ends, well within the lease of its letters."""
WHOLE_SLOW: Final = 60.0
"""The same for letters to slow endpoints: what is due meanwhile to others waits no longer."""
_LATER: Final = DeliveryOutcome(reasons.NOT_YET_TRIED, wait=dt.timedelta(minutes=1))


@dataclass(frozen=True, slots=True)
class Request:
    """One post."""

    url: str
    body: bytes
    headers: Mapping[str, str]


def as_json(url: str, content: Mapping[str, object], **headers: str) -> Request:
    """A post of JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Request(url, body, {"Content-Type": "application/json; charset=utf-8", **headers})


class PostedChannel:
    """Carries each letter to its endpoint; several at a time, so that one that hangs holds up no other.

    A host that did not answer is not tried again for the letters behind: thousands of devices may share it.
    Letters to slow endpoints go last.
    """

    def __init__(
        self,
        put: Callable[[OutgoingMessage, dt.datetime], Request],
        judge: Callable[[HttpAnswer], DeliveryOutcome],
        inside: Sequence[Network] = (),
        clock: Clock | None = None,
    ) -> None:
        self._put = put
        self._judge = judge
        self._inside = inside
        self._clock = clock or SystemClock()

    def send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        """Try each letter once; one that was not tried for its host's sake lost no attempt."""
        return asyncio.run(self._send(letters))

    async def _send(self, letters: Sequence[OutgoingMessage]) -> list[DeliveryOutcome]:
        silent, outcomes = set[str](), dict[int, DeliveryOutcome]()
        for slow, whole in ((False, WHOLE), (True, WHOLE_SLOW)):
            numbers = [number for number, letter in enumerate(letters) if letter.slow is slow]
            results = await self._send_until(whole, [letters[number] for number in numbers], silent)
            outcomes |= dict(zip(numbers, results, strict=True))
        return [outcomes[number] for number in range(len(letters))]

    async def _send_until(
        self, whole: float, letters: Sequence[OutgoingMessage], silent: set[str]
    ) -> list[DeliveryOutcome]:
        """Those not tried after ``whole`` seconds wait; ``silent`` are the hosts that did not answer."""
        loop = asyncio.get_running_loop()
        seats, end = asyncio.Semaphore(AT_ONCE), loop.time() + whole
        places = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(AT_ONE_HOST))

        async def one(letter: OutgoingMessage) -> DeliveryOutcome:
            host = _host(letter.endpoint_address)
            async with places[host], seats:
                if host in silent or loop.time() > end:
                    return _LATER
                outcome = await self._try(letter)
                if outcome.error is reasons.NO_ANSWER:
                    silent.add(host)
                return outcome

        return list(await asyncio.gather(*(one(letter) for letter in letters)))

    async def _try(self, letter: OutgoingMessage) -> DeliveryOutcome:
        try:
            request = self._put(letter, self._clock.now())
            seconds = posting.SECONDS * (PATIENCE if letter.slow else 1)
            answer = await post(request.url, request.body, request.headers, self._inside, seconds)
            return self._judge(answer)
        except BadAddress as fault:
            return DeliveryOutcome(fault.words, permanent=True)
        except Exception as fault:  # whatever one letter or answer holds, the others are sent
            return DeliveryOutcome(reasons.unreached(fault))


def _host(address: str) -> str:
    return "".join(address.split("/")[2:3]).lower()


def by_status(answer: HttpAnswer) -> DeliveryOutcome:
    """What the status says of a service that has no codes of its own; its words are kept."""
    if 200 <= answer.status < 300:
        return DeliveryOutcome()
    if 300 <= answer.status < 400:
        return DeliveryOutcome(reasons.quoting(reasons.ELSEWHERE, f"HTTP {answer.status}"), permanent=True)
    reason = reasons.answered(f"HTTP {answer.status} {answer.body[:_QUOTED].decode(errors='replace')}")
    if answer.status == 429 or (answer.status == 503 and answer.wait):
        return DeliveryOutcome(reason, wait=dt.timedelta(seconds=answer.wait or 60))
    if answer.status in (408, 425) or answer.status >= 500:
        return DeliveryOutcome(reason)
    return DeliveryOutcome(reason, permanent=True, gone=answer.status in (404, 410))


_QUOTED: Final = 1000


@dataclass(frozen=True, slots=True)
class ServiceCodes:
    """What a service's own code means: come back later, or never."""

    names: tuple[str, ...]
    """Where the code stands in the answer, the first that is there."""
    message_field: str
    limits: Mapping[int, dt.timedelta]
    for_good: frozenset[int]
    no_limit: frozenset[str] = frozenset()
    """Words with which the code of a limit means something else: then it is a failure like any other."""

    def judge(self, answer: HttpAnswer) -> DeliveryOutcome:
        """The service's own code, whatever the status beside it: Feishu says "too often" with 400, others with 200.

        An answer that carries no code is not a yes.
        """
        content = _content(answer.body)
        code = next((content[name] for name in self.names if name in content), None)
        if not isinstance(code, int) or (code == 0 and answer.status >= 300):
            return DeliveryOutcome(reasons.NOT_THE_SERVICES) if answer.status < 300 else by_status(answer)
        if code == 0:
            return DeliveryOutcome()
        words = str(content.get(self.message_field, ""))
        wait = self.limits.get(code)
        if wait is not None and words.strip().lower() in self.no_limit:
            wait = None
        if wait is not None and answer.wait:
            wait = max(wait, dt.timedelta(seconds=answer.wait))
        return DeliveryOutcome(
            reasons.answered(f"{code} {words}"), permanent=code in self.for_good, wait=wait
        )


def _content(body: bytes) -> Mapping[str, object]:
    """The fields of an answer in JSON; none of any other."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def named(letter: OutgoingMessage) -> list[tuple[str, str]]:
    """The lines as a group reads them: who is meant, then what, with the link."""
    return [(f"{line.name}：{line.words}" if line.name else line.words, line.link) for line in letter.lines]
