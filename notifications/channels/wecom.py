"""Group robots of WeCom (企业微信): markdown of at most 4,096 bytes to the robot's own address."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from engine.clock import Clock
from notifications.chat_bots import PostedChannel, Request, ServiceCodes, as_json, named
from notifications.outgoing_messages import OutgoingMessage
from notifications.posting import Network

LONGEST: Final = 4096
CODES: Final = ServiceCodes(
    ("errcode",),
    "errmsg",
    limits={45009: dt.timedelta(minutes=1), 45033: dt.timedelta(minutes=1)},
    for_good=frozenset({93000, 93004, 93008, 93017, 40008, 40058, 44004, 45002, 60020}),
)
"""93000: no such robot. 45009: more than 20 in a minute."""


def put(letter: OutgoingMessage, _now: dt.datetime) -> Request:
    """The letter as this robot wants it."""
    content = f"**{_plain(letter.subject)}**"
    for number, (words, link) in enumerate(named(letter)):
        line = f"\n> [{_plain(words)}]({link})"
        left = f"\n> {letter.more(len(letter.lines) - number)}"
        if len((content + line + left).encode()) > LONGEST:
            content += left
            break
        content += line
    return as_json(letter.endpoint_address, {"msgtype": "markdown", "markdown": {"content": content}})


_MARKS: Final = dict(zip(map(ord, "[]<>`*\n"), "【】＜＞'＊ ", strict=True))


def _plain(text: str) -> str:
    """Words, not marks: nobody's name mentions a group or draws a link."""
    return text.translate(_MARKS)


def wecom(inside: Sequence[Network] = (), clock: Clock | None = None) -> PostedChannel:
    """The channel."""
    return PostedChannel(put, CODES.judge, inside, clock)
