"""What the re-check finds of each old problem."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "baseline_checks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("problem_id", BigId, nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("measure_in_place", sa.Boolean(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("record_channel", sa.String(20)),
        sa.Column("record_number", sa.String(200)),
        sa.Column("recorded_on", sa.Date()),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is slow, of the statement"),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date()),
        sa.Column("agreed_by_id", BigId),
        sa.Column("ticket_id", BigId),
        sa.Column("by_id", BigId),
        sa.Column("at", Instant, nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_baseline_checks_{name}_{table}"))
            for name, table in (
                ("problem_id", "baseline_problems"), ("case_id", "cases"), ("agreed_by_id", "people"), ("ticket_id", "tickets"),
                ("by_id", "people"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline_checks")),
    )  # fmt: skip
    op.create_index(op.f("ix_baseline_checks_case_id"), "baseline_checks", ["case_id"])
    op.create_index("ix_baseline_checks_problem", "baseline_checks", ["problem_id", "id"])
