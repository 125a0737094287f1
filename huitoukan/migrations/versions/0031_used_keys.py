"""Idempotency keys that were used, each with the answer to its first request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "web_used_keys",
        sa.Column(
            "id", sa.String(64), nullable=False, comment="SHA-256 of person, address and idempotency key"
        ),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("content", sa.String(64), nullable=False, comment="SHA-256 of what was sent"),
        sa.Column("used_at", Instant, nullable=False),
        sa.Column(
            "answer",
            sa.LargeBinary(),
            comment="encrypted with the key itself; none while the request is at work",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_used_keys")),
    )
    op.create_index(op.f("ix_web_used_keys_used_at"), "web_used_keys", ["used_at"])
