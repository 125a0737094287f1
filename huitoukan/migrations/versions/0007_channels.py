"""Outlets beside mail, what each person prefers, an office's own wording, and calendar feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outlets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="carries the robot's key: never shown"),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("area_code", sa.String(20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_at", Instant, comment="no message to it before"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlets")),
    )
    op.create_table(
        "preferences",
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("matter", sa.String(20), nullable=False),
        sa.Column("mail", sa.Boolean(), nullable=False),
        sa.Column("outlet_id", BigId),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlets.id"], name=op.f("fk_preferences_outlet_id_outlets")),
        sa.PrimaryKeyConstraint("person_id", "matter", name=op.f("pk_preferences")),
    )
    op.create_index(op.f("ix_preferences_outlet_id"), "preferences", ["outlet_id"])
    op.create_table(
        "habits",
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("quiet_from", sa.Time()),
        sa.Column("quiet_until", sa.Time()),
        sa.Column("digest_at", sa.Time(), comment="none: with every round of delivery"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_habits")),
    )
    op.create_table(
        "message_texts",
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("language", "part", name=op.f("pk_message_texts")),
    )
    op.create_table(
        "web_calendar_feeds",
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_web_calendar_feeds")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_web_calendar_feeds_secret_hash")),
    )
    with op.batch_alter_table("deliveries") as table:
        table.add_column(sa.Column("outlet_id", BigId))
        table.create_foreign_key(op.f("fk_deliveries_outlet_id_outlets"), "outlets", ["outlet_id"], ["id"])
    op.create_index(op.f("ix_deliveries_outlet_id"), "deliveries", ["outlet_id"])
