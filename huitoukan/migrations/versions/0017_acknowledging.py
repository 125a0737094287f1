"""Acknowledgements that ladders wait for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
_OPEN = sa.text("acknowledged_at IS NULL AND passed_over_at IS NULL")
_TABLE = "awaited_acknowledgements"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", BigId, primary_key=True),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(20), nullable=False),
        sa.Column("colour", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("acknowledged_at", Instant),
        sa.Column("by_id", BigId),
        sa.Column("on_behalf_of_id", BigId),
        sa.Column(
            "passed_over_at",
            Instant,
            comment="whoever stands above was told, or the work was over by then",
        ),
        sa.UniqueConstraint("work_item_id", "rung", name=op.f(f"uq_{_TABLE}_work_item_id_rung")),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_items.id"], name=op.f(f"fk_{_TABLE}_work_item_id_work_items")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f(f"fk_{_TABLE}_by_id_people")),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["people.id"], name=op.f(f"fk_{_TABLE}_on_behalf_of_id_people")
        ),
    )
    op.create_index(f"ix_{_TABLE}_due", _TABLE, ["due_at"], sqlite_where=_OPEN, postgresql_where=_OPEN)
