"""Incidents may be about something other than an instance; a signal starts each process in its own row.

Until when the server has worked is kept, and of which new work nobody has heard while missed deadlines are made up for.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_DOING = "what was worked on: timer, message, start, completion …"


def upgrade() -> None:
    with op.batch_alter_table("incidents") as table:
        table.alter_column(
            "instance_id", existing_type=BigId, nullable=True, comment="NULL: no instance exists"
        )
        table.alter_column("doing", existing_type=sa.String(20), existing_nullable=False, comment=_DOING)
        comment = "instance:ID, process:NAME, message:NAME …"
        table.add_column(
            sa.Column("subject", sa.String(300), nullable=False, server_default="", comment=comment)
        )
    op.execute("UPDATE incidents SET subject = 'instance:' || instance_id")
    with op.batch_alter_table("incidents") as table:
        table.alter_column("subject", existing_type=sa.String(300), server_default=None)
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("starts", sa.String(200), comment="the one process that a signal starts"))
    op.create_table(
        "clock_watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "worked_until", Instant(), nullable=False, comment="what fell due until then was worked on"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_clock_watch"),
    )
    op.create_table(
        "untold_offers",
        sa.Column("work_item_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_items.id"], name="fk_untold_offers_work_item_id_work_items"
        ),
        sa.PrimaryKeyConstraint("work_item_id", name="pk_untold_offers"),
    )
