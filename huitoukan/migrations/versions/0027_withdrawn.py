"""Copies are withdrawn; questions say that the work they were about is gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import Instant

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("copies", sa.Column("withdrawn_at", Instant))
    gone: sa.Column[bool] = sa.Column(
        "work_gone",
        sa.Boolean(),
        nullable=False,
        server_default=sa.false(),
        comment="called off because the work was cancelled",
    )
    op.add_column("consultations", gone)
    with op.batch_alter_table("consultations") as table:
        table.alter_column("work_gone", server_default=None)
