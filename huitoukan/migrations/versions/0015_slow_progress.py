"""Statements on slow progress."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
_OPEN = sa.text("closed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "progress_statements",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("cause", sa.String(10), nullable=False, comment="no_update: the clock; mark: a reviewer"),
        sa.Column(
            "asked",
            sa.Text(),
            nullable=False,
            comment="the reviewer's reason, or for how long nothing was noted",
        ),
        sa.Column("asked_by_id", BigId, comment="NULL: the clock"),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer()),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date()),
        sa.Column("by_id", BigId),
        sa.Column("at", Instant, comment="NULL: not written yet"),
        sa.Column("decision", sa.String(10), comment="clear or keep"),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("decided_by_id", BigId),
        sa.Column("closed_at", Instant),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_progress_statements_ticket_id_tickets")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_progress_statements_{name}_people"))
            for name in ("asked_by_id", "by_id", "decided_by_id")
        ),
    )
    op.create_index("ix_progress_statements_ticket", "progress_statements", ["ticket_id", "id"])
    op.create_index(
        "uq_progress_statements_open",
        "progress_statements",
        ["ticket_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
