"""Random secrets, and the hash under which they are kept."""

from __future__ import annotations

import hashlib
import secrets


def new_secret(prefix: str = "") -> str:
    """256 random bits as text."""
    return prefix + secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """What the database keeps: a secret of 256 bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
