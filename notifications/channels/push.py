"""Notifications of a device by Web Push (RFC 8030), readable by that browser alone (RFC 8291, RFC 8188)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urljoin

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.clock import Clock
from engine.text import LocalizedText
from notifications.chat_bots import PostedChannel, Request, by_status
from notifications.outgoing_messages import OutgoingMessage
from notifications.posting import BadAddress, Network
from notifications.vapid import HouseKey, from_base64, point, to_base64

TITLE: Final = LocalizedText("回头看", "Huitoukan")
LONGEST: Final = 300
"""Characters of a sentence: a push service takes 4,096 bytes in all, a device shows less."""
KEPT: Final = 5 * 24 * 3600
"""Seconds for which the push service keeps a message for a device that is switched off."""
RECORD: Final = 4096
NO_KEYS: Final = LocalizedText(
    "该设备登记的密钥不可用，请重新登记", "the device's keys are none; list it anew"
)
ESCALATED: Final = "escalated"
"""The kind of notice that wakes a device that saves power, as what is urgent does (RFC 8030, 5.3)."""


def put(letter: OutgoingMessage, now: dt.datetime, key: HouseKey, contact: str) -> Request:
    """The letter, sealed for its device and signed for the push service.

    Raises:
        BadAddress: the device's keys are none.
    """
    try:
        theirs, auth = (from_base64(part) for part in letter.endpoint_secret.split("."))
        body = sealed(shown(letter), theirs, auth, ec.generate_private_key(ec.SECP256R1()), os.urandom(16))
    except ValueError as fault:
        raise BadAddress(NO_KEYS) from fault
    headers = {
        "Authorization": key.authorization(letter.endpoint_address, contact, now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(KEPT),
        "Urgency": "high"
        if any(line.urgent or line.kind == ESCALATED for line in letter.lines)
        else "normal",
        "Topic": _mark(letter),
    }
    return Request(letter.endpoint_address, body, headers)


def shown(letter: OutgoingMessage) -> bytes:
    """What the service worker shows: title, sentence and link, and a mark under which a repeat replaces itself."""
    first, rest = letter.lines[0], len(letter.lines) - 1
    title = letter.subject if rest else TITLE.in_language(letter.language)
    sentence = first.words if len(first.words) <= LONGEST else first.words[: LONGEST - 1] + "…"
    body = f"{sentence}\n{letter.more(rest)}" if rest else sentence
    link = urljoin(first.link, "/notices") if rest else first.link
    content = {"title": title, "body": body, "link": link, "tag": _mark(letter), "lang": letter.language}
    return json.dumps(content, ensure_ascii=False).encode()


def _mark(letter: OutgoingMessage) -> str:
    return to_base64(hashlib.sha256(letter.message_id.encode()).digest()[:24])


def sealed(message: bytes, theirs: bytes, auth: bytes, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """One record of aes128gcm for the browser whose public key is ``theirs``; ``own`` and ``salt`` serve once.

    Raises:
        ValueError: ``theirs`` is no point of the curve.
    """
    mine = point(own)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    secret = _derived(shared, auth, b"WebPush: info\0" + theirs + mine, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    box = AESGCM(key).encrypt(nonce, message + b"\x02", None)
    return salt + RECORD.to_bytes(4, "big") + bytes([len(mine)]) + mine + box


def _derived(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(material)


def push(
    key: Callable[[], HouseKey], contact: str, inside: Sequence[Network] = (), clock: Clock | None = None
) -> PostedChannel:
    """The channel; push services turn to ``contact`` when the installation troubles them."""
    return PostedChannel(lambda letter, now: put(letter, now, key(), contact), by_status, inside, clock)
