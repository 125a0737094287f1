"""One-time links for setting a password; uploads and mappings that belong to no campaign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "web_password_links",
        sa.Column(
            "code_hash", sa.String(64), nullable=False, comment="SHA-256 of the link's 100 random bits"
        ),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_web_password_links")),
        sa.UniqueConstraint("person_id", name=op.f("uq_web_password_links_person_id")),
    )
    for table in ("uploads", "import_mappings"):
        with op.batch_alter_table(table) as batch:
            batch.alter_column("campaign_id", existing_type=BigId, nullable=True)
