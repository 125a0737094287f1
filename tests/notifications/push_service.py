"""A browser with its push service, from the specifications: RFC 8030 (push), 8292 (who sends), 8291 and 8188 (sealed)."""

from __future__ import annotations

import base64
import datetime as dt
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifications.devices import Subscription
from tests.notifications.services import Asked, Service

CURVE = ec.SECP256R1()


def code(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


@dataclass
class PushingBrowser:
    """One subscription. ``refuses`` answers the next messages instead of taking them."""

    house_key: str
    """The only sender whom the browser has allowed."""
    now: Callable[[], dt.datetime]
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    refuses: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    service: Service = field(init=False)

    def __post_init__(self) -> None:
        self.service = Service(self._answer)

    @property
    def subscription(self) -> Subscription:
        return Subscription(self.service.at("/push/s1"), code(self._public), code(self.auth))

    @property
    def shown(self) -> list[dict[str, Any]]:
        """What the service worker was handed."""
        return [json.loads(self._opened(entry.body)) for entry in self.service.taken]

    @property
    def _public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def _answer(self, asked: Asked) -> tuple[int, Mapping[str, str], Any]:
        if self.refuses:
            status, headers = self.refuses.pop(0)
            return status, headers, b"refused"
        fault = self._fault(asked)
        return (400, {}, fault.encode()) if fault else (201, {"Location": "/message/1"}, b"")

    def _fault(self, asked: Asked) -> str:
        if not asked.headers.get("TTL", "").isdigit():
            return "RFC 8030 5.2: TTL is missing"
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", asked.headers.get("Topic", "x")):
            return "RFC 8030 5.4: wrong Topic"
        if asked.headers.get("Urgency", "normal") not in ("very-low", "low", "normal", "high"):
            return "RFC 8030 5.3: wrong Urgency"
        if asked.headers.get("Content-Encoding") != "aes128gcm" or len(asked.body) > 4096:
            return "RFC 8291 4: not sealed, or too long"
        return self._not_the_house(asked.headers.get("Authorization", ""))

    def _not_the_house(self, given: str) -> str:
        found = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)", given)
        if found is None or found[4] != self.house_key:
            return "RFC 8292 3 and 4.2: another sender"
        signed, signature = f"{found[1]}.{found[2]}".encode(), decode(found[3])
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decode(found[4]))
        try:
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return "RFC 8292 2: wrong signature"
        head, claims = json.loads(decode(found[1])), json.loads(decode(found[2]))
        left = claims["exp"] - self.now().timestamp()
        fits = head == {"typ": "JWT", "alg": "ES256"} and claims["aud"] == self.service.at("")
        fits = fits and 0 < left <= 24 * 3600 and claims["sub"].startswith(("mailto:", "https:"))
        return "" if fits else f"RFC 8292 2: {claims}"

    def _opened(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, box = body[21 : 21 + length], body[21 + length :]
        assert len(box) <= size
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        info = b"WebPush: info\x00" + self._public + sender + b"\x01"
        prk = _hmac(salt, _hmac(_hmac(self.auth, shared), info))
        key = _hmac(prk, b"Content-Encoding: aes128gcm\x00\x01")[:16]
        nonce = _hmac(prk, b"Content-Encoding: nonce\x00\x01")[:12]
        padded = AESGCM(key).decrypt(nonce, box, None).rstrip(b"\x00")
        assert padded.endswith(b"\x02"), "the last record"
        return padded[:-1]


def _hmac(key: bytes, data: bytes) -> bytes:
    found = hmac.HMAC(key, hashes.SHA256())
    found.update(data)
    return found.finalize()
