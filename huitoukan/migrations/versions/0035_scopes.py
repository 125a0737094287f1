"""Definitions, templates, criteria and wording are in force in an area and below; what there is now belongs to whoever it was for.

Of a process only one version is current in each area; what an interrupted publication may have left is put right.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_CURRENT = sa.text("current")


def upgrade() -> None:
    for name in ("definitions", "processes", "drafts"):
        op.add_column(name, sa.Column("scope", sa.String(60), nullable=False, server_default=""))
    op.execute(
        "UPDATE processes SET current = false WHERE current AND EXISTS (SELECT 1 FROM processes AS newer "
        "WHERE newer.process = processes.process AND newer.current AND newer.definition_id > processes.definition_id)"
    )
    op.drop_index("ix_processes_current", "processes")
    op.create_index(
        "ix_processes_current",
        "processes",
        ["process", "scope"],
        unique=True,
        sqlite_where=_CURRENT,
        postgresql_where=_CURRENT,
    )
    with op.batch_alter_table("message_texts") as table:
        table.add_column(sa.Column("scope", sa.String(60), nullable=False, server_default=""))
        table.drop_constraint(op.f("pk_message_texts"), type_="primary")
        table.create_primary_key(op.f("pk_message_texts"), ["scope", "language", "part"])
    for name in ("paper_templates", "criteria"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("area", sa.String(20), nullable=False, server_default=""))
        op.execute(
            f"UPDATE {name} SET area = (SELECT area_code FROM campaigns WHERE campaigns.id = {name}.campaign_id)"
        )
        with op.batch_alter_table(name) as table:
            table.alter_column("area", existing_type=sa.String(20), server_default=None)
            table.create_foreign_key(op.f(f"fk_{name}_area_areas"), "areas", ["area"], ["code"])
    with op.batch_alter_table("criteria") as table:
        table.drop_constraint(op.f("uq_criteria_campaign_id_item_version"), type_="unique")
        table.create_unique_constraint(
            op.f("uq_criteria_campaign_id_area_item_version"), ["campaign_id", "area", "item", "version"]
        )
