"""The tables of sign-in: sessions, attempts, personal tokens, demo and password links; and the idempotency keys that were used.

Names and passwords stand with the people.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, LargeBinary, String, Table

from engine.database import BigId, Instant, metadata

sessions = Table(
    "web_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True, comment="SHA-256 of the cookie's 256 random bits"),
    Column("person_id", BigId, nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

attempts = Table(
    "web_sign_in_attempts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("login", String(100), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Index("ix_web_sign_in_attempts_login", "login", "address", "at"),
)

api_tokens = Table(
    "web_api_tokens",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("person_id", BigId, nullable=False, index=True),
    Column("name", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("expires_at", Instant, nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
)

demo_links = Table(
    "web_demo_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("person_id", BigId, nullable=False),
)

password_links = Table(
    "web_password_links",
    metadata,
    Column("code_hash", String(64), primary_key=True, comment="SHA-256 of the link's 100 random bits"),
    Column("person_id", BigId, nullable=False, unique=True),
    Column("expires_at", Instant, nullable=False),
)

calendar_feeds = Table(
    "web_calendar_feeds",
    metadata,
    Column("person_id", BigId, primary_key=True, autoincrement=False),
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("made_at", Instant, nullable=False),
)

used_keys = Table(
    "idempotency_keys",
    metadata,
    Column("id", String(64), primary_key=True, comment="SHA-256 of person, address and idempotency key"),
    Column("person_id", BigId, nullable=False),
    Column("content", String(64), nullable=False, comment="SHA-256 of what was sent"),
    Column("used_at", Instant, nullable=False, index=True),
    Column("answer", LargeBinary, comment="encrypted with the key itself; none while the request is at work"),
)
