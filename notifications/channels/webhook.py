"""Webhooks to other systems, signed as the Standard Webhooks specification says.

``webhook-id`` stays the same however often a message is tried, ``webhook-timestamp`` is that of the try, and
``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``. A receiver refuses
a time more than five minutes away and an id that it has seen: then nobody can play a message again.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Final

from engine.clock import Clock
from engine.text import LocalizedText
from notifications.chat_bots import PostedChannel, Request, by_status
from notifications.outgoing_messages import OutgoingMessage
from notifications.posting import BadAddress, Network


def put(letter: OutgoingMessage, now: dt.datetime) -> Request:
    """The letter as JSON with its signature."""
    notices = [
        {"for": line.name, "kind": line.kind, "words": line.words, "link": line.link} for line in letter.lines
    ]
    body = json.dumps({"type": "notices", "notices": notices}, ensure_ascii=False).encode()
    number, stamp = letter.message_id.strip("<>"), str(int(now.timestamp()))
    signature = sign(letter.endpoint_secret, number, stamp, body)
    headers = {"webhook-id": number, "webhook-timestamp": stamp, "webhook-signature": signature}
    return Request(letter.endpoint_address, body, {"Content-Type": "application/json", **headers})


def sign(secret: str, number: str, stamp: str, body: bytes) -> str:
    """The signature of one try.

    Raises:
        BadAddress: the secret is not ``whsec_`` and base64.
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as fault:
        raise BadAddress(_NO_SECRET) from fault
    digest = hmac.new(key, f"{number}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


_NO_SECRET: Final = LocalizedText("签名密钥应为 whsec_ 加 base64", "the secret must be whsec_ and base64")


def webhook(inside: Sequence[Network] = (), clock: Clock | None = None) -> PostedChannel:
    """The channel."""
    return PostedChannel(put, by_status, inside, clock)
