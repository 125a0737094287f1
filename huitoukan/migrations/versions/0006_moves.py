"""What was moved between versions or steps, with the rows of before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moves",
        sa.Column("id", BigId, nullable=False),
        sa.Column("instance_id", BigId, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False, comment="migrated, sent_back or jumped"),
        sa.Column("batch", sa.String(60), comment="what was moved together"),
        sa.Column("from_id", BigId, nullable=False),
        sa.Column("to_id", BigId, nullable=False),
        sa.Column("places", sa.JSON(), nullable=False, comment="element to element"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column(
            "before", sa.LargeBinary(), nullable=False, comment="the rows of before, for taking it back"
        ),
        sa.Column(
            "version_after",
            sa.Integer(),
            nullable=False,
            comment="the instance has not moved on while it has this",
        ),
        sa.Column("undone_at", Instant),
        sa.Column("undone_by", sa.String(200)),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_moves_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["definitions.id"], name=op.f("fk_moves_from_id_definitions")),
        sa.ForeignKeyConstraint(["to_id"], ["definitions.id"], name=op.f("fk_moves_to_id_definitions")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves")),
    )
    op.create_index(op.f("ix_moves_instance_id"), "moves", ["instance_id"])
    op.create_index(op.f("ix_moves_batch"), "moves", ["batch"])
