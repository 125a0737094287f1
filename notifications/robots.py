"""What the group robots of WeCom, DingTalk and Feishu and the webhooks have in common.

Each says how it wants a letter put and what its own answer means: these services answer 200 to what they refuse.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from engine.clock import Clock, SystemClock
from notifications import reasons
from notifications.letters import Letter, Outcome
from notifications.posting import Answer, BadAddress, Network, post

EVERY: Final = dt.timedelta(seconds=3)
"""Between two messages to one robot: no minute holds more than the 20 that the services allow."""
AT_ONCE: Final = 8
_LATER: Final = Outcome(reasons.NOT_YET_TRIED, wait=dt.timedelta(minutes=1), down=True)


@dataclass(frozen=True, slots=True)
class Request:
    """One post."""

    url: str
    body: bytes
    headers: Mapping[str, str]


def as_json(url: str, content: Mapping[str, Any], **headers: str) -> Request:
    """A post of JSON."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Request(url, body, {"Content-Type": "application/json; charset=utf-8", **headers})


class PostedChannel:
    """Carries each letter to its outlet; several at a time, so that one that hangs holds up no other.

    A host that did not answer is not tried again for the letters behind: thousands of devices may share it.
    """

    def __init__(
        self,
        put: Callable[[Letter, dt.datetime], Request],
        judge: Callable[[Answer], Outcome],
        inside: Sequence[Network] = (),
        clock: Clock | None = None,
    ) -> None:
        self._put = put
        self._judge = judge
        self._inside = inside
        self._clock = clock or SystemClock()

    def send(self, letters: Sequence[Letter]) -> list[Outcome]:
        """Try each letter once."""
        return asyncio.run(self._send(letters))

    async def _send(self, letters: Sequence[Letter]) -> list[Outcome]:
        seats, silent = asyncio.Semaphore(AT_ONCE), set[str]()

        async def one(letter: Letter) -> Outcome:
            host = letter.outlet_address.split("/")[2:3]
            async with seats:
                if silent.intersection(host):
                    return _LATER
                outcome = await self._try(letter)
                silent.update(host if outcome.down else ())
                return outcome

        return list(await asyncio.gather(*(one(letter) for letter in letters)))

    async def _try(self, letter: Letter) -> Outcome:
        try:
            request = self._put(letter, self._clock.now())
            answer = await post(request.url, request.body, request.headers, self._inside)
        except BadAddress as fault:
            return Outcome(fault.words, permanent=True)
        except TimeoutError:
            return Outcome(reasons.NO_ANSWER, down=True)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as fault:
            return Outcome(reasons.unreached(fault))
        return by_status(answer) or self._judge(answer)


def by_status(answer: Answer) -> Outcome | None:
    """What the status alone says; None when the answer itself has to be read."""
    said = reasons.answered(f"HTTP {answer.status}")
    if answer.status == 429:
        return Outcome(said, wait=dt.timedelta(seconds=answer.wait or 60))
    if 300 <= answer.status < 400:
        return Outcome(reasons.quoting(reasons.ELSEWHERE, f"HTTP {answer.status}"), permanent=True)
    if answer.status in (408, 425) or answer.status >= 500:
        return Outcome(said)
    if answer.status >= 400:
        return Outcome(said, permanent=True, gone=answer.status in (404, 410))
    return None


@dataclass(frozen=True, slots=True)
class Codes:
    """What a service's own code means: come back later, or never."""

    names: tuple[str, ...]
    """Where the code stands in the answer, the first that is there."""
    said: str
    limits: Mapping[int, dt.timedelta]
    for_good: frozenset[int]

    def judge(self, answer: Answer) -> Outcome:
        """An answer that carries no code is not a yes."""
        try:
            content = json.loads(answer.body)
        except ValueError:
            return Outcome(reasons.NOT_THE_SERVICES)
        code = (
            next((content[one] for one in self.names if one in content), None)
            if isinstance(content, dict)
            else None
        )
        if not isinstance(code, int):
            return Outcome(reasons.NOT_THE_SERVICES)
        if code == 0:
            return Outcome()
        said = reasons.answered(f"{code} {content.get(self.said, '')}")
        return Outcome(said, permanent=code in self.for_good, wait=self.limits.get(code))


def named(letter: Letter) -> list[tuple[str, str]]:
    """The lines as a group reads them: who is meant, then what, with the link."""
    return [(f"{line.name}：{line.words}" if line.name else line.words, line.link) for line in letter.lines]
