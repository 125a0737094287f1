"""Devices on which a person wants to be told, and the key by which push services know this house."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "devices",
        sa.Column("outlet_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column(
            "fingerprint", sa.String(64), nullable=False, comment="of the address, which is never shown"
        ),
        sa.Column("added_at", Instant, nullable=False),
        sa.Column("reached_at", Instant),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_devices_outlet_id_outlets")),
        sa.PrimaryKeyConstraint("outlet_id", name=op.f("pk_devices")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_devices_fingerprint")),
    )
    op.create_index(op.f("ix_devices_person_id"), "devices", ["person_id"])
    op.create_table(
        "push_keys",
        sa.Column("id", BigId, nullable=False),
        sa.Column(
            "private", sa.String(64), nullable=False, comment="a secret: base64url of the P-256 scalar"
        ),
        sa.Column("made_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_keys")),
    )
    op.add_column("preferences", sa.Column("devices", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("preferences") as table:
        table.alter_column("devices", server_default=None)
    with op.batch_alter_table("outlets") as table:
        table.alter_column(
            "language", existing_type=sa.String(2), nullable=True, comment="none: its reader's own"
        )
