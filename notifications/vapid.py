"""Who the installation is to push services (VAPID, RFC 8292): one key for ever, made the first time it is needed.

A browser lets only the holder of this key send to it. It stands in the database, so that every server has the same and
a restored backup keeps every device.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from engine.database import BigId, Database
from notifications.notices import Model

VALID: Final = dt.timedelta(hours=12)
"""Of one signature; services refuse more than 24 hours."""


class PushKey(Model):
    """The installation's key: one row."""

    __tablename__ = "push_keys"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    private: Mapped[str] = mapped_column(String(64), comment="a secret: base64url of the P-256 scalar")
    made_at: Mapped[dt.datetime]


@dataclass(frozen=True)
class HouseKey:
    """The key, and what push services are told with it."""

    private: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> str:
        """As browsers want it."""
        return to_base64(point(self.private))

    def authorization(self, address: str, contact: str, now: dt.datetime) -> str:
        """The header for one message to a push service's address; ``contact`` is a mailto: or https: address."""
        parts = urlsplit(address)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + VALID).timestamp()),
            "sub": contact,
        }
        signed = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(claims)}"
        r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        signature = to_base64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return f"vapid t={signed}.{signature}, k={self.public}"


def house_key(database: Database, now: dt.datetime) -> HouseKey:
    """The key of this installation; whichever server needs it first makes it."""
    query = select(PushKey.private)
    with database.reading() as session:
        kept = session.scalar(query)
    if kept is None:
        made = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        dialect = sqlite if database.is_sqlite else postgresql
        with database.writing() as session:
            row = {"id": 1, "private": to_base64(made.to_bytes(32, "big")), "made_at": now}
            session.execute(dialect.insert(PushKey).values(row).on_conflict_do_nothing())
            kept = session.execute(query).scalar_one()
    return HouseKey(ec.derive_private_key(int.from_bytes(from_base64(kept), "big"), ec.SECP256R1()))


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half, uncompressed."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def to_base64(data: bytes) -> str:
    """For addresses, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """The other way.

    Raises:
        ValueError: it is not base64.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as fault:
        raise ValueError("not base64") from fault


def _part(content: dict[str, object]) -> str:
    return to_base64(json.dumps(content, separators=(",", ":")).encode())
