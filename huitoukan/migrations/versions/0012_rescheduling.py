"""Dates that move: when timers were armed, what was changed and why, and each date that moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("timers", sa.Column("armed_at", Instant, comment="NULL: before it was kept"))
    op.create_table(
        "reschedulings",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("campaign_id", BigId, sa.ForeignKey("campaigns.id"), nullable=False),
        sa.Column("cause", sa.String(20), nullable=False, comment="milestones or calendar"),
        sa.Column("wish", sa.JSON(), nullable=False, comment="what is to be, as its cause writes it"),
        sa.Column("before", sa.JSON(), nullable=False, comment="the same as it was"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", BigId, sa.ForeignKey("people.id"), nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("state", sa.String(10), nullable=False, comment="looking, ready, moving, done or dropped"),
        sa.Column("job_id", BigId, sa.ForeignKey("jobs.id"), comment="what is being done about it"),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("applied_by_id", BigId, sa.ForeignKey("people.id")),
        sa.Column("applied_at", Instant),
        sa.Column("left", sa.JSON(), nullable=False, comment="key and why it was not moved"),
        sa.Column("finished_at", Instant),
    )
    op.create_index("ix_reschedulings_campaign_id", "reschedulings", ["campaign_id", "id"])
    op.create_table(
        "moved_dates",
        sa.Column("id", BigId, primary_key=True),
        sa.Column("rescheduling_id", BigId, sa.ForeignKey("reschedulings.id"), nullable=False),
        sa.Column("instance_id", BigId, sa.ForeignKey("instances.id"), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False, comment="work or timer"),
        sa.Column("number", BigId, nullable=False, comment="of the work item or timer"),
        sa.Column("name_zh", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("before", Instant),
        sa.Column("after", Instant),
    )
    op.create_index("ix_moved_dates_rescheduling_id", "moved_dates", ["rescheduling_id", "id"])
