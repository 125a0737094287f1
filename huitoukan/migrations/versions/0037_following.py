"""Drafts after which an area has no version of its own any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "drafts",
        sa.Column(
            "follows",
            sa.Boolean,
            nullable=False,
            server_default=sa.false(),
            comment="what comes of it is that its scope has no version of its own any more",
        ),
    )
