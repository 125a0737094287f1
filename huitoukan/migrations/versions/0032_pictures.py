"""Pictures are kept anew without what a camera writes; where they were taken is kept beside them where it is wanted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was sent before was kept as it was sent: its one hash is both."""
    op.add_column(
        "evidence",
        sa.Column("sent_sha256", sa.String(64), nullable=True, comment="of the file as it was sent"),
    )
    op.add_column(
        "evidence",
        sa.Column(
            "place",
            sa.JSON(),
            nullable=True,
            comment="where and when a picture was taken; only with consent",
        ),
    )
