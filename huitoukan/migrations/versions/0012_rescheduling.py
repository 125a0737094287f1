"""When timers were armed, so that their rules can be read again as of then."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("timers", sa.Column("armed_at", Instant, comment="NULL: before it was kept"))
