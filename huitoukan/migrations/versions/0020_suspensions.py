"""Pauses of tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "suspensions",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("ticket_id", BigId, sa.ForeignKey("tickets.id"), nullable=False),
        sa.Column("until", sa.Date(), nullable=False, comment="its last day"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("ended_at", Instant, comment="taken up again before the last day"),
        sa.Column("ended_by_id", BigId, sa.ForeignKey("people.id")),
    )
    op.create_index("ix_suspensions_ticket_id", "suspensions", ["ticket_id"])
