"""Opinions that are asked for, and work that is given away to come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consultations",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("step", sa.String(300), nullable=False, comment="the name of the step that waits"),
        sa.Column("element", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False, comment="opinion or delegation"),
        sa.Column("needed", sa.Integer(), nullable=False, comment="so many answers are demanded"),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("on_behalf_of_id", BigId),
        sa.Column("at", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("called_off_at", Instant),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_consultations_ticket_id_tickets")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_consultations_{name}_people"))
            for name in ("by_id", "on_behalf_of_id")
        ),
    )
    op.create_index("ix_consultations_ticket_id", "consultations", ["ticket_id"])
    op.create_index("ix_consultations_work_item_id", "consultations", ["work_item_id"])
    op.create_table(
        "consulted",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("consultation_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("instance_id", BigId),
        sa.Column("view", sa.String(12), comment="agree, object, remark or done"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, comment="who answered"),
        sa.Column("on_behalf_of_id", BigId),
        sa.Column("at", Instant),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultations.id"], name=op.f("fk_consulted_consultation_id_consultations")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["people.id"], name=op.f(f"fk_consulted_{name}_people"))
            for name in ("person_id", "by_id", "on_behalf_of_id")
        ),
    )
    op.create_index("ix_consulted_consultation_id", "consulted", ["consultation_id"])
    op.create_index("ix_consulted_person_id", "consulted", ["person_id"])
