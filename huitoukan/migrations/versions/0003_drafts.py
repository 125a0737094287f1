"""Drafts of versions, who works on them, and their reviews; the same files may be published anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("definitions") as table:
        table.drop_constraint(op.f("uq_definitions_hash"), type_="unique")
        table.create_index(op.f("ix_definitions_hash"), ["hash"])
    op.create_table(
        "drafts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("base_id", BigId, nullable=False, comment="the version it changes"),
        sa.Column(
            "files", sa.JSON(), nullable=False, comment="file name to text; null where a file is taken out"
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="counts the savings"),
        sa.Column(
            "accepted", sa.JSON(), nullable=False, comment="warnings that somebody accepted, with the reason"
        ),
        sa.Column("begun_at", Instant, nullable=False),
        sa.Column("begun_by", sa.String(200), nullable=False),
        sa.Column("saved_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, comment="published or given up"),
        sa.Column("definition_id", BigId, comment="the version that came of it"),
        sa.ForeignKeyConstraint(["base_id"], ["definitions.id"], name=op.f("fk_drafts_base_id_definitions")),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definitions.id"], name=op.f("fk_drafts_definition_id_definitions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "draft_hands",
        sa.Column("draft_id", BigId, nullable=False),
        sa.Column("person", BigId, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("seen_at", Instant, nullable=False, comment="when they last had it open"),
        sa.Column("saved_at", Instant, comment="when they last changed it"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_hands_draft_id_drafts")),
        sa.PrimaryKeyConstraint("draft_id", "person", name=op.f("pk_draft_hands")),
    )
    op.create_table(
        "draft_reviews",
        sa.Column("id", BigId, nullable=False),
        sa.Column("draft_id", BigId, nullable=False),
        sa.Column(
            "revision",
            sa.Integer(),
            nullable=False,
            comment="what was read; a later saving needs another review",
        ),
        sa.Column("note", sa.Text(), nullable=False, comment="what changes, and why"),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("asked_by", sa.String(200), nullable=False),
        sa.Column("decided_at", Instant),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("approved", sa.Boolean()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_reviews_draft_id_drafts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_reviews")),
    )
    op.create_index(op.f("ix_draft_reviews_draft_id"), "draft_reviews", ["draft_id"])
