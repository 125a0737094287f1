"""Open work keeps to which campaign and area it belongs."""

from __future__ import annotations

import orjson
import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
_WORK = sa.table(
    "work_items", sa.column("id"), sa.column("instance_id"), sa.column("closed_at"), sa.column("belongs_to")
)
_RUNNING = sa.table("instances", sa.column("id"), sa.column("state"))


def upgrade() -> None:
    what = "by whose rules and calendar its ladder goes, as the world writes it"
    op.add_column("work_items", sa.Column("belongs_to", sa.String(60), comment=what))
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """From the variables of what runs, as it is kept from now on."""
    wanted = (
        sa.select(_WORK.c.id, _RUNNING.c.state)
        .join(_RUNNING, _RUNNING.c.id == _WORK.c.instance_id)
        .where(_WORK.c.closed_at.is_(None), _RUNNING.c.state.is_not(None))
        .order_by(_WORK.c.id)
        .limit(AT_ONCE)
    )
    fill = (
        sa.update(_WORK)
        .where(_WORK.c.id == sa.bindparam("number"))
        .values(belongs_to=sa.bindparam("belongs"))
    )
    last = 0
    while rows := connection.execute(wanted.where(_WORK.c.id > last)).all():
        last = rows[-1].id
        read = [(row.id, orjson.loads(row.state)["d"]) for row in rows]
        known = [{"number": one, "belongs": _written(of)} for one, of in read if of.get("campaign")]
        if known:
            connection.execute(fill, known)


def _written(of: dict[str, object]) -> str:
    area = of.get("village") or of.get("town") or of.get("county") or ""
    return f"{of['campaign']}@{area}"
