"""A night's steps are found by where they begin; people are looked up only where they may have to acknowledge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ESCALATED = sa.text("level > 0")


def upgrade() -> None:
    with op.batch_alter_table("ladder_nights") as table:
        comment = "every step that joined it came later"
        table.add_column(sa.Column("first_step", BigId, nullable=False, server_default="0", comment=comment))
    op.drop_index("ix_ladder_steps_night", "ladder_steps")
    op.drop_index("ix_ladder_steps_person_id", "ladder_steps")
    op.create_index(
        "ix_ladder_steps_person_id",
        "ladder_steps",
        ["person_id"],
        sqlite_where=_ESCALATED,
        postgresql_where=_ESCALATED,
    )
