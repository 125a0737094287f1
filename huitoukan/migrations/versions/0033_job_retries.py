"""A job that its surroundings stopped rests and is begun again, some times."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import Instant

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every job so far was stopped by nothing."""
    attempts = sa.Column(
        "attempts",
        sa.Integer(),
        nullable=False,
        server_default="0",
        comment="how often it was stopped by its surroundings",
    )
    op.add_column("jobs", attempts)
    with op.batch_alter_table("jobs") as table:
        table.alter_column("attempts", server_default=None)
    op.add_column("jobs", sa.Column("not_before", Instant(), nullable=True, comment="it rests until then"))
