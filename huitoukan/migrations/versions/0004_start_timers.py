"""When the clock is to start a process."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "start_timers",
        sa.Column("id", BigId, nullable=False, comment="one timer start event of one version"),
        sa.Column("definition_id", BigId, nullable=False),
        sa.Column("process", sa.String(200), nullable=False),
        sa.Column("element", sa.String(200), nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("cycle", sa.Text(), comment="the repetition as it was written; NULL: it starts once"),
        sa.Column("left", sa.Integer(), comment="rounds left with the next one; NULL: without end"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "retry_at", Instant, comment="due_at, or later after a failed attempt; NULL: nothing is left"
        ),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definitions.id"], name=op.f("fk_start_timers_definition_id_definitions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_timers")),
        sa.UniqueConstraint(
            "definition_id", "process", "element", name=op.f("uq_start_timers_definition_id_process_element")
        ),
    )
    op.create_index("ix_start_timers_retry_at", "start_timers", ["retry_at"])
