"""Deputies for a part of the work, called back before their time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("deputies") as table:
        table.add_column(sa.Column("owners", sa.JSON(), comment="desks that are covered; null: all of them"))
        table.add_column(sa.Column("ended_at", Instant, comment="called back before its last day"))
