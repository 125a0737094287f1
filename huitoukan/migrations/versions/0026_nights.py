"""What is climbed together is told together: a night keeps how far its telling has come, not each of its steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_UNTOLD = sa.text("told_at IS NULL")


def upgrade() -> None:
    nights = op.create_table(
        "ladder_nights",
        sa.Column("id", BigId, nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("open", sa.Boolean, comment="true while steps join it, NULL from then on"),
        sa.Column("told_up_to", BigId, nullable=False, comment="people up to this number have been told"),
        sa.Column("told_at", Instant, comment="everybody has been told"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_nights")),
        sa.UniqueConstraint("open", name=op.f("uq_ladder_nights_open")),
    )
    op.create_index(
        "ix_ladder_nights_untold", "ladder_nights", ["id"], sqlite_where=_UNTOLD, postgresql_where=_UNTOLD
    )
    op.drop_index("ix_ladder_steps_untold", "ladder_steps")
    _gather_what_was_not_told(nights)
    op.execute("UPDATE ladder_steps SET told_in = 0 WHERE told_in IS NULL")
    with op.batch_alter_table("ladder_steps") as table:
        table.alter_column(
            "told_in",
            new_column_name="night",
            existing_type=BigId,
            nullable=False,
            comment="in which it is told with others; 0: before that was kept",
        )
    op.create_index("ix_ladder_steps_night", "ladder_steps", ["night", "person_id", "level"])


def _gather_what_was_not_told(nights: sa.Table) -> None:
    """Into one closed night; its number lies above those that steps know as the telling that told them."""
    connection = op.get_bind()
    steps = sa.table("ladder_steps", sa.column("told_in"), sa.column("person_id"), sa.column("at", Instant))
    last = connection.scalar(sa.select(sa.func.max(steps.c.told_in)))
    at = connection.scalar(sa.select(sa.func.max(steps.c.at)))
    if last is None or at is None:
        return
    number = last + 1
    connection.execute(nights.insert(), {"id": number, "opened_at": at, "told_up_to": 0})
    untold = steps.c.told_in.is_(None), steps.c.person_id.is_not(None)
    connection.execute(steps.update().where(*untold).values(told_in=number))
    if connection.dialect.name == "postgresql":
        op.execute(f"SELECT setval(pg_get_serial_sequence('ladder_nights', 'id'), {number})")
