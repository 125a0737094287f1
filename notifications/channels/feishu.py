"""Group robots of Feishu (飞书): a rich post, signed in its body where the robot has a secret."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from engine.clock import Clock
from notifications.chat_bots import PostedChannel, Request, ServiceCodes, as_json, named
from notifications.outgoing_messages import OutgoingMessage
from notifications.posting import Network

CODES: Final = ServiceCodes(
    ("code", "StatusCode"),
    "msg",
    limits={9499: dt.timedelta(minutes=1), 11232: dt.timedelta(minutes=1)},
    for_good=frozenset({9497, 19001, 19002, 19003, 19021, 19022, 19024, 19036}),
    no_limit=frozenset({"bad request"}),
)
"""19001: no such robot. 19021: sign or time do not fit. 19024: keyword missing. 9499 and 11232: too often.

"Too often" comes with HTTP 400; 9499 with the words "Bad Request" means a message that Feishu cannot read.
"""


def put(letter: OutgoingMessage, now: dt.datetime) -> Request:
    """The letter as this robot wants it."""
    content = [[{"tag": "a", "text": words, "href": link}] for words, link in named(letter)]
    message: dict[str, object] = {
        "msg_type": "post",
        "content": {"post": {"zh_cn": {"title": letter.subject, "content": content}}},
    }
    return as_json(letter.endpoint_address, {**_sign(letter.endpoint_secret, now), **message})


def _sign(secret: str, now: dt.datetime) -> dict[str, str]:
    """The key is the time and the secret; what is signed is empty."""
    if not secret:
        return {}
    stamp = str(int(now.timestamp()))
    digest = hmac.new(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def feishu(inside: Sequence[Network] = (), clock: Clock | None = None) -> PostedChannel:
    """The channel."""
    return PostedChannel(put, CODES.judge, inside, clock)
