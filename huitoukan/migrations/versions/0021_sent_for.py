"""On whose behalf a deputy sent evidence."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("evidence") as batch:
        batch.add_column(sa.Column("on_behalf_of_id", BigId))
        batch.create_foreign_key(
            op.f("fk_evidence_on_behalf_of_id_people"), "people", ["on_behalf_of_id"], ["id"]
        )
