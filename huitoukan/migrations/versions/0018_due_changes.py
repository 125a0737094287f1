"""Due dates of tickets that an office changed by hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "due_changes",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("ticket_id", BigId, sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("old_due", Instant, nullable=False),
        sa.Column("new_due", Instant, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_index("ix_due_changes_ticket_id", "due_changes", ["ticket_id"])
