"""What a second person says: to the ending of a ticket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "endings",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("confirmed", sa.Boolean()),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("decided_by_id", BigId),
        sa.Column("on_behalf_of_id", BigId),
        sa.Column("decided_at", Instant),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_endings_ticket_id_tickets")),
        *(
            sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_endings_{name}_people"))
            for name in ("by_id", "decided_by_id", "on_behalf_of_id")
        ),
    )
    op.create_index("ix_endings_ticket_id", "endings", ["ticket_id"])
    is_open = sa.text("decided_at IS NULL")
    op.create_index(
        "uq_endings_open",
        "endings",
        ["ticket_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
