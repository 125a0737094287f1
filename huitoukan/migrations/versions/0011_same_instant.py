"""What is due at the same instant is read in its order from the index, not sorted again for every claim."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_RUNG = sa.text("closed_at IS NULL AND rung_at IS NOT NULL")


def upgrade() -> None:
    for table in ("timers", "messages"):
        op.drop_index(f"ix_{table}_retry_at", table)
        op.create_index(f"ix_{table}_retry_at", table, ["retry_at", "id"])
    op.drop_index("ix_work_items_rung", "work_items")
    op.create_index(
        "ix_work_items_rung", "work_items", ["rung_at", "id"], sqlite_where=_RUNG, postgresql_where=_RUNG
    )
