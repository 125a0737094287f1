"""The one result of a household, what each check item bears on, and an index of what a person has done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None


_NEEDS = ("income_stable", "food", "clothing", "education", "medical", "housing", "water")
_SHIPPED = {
    **{f"K{work}S{place}": need for work in (1, 3, 4) for place, need in enumerate(_NEEDS, start=1)},
    "I1": "missed",
    "I2": "wrongly_admitted",
    "I3": "wrongly_exited",
    "A3": "edge_support",
    "F2": "housing",
    "F3": "housing",
}
"""What the items of the catalogues that ship bear on."""


def upgrade() -> None:
    op.create_table(
        "household_statements",
        sa.Column("id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column(
            "work", sa.String(length=40), nullable=False, comment="the key work for which it was asked"
        ),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_household_statements_by_id_people")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_household_statements_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_statements")),
    )
    op.create_index(
        "ix_household_statements_household", "household_statements", ["household_id", "id"], unique=False
    )

    op.create_table(
        "household_results",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=20), nullable=False),
        sa.Column("county", sa.String(length=20), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=20),
            nullable=False,
            comment="the household's type when it was asked about",
        ),
        sa.Column("proposal", sa.String(length=40), nullable=True),
        sa.Column("proposal_reason", sa.Text(), nullable=False),
        sa.Column(
            "changes", sa.Text(), nullable=False, comment="which facts changed when it was last renewed"
        ),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("proposed_at", Instant(timezone=True), nullable=False),
        sa.Column(
            "asked",
            sa.String(length=40),
            nullable=True,
            comment="the outcome that the procedure asks for now",
        ),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approval_number", sa.String(length=200), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("decided_at", Instant(timezone=True), nullable=True),
        sa.Column(
            "final", sa.Boolean(), nullable=False, comment="false while it is undecided or rests on estimates"
        ),
        sa.Column("reopened", sa.Boolean(), nullable=False, comment="decided once, and being decided anew"),
        sa.Column(
            "look_again", sa.Text(), nullable=True, comment="why a decided result is to be looked at again"
        ),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_household_results_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_household_results_household_id_households")
        ),
        sa.ForeignKeyConstraint(["village"], ["areas.code"], name=op.f("fk_household_results_village_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_results")),
        sa.UniqueConstraint("household_id", name=op.f("uq_household_results_household_id")),
    )
    op.create_index(
        "ix_household_results_campaign", "household_results", ["campaign_id", "outcome"], unique=False
    )
    op.create_index("ix_household_results_village", "household_results", ["village", "outcome"], unique=False)

    op.create_table(
        "result_decisions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("result_id", BigId, nullable=False),
        sa.Column(
            "how",
            sa.String(length=20),
            nullable=False,
            comment="decided, confirmed, corrected, reopened, kept",
        ),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("approval_number", sa.String(length=200), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_result_decisions_by_id_people")),
        sa.ForeignKeyConstraint(
            ["result_id"],
            ["household_results.id"],
            name=op.f("fk_result_decisions_result_id_household_results"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_result_decisions")),
    )
    op.create_index("ix_result_decisions_result", "result_decisions", ["result_id", "id"], unique=False)

    with op.batch_alter_table("check_items", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "bears_on",
                sa.String(length=20),
                nullable=True,
                comment="the fact of a household's result that it bears on; none: it never touches a result",
            )
        )
    completed = sa.text("outcome = 'completed'")
    op.create_index(
        "ix_work_items_done",
        "work_items",
        ["closed_by_person", "id"],
        sqlite_where=completed,
        postgresql_where=completed,
    )
    for code, bears_on in _SHIPPED.items():
        op.execute(
            sa.text("UPDATE check_items SET bears_on = :fact WHERE code = :code").bindparams(
                fact=bears_on, code=code
            )
        )
