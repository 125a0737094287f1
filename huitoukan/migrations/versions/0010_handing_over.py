"""Work handed over from one person to others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "handings_over",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("by_id", BigId, comment="NULL: whoever runs the machine"),
        sa.Column("at", Instant, nullable=False),
        sa.Column("reason", sa.String(10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("successors", sa.JSON(), nullable=False, comment="group to person"),
        sa.Column("posts", sa.JSON(), nullable=False, comment="post to its new holder, 0: it ends"),
        sa.Column("moved", sa.JSON(), nullable=False, comment="group to how many passed"),
        sa.Column("left", sa.JSON(), nullable=False, comment="key and why, in both languages"),
        sa.Column("finished_at", Instant),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_handings_over_person_id_people")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_handings_over_by_id_people")),
    )
    op.create_index("ix_handings_over_person_id", "handings_over", ["person_id"])
