"""Levels that fell due while nobody held the post that they tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owed_levels",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column(
            "desk",
            sa.String(200),
            nullable=False,
            comment="post:role@area or person:ID on which nobody was found",
        ),
        sa.Column("work_owner", sa.String(200), nullable=False, comment="whose the work was then"),
        sa.Column("look_at", Instant, comment="telling it failed: not before this instant"),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_items.id"], name=op.f("fk_owed_levels_work_item_id_work_items")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owed_levels")),
    )
    op.create_index(op.f("ix_owed_levels_work_item_id"), "owed_levels", ["work_item_id"])
    op.create_index(op.f("ix_owed_levels_desk"), "owed_levels", ["desk"])
