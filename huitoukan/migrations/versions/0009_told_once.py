"""Rungs are climbed first and told afterwards, once a person and level; each knows in which telling."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("ladder_steps") as table:
        table.add_column(sa.Column("channel", sa.String(10), nullable=False, server_default="mail"))
        comment = "the telling that told its person; NULL: climbed, and not told yet"
        table.add_column(sa.Column("told_in", BigId, comment=comment))
    op.execute("UPDATE ladder_steps SET told_in = 0")
    op.create_index(
        "ix_ladder_steps_untold",
        "ladder_steps",
        ["person_id"],
        sqlite_where=sa.text("told_in IS NULL AND person_id IS NOT NULL"),
        postgresql_where=sa.text("told_in IS NULL AND person_id IS NOT NULL"),
    )
