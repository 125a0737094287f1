"""Key works, their cases and outcomes, imports, papers, filters, and long work that is done beside the requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import engine.database

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", engine.database.Instant(timezone=True), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="queued, running, done or failed"),
        sa.Column("heard_at", engine.database.Instant(timezone=True), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=200), nullable=True, comment="name of the file that came of it"),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("failure_zh", sa.Text(), nullable=True),
        sa.Column("failure_en", sa.Text(), nullable=True),
        sa.Column("finished_at", engine.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_jobs_asked_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_asked_by", ["asked_by_id", "id"], unique=False)
        batch_op.create_index("ix_jobs_state", ["state", "id"], unique=False)

    op.create_table(
        "ledger_columns",
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_ledger_columns_person_id_people")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_ledger_columns")),
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False, comment="none: those of whoever opens it"),
        sa.Column("shared_to", sa.String(length=40), nullable=False),
        sa.Column("created_at", engine.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_filters_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
    )
    with op.batch_alter_table("saved_filters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_filters_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_saved_filters_shared_to"), ["shared_to"], unique=False)

    op.create_table(
        "criteria",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", engine.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_criteria_by_id_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_criteria_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
        sa.UniqueConstraint(
            "campaign_id", "item", "version", name=op.f("uq_criteria_campaign_id_item_version")
        ),
    )
    op.create_table(
        "import_mappings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_import_mappings_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint(
            "campaign_id", "kind", "name", name=op.f("uq_import_mappings_campaign_id_kind_name")
        ),
    )
    op.create_table(
        "paper_templates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", engine.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_paper_templates_by_id_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_paper_templates_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_templates")),
    )
    with op.batch_alter_table("paper_templates", schema=None) as batch_op:
        batch_op.create_index("ix_paper_templates_kind", ["campaign_id", "kind", "id"], unique=False)

    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", engine.database.Instant(timezone=True), nullable=False),
        sa.Column("imported_at", engine.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_uploads_by_id_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_uploads_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_uploads_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    with op.batch_alter_table("uploads", schema=None) as batch_op:
        batch_op.create_index("ix_uploads_campaign", ["campaign_id", "id"], unique=False)

    op.create_table(
        "works",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column(
            "in_source", sa.Boolean(), nullable=False, comment="false: proposed, not in the plan's text"
        ),
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False, comment="which households it asks about"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_works_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works")),
        sa.UniqueConstraint("campaign_id", "code", name=op.f("uq_works_campaign_id_code")),
    )
    op.create_table(
        "baseline_problems",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("household_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column(
            "item_code", sa.String(length=20), nullable=True, comment="the check item it is, if one is"
        ),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("progress", sa.String(length=200), nullable=True, comment="as the old list said it"),
        sa.Column("found_on", sa.Date(), nullable=True),
        sa.Column("resp_unit", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_baseline_problems_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_baseline_problems_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline_problems")),
        sa.UniqueConstraint(
            "campaign_id",
            "household_id",
            "item",
            name=op.f("uq_baseline_problems_campaign_id_household_id_item"),
        ),
    )
    with op.batch_alter_table("baseline_problems", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_baseline_problems_household_id"), ["household_id"], unique=False)

    op.create_table(
        "cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("household_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=20), nullable=False),
        sa.Column("county", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("decided_at", engine.database.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_cases_household_id_households")
        ),
        sa.ForeignKeyConstraint(["village"], ["areas.code"], name=op.f("fk_cases_village_areas")),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_cases_work_id_works")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("work_id", "household_id", name=op.f("uq_cases_work_id_household_id")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index("ix_cases_household", ["household_id"], unique=False)
        batch_op.create_index("ix_cases_outcome", ["work_id", "outcome"], unique=False)
        batch_op.create_index("ix_cases_village", ["village", "work_id"], unique=False)

    op.create_table(
        "household_measures",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("household_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("amount", sa.String(length=20), nullable=True, comment="yuan"),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_household_measures_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_measures")),
        sa.UniqueConstraint(
            "household_id",
            "year",
            "person",
            "kind",
            name=op.f("uq_household_measures_household_id_year_person_kind"),
        ),
    )
    op.create_table(
        "outcomes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("work_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("household_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("approval_number", sa.String(length=200), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", engine.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_outcomes_by_id_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_outcomes_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_outcomes_household_id_households")
        ),
        sa.ForeignKeyConstraint(["work_id"], ["works.id"], name=op.f("fk_outcomes_work_id_works")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcomes")),
    )
    with op.batch_alter_table("outcomes", schema=None) as batch_op:
        batch_op.create_index("ix_outcomes_case", ["case_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outcomes_household_id"), ["household_id"], unique=False)
        batch_op.create_index("ix_outcomes_kind", ["work_id", "kind"], unique=False)

    op.create_table(
        "extensions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("old_due", engine.database.Instant(timezone=True), nullable=False),
        sa.Column("asked_for", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("new_due", engine.database.Instant(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", engine.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_extensions_asked_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_extensions_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_extensions_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    with op.batch_alter_table("extensions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extensions_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "imported_tickets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("campaign_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_imported_tickets_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_imported_tickets_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_tickets")),
        sa.UniqueConstraint(
            "campaign_id", "reference", name=op.f("uq_imported_tickets_campaign_id_reference")
        ),
    )
    with op.batch_alter_table("imported_tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_imported_tickets_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "reopenings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_as", sa.String(length=20), nullable=True),
        sa.Column("due_at", engine.database.Instant(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", engine.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_reopenings_by_id_people")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_reopenings_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reopenings")),
    )
    with op.batch_alter_table("reopenings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reopenings_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "ticket_remarks",
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("leader", sa.String(length=200), nullable=False),
        sa.Column("support", sa.String(length=400), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_remarks_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_remarks")),
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("from_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("to_unit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", engine.database.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_transfers_by_id_people")),
        sa.ForeignKeyConstraint(
            ["from_person_id"], ["people.id"], name=op.f("fk_transfers_from_person_id_people")
        ),
        sa.ForeignKeyConstraint(["from_unit_id"], ["units.id"], name=op.f("fk_transfers_from_unit_id_units")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_transfers_ticket_id_tickets")),
        sa.ForeignKeyConstraint(
            ["to_person_id"], ["people.id"], name=op.f("fk_transfers_to_person_id_people")
        ),
        sa.ForeignKeyConstraint(["to_unit_id"], ["units.id"], name=op.f("fk_transfers_to_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transfers_ticket_id"), ["ticket_id"], unique=False)

    with op.batch_alter_table("check_items", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("work", sa.String(length=40), nullable=False, server_default=sa.text("'sweep'"))
        )

    with op.batch_alter_table("closures", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "basis",
                sa.String(length=200),
                nullable=True,
                comment="number of the approval or receipt it rests on",
            )
        )

    with op.batch_alter_table("household_members", schema=None) as batch_op:
        batch_op.add_column(sa.Column("health", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("schooling", sa.String(length=40), nullable=True))
        batch_op.add_column(
            sa.Column("works", sa.Boolean(), nullable=True, comment="earns wages away from the farm")
        )
        batch_op.add_column(sa.Column("wages", sa.String(length=20), nullable=True, comment="yuan a year"))
        batch_op.create_index(batch_op.f("ix_household_members_id_number"), ["id_number"], unique=False)

    with op.batch_alter_table("households", schema=None) as batch_op:
        batch_op.add_column(sa.Column("poverty_cause", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("exited_year", sa.Integer(), nullable=True))
        batch_op.create_index("ix_households_head_id_number", ["head_id_number"], unique=False)

    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column(
                "subject_kind",
                sa.String(length=12),
                nullable=False,
                server_default=sa.text("''"),
                comment="household, village, unit",
            )
        )
        batch_op.add_column(
            sa.Column(
                "subject_name",
                sa.String(length=200),
                nullable=True,
                comment="what it is about, when no household",
            )
        )
        batch_op.create_index("ix_tickets_county_closed", ["county", "closed_at", "id"], unique=False)
        batch_op.create_index("ix_tickets_county_due", ["county", "due_at", "id"], unique=False)
        batch_op.create_index("ix_tickets_county_found", ["county", "found_on", "id"], unique=False)
        batch_op.create_index("ix_tickets_county_newest", ["county", "id"], unique=False)
        batch_op.create_index("ix_tickets_county_number", ["county", "number", "id"], unique=False)
        batch_op.create_index("ix_tickets_county_village", ["county", "village", "id"], unique=False)
        batch_op.create_index("ix_tickets_town_closed", ["town", "closed_at", "id"], unique=False)
        batch_op.create_index("ix_tickets_town_due", ["town", "due_at", "id"], unique=False)
        batch_op.create_index("ix_tickets_town_found", ["town", "found_on", "id"], unique=False)
        batch_op.create_index("ix_tickets_town_newest", ["town", "id"], unique=False)
        batch_op.create_index("ix_tickets_town_number", ["town", "number", "id"], unique=False)
        batch_op.create_index("ix_tickets_town_village", ["town", "village", "id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_tickets_merged_into_id_tickets"), "tickets", ["merged_into_id"], ["id"]
        )
    _begin_lists()
    _follow_work_items()


def _begin_lists() -> None:
    """A village that has begun has its list from now on, empty or not."""
    op.execute(
        "INSERT INTO issue_lists (campaign_id, village, kind, version, zero_report, statement, unvisited_reason)"
        " SELECT DISTINCT h.campaign_id, h.village, 'main', 0, false, '', '' FROM households h"
        " WHERE h.status IS NOT NULL AND NOT EXISTS (SELECT 1 FROM issue_lists l"
        " WHERE l.campaign_id = h.campaign_id AND l.village = h.village AND l.kind = 'main')"
    )


def _follow_work_items() -> None:
    """The page of a work item is called as the API calls it; links that people were told follow."""
    op.execute(
        "UPDATE notices SET link = '/work-items' || substr(link, 6)"
        " WHERE link LIKE '/work%' AND link NOT LIKE '/works%' AND link NOT LIKE '/work-items%'"
    )
