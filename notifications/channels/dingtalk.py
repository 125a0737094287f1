"""Group robots of DingTalk (钉钉), signed with HMAC-SHA256 over the time and the robot's secret."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote_plus

from engine.clock import Clock
from notifications.chat_bots import PostedChannel, Request, ServiceCodes, as_json, named
from notifications.outgoing_messages import OutgoingMessage
from notifications.posting import Network

CODES: Final = ServiceCodes(
    ("errcode",),
    "errmsg",
    limits={130101: dt.timedelta(minutes=10), 410100: dt.timedelta(minutes=10), -1: dt.timedelta(minutes=1)},
    for_good=frozenset({300001, 310000, 400013, 400101, 400102, 40035, 43004}),
)
"""310000: sign, keyword or address do not fit. 130101 and 410100: more than 20 in a minute, shut for ten."""


def put(letter: OutgoingMessage, now: dt.datetime) -> Request:
    """The letter as this robot wants it."""
    lines = "".join(f"\n- [{_plain(words)}]({link})" for words, link in named(letter))
    content = {"title": _plain(letter.subject), "text": f"#### {_plain(letter.subject)}{lines}"}
    return as_json(_signed(letter, now), {"msgtype": "markdown", "markdown": content})


def _signed(letter: OutgoingMessage, now: dt.datetime) -> str:
    if not letter.endpoint_secret:
        return letter.endpoint_address
    stamp = str(int(now.timestamp() * 1000))
    text = f"{stamp}\n{letter.endpoint_secret}".encode()
    sign = base64.b64encode(hmac.new(letter.endpoint_secret.encode(), text, hashlib.sha256).digest())
    joint = "&" if "?" in letter.endpoint_address else "?"
    return f"{letter.endpoint_address}{joint}timestamp={stamp}&sign={quote_plus(sign)}"


_MARKS: Final = dict(zip(map(ord, "[]<>`*#@\n"), "【】＜＞'＊＃＠ ", strict=True))


def _plain(text: str) -> str:
    return text.translate(_MARKS)


def dingtalk(inside: Sequence[Network] = (), clock: Clock | None = None) -> PostedChannel:
    """The channel."""
    return PostedChannel(put, CODES.judge, inside, clock)
