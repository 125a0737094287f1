"""The first schema: every table, and a history that refuses to be changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.database import BigId, Instant

revision = "0100"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "areas",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("parent_code", sa.String(length=20), nullable=True),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["parent_code"], ["areas.code"], name=op.f("fk_areas_parent_code_areas")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_areas")),
    )
    op.create_index(op.f("ix_areas_parent_code"), "areas", ["parent_code"], unique=False)
    op.create_index(op.f("ix_areas_path"), "areas", ["path"], unique=False)
    op.create_table(
        "audit_seals",
        sa.Column("id", BigId, nullable=False),
        sa.Column("first_id", BigId, nullable=False),
        sa.Column("last_id", BigId, nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False, comment="ids and hashes of the sealed rows"),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "command_receipts",
        sa.Column("key", sa.String(length=200), nullable=False, comment="the form's idempotency key"),
        sa.Column("person", BigId, nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_command_receipts")),
    )
    op.create_index(op.f("ix_command_receipts_at"), "command_receipts", ["at"], unique=False)
    op.create_table(
        "definitions",
        sa.Column(
            "id", BigId, nullable=False, comment="one version unit: the files that were published together"
        ),
        sa.Column("scope", sa.String(length=60), server_default="", nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", Instant(timezone=True), nullable=False),
        sa.Column("published_by", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False, comment="file name to text"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_definitions")),
    )
    op.create_index(op.f("ix_definitions_hash"), "definitions", ["hash"], unique=False)
    op.create_table(
        "demo_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demo_clock")),
    )
    op.create_table(
        "endpoints",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="carries the robot's key: never shown"),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True, comment="none: its reader's own"),
        sa.Column("area_code", sa.String(length=20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("next_at", Instant(timezone=True), nullable=True, comment="no message to it before"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endpoints")),
    )
    op.create_table(
        "escalation_batches",
        sa.Column("id", BigId, nullable=False),
        sa.Column("opened_at", Instant(timezone=True), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=True, comment="true while steps join it, NULL from then on"),
        sa.Column("first_step", BigId, nullable=False, comment="every step that joined it came later"),
        sa.Column("notified_up_to", BigId, nullable=False, comment="people up to this number have been told"),
        sa.Column("notified_at", Instant(timezone=True), nullable=True, comment="everybody has been told"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_batches")),
        sa.UniqueConstraint("open", name=op.f("uq_escalation_batches_open")),
    )
    op.create_index(
        "ix_escalation_batches_untold",
        "escalation_batches",
        ["id"],
        unique=False,
        sqlite_where=sa.text("notified_at IS NULL"),
        postgresql_where=sa.text("notified_at IS NULL"),
    )
    op.create_table(
        "history",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("person", BigId, nullable=True),
        sa.Column("on_behalf_of", BigId, nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False, comment="the object it is about"),
        sa.Column("instance_id", BigId, nullable=True),
        sa.Column("element", sa.String(length=200), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False, comment="canonical JSON text: before, after, values"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index("ix_history_instance", "history", ["instance_id", "id"], unique=False)
    op.create_index("ix_history_key", "history", ["key", "id"], unique=False)
    op.create_table(
        "holidays",
        sa.Column("id", BigId, nullable=False),
        sa.Column("area", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holidays")),
        sa.UniqueConstraint("area", "day", name=op.f("uq_holidays_area_day")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column(
            "id",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of person, address and idempotency key",
        ),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False, comment="SHA-256 of what was sent"),
        sa.Column("used_at", Instant(timezone=True), nullable=False),
        sa.Column(
            "answer",
            sa.LargeBinary(),
            nullable=True,
            comment="encrypted with the key itself; none while the request is at work",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_used_at"), "idempotency_keys", ["used_at"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="message or signal"),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("sender", BigId, nullable=True, comment="the instance that threw it"),
        sa.Column("target", BigId, nullable=True, comment="the one instance it goes to, when that is known"),
        sa.Column(
            "starts", sa.String(length=200), nullable=True, comment="the one process that a signal starts"
        ),
        sa.Column("sent_at", Instant(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("retry_at", Instant(timezone=True), nullable=False),
        sa.Column(
            "expires_at",
            Instant(timezone=True),
            nullable=False,
            comment="nobody waited for it until then: dropped, with history",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_retry_at", "messages", ["retry_at", "id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False, comment="business key"),
        sa.Column("words_zh", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("link", sa.String(length=300), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("read_at", Instant(timezone=True), nullable=True),
        sa.Column("dedupe", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("dedupe", name=op.f("uq_notices_dedupe")),
    )
    op.create_index(op.f("ix_notices_about"), "notices", ["about"], unique=False)
    op.create_index("ix_notices_person", "notices", ["person_id", "id"], unique=False)
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("read_at IS NULL"),
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_table(
        "notification_hours",
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("digest_at", sa.Time(), nullable=True, comment="none: with every round of delivery"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notification_hours")),
    )
    op.create_table(
        "notification_texts",
        sa.Column("scope", sa.String(length=60), server_default="", nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", "language", "part", name=op.f("pk_notification_texts")),
    )
    op.create_table(
        "people",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("login", name=op.f("uq_people_login")),
    )
    op.create_table(
        "push_keys",
        sa.Column("id", BigId, nullable=False),
        sa.Column(
            "private", sa.String(length=64), nullable=False, comment="a secret: base64url of the P-256 scalar"
        ),
        sa.Column("made_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_keys")),
    )
    op.create_table(
        "scheduler_progress",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "worked_until",
            Instant(timezone=True),
            nullable=False,
            comment="what fell due until then was worked on",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduler_progress")),
    )
    op.create_table(
        "web_api_tokens",
        sa.Column("id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("used_at", Instant(timezone=True), nullable=True),
        sa.Column("expires_at", Instant(timezone=True), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_web_api_tokens_person_id"), "web_api_tokens", ["person_id"], unique=False)
    op.create_table(
        "web_calendar_feeds",
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_web_calendar_feeds")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_web_calendar_feeds_secret_hash")),
    )
    op.create_table(
        "web_demo_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_demo_links")),
    )
    op.create_table(
        "web_password_links",
        sa.Column(
            "code_hash", sa.String(length=64), nullable=False, comment="SHA-256 of the link's 100 random bits"
        ),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("expires_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_web_password_links")),
        sa.UniqueConstraint("person_id", name=op.f("uq_web_password_links_person_id")),
    )
    op.create_table(
        "web_sessions",
        sa.Column(
            "token_hash",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the cookie's 256 random bits",
        ),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("seen_at", Instant(timezone=True), nullable=False),
        sa.Column("expires_at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_web_sessions")),
    )
    op.create_index(op.f("ix_web_sessions_expires_at"), "web_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_web_sessions_person_id"), "web_sessions", ["person_id"], unique=False)
    op.create_table(
        "web_sign_in_attempts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sign_in_attempts")),
    )
    op.create_index(op.f("ix_web_sign_in_attempts_at"), "web_sign_in_attempts", ["at"], unique=False)
    op.create_index(
        "ix_web_sign_in_attempts_login", "web_sign_in_attempts", ["login", "address", "at"], unique=False
    )
    op.create_table(
        "calendar_changes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("area", sa.String(length=20), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False, comment="day, kind and name, as they are to be"),
        sa.Column("before", sa.JSON(), nullable=False, comment="the same days as they were"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", BigId, nullable=False),
        sa.Column("asked_at", Instant(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="open, applied or dropped"),
        sa.Column("applied_by_id", BigId, nullable=True),
        sa.Column("applied_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["applied_by_id"], ["people.id"], name=op.f("fk_calendar_changes_applied_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_calendar_changes_asked_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_changes")),
    )
    op.create_index("ix_calendar_changes_area", "calendar_changes", ["area", "id"], unique=False)
    op.create_table(
        "campaigns",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.String(length=20), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column(
            "buffer_days", sa.Integer(), nullable=False, comment="days from due dates to re-verification"
        ),
        sa.Column("income_from", sa.Date(), nullable=True),
        sa.Column("income_to", sa.Date(), nullable=True),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_campaigns_area_code_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", BigId, nullable=False),
        sa.Column("notice_id", BigId, nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("endpoint_id", BigId, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", Instant(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("digest_key", sa.String(length=100), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_deliveries_endpoint_id_endpoints")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id_notices")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_digest_key", "deliveries", ["digest_key"], unique=False)
    op.create_index(op.f("ix_deliveries_endpoint_id"), "deliveries", ["endpoint_id"], unique=False)
    op.create_index(
        "ix_deliveries_next_try_at",
        "deliveries",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'failed')"),
        postgresql_where=sa.text("state IN ('queued', 'failed')"),
    )
    op.create_index(op.f("ix_deliveries_notice_id"), "deliveries", ["notice_id"], unique=False)
    op.create_table(
        "deputies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("stands_in_for_id", BigId, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column(
            "owners",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="desks that are covered; null: all of them",
        ),
        sa.Column(
            "ended_at", Instant(timezone=True), nullable=True, comment="called back before its last day"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_deputies_person_id_people")),
        sa.ForeignKeyConstraint(
            ["stands_in_for_id"], ["people.id"], name=op.f("fk_deputies_stands_in_for_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deputies")),
    )
    op.create_index(op.f("ix_deputies_person_id"), "deputies", ["person_id"], unique=False)
    op.create_index(op.f("ix_deputies_stands_in_for_id"), "deputies", ["stands_in_for_id"], unique=False)
    op.create_table(
        "devices",
        sa.Column("endpoint_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column(
            "fingerprint",
            sa.String(length=64),
            nullable=False,
            comment="of the address, which is never shown",
        ),
        sa.Column("added_at", Instant(timezone=True), nullable=False),
        sa.Column("reached_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_devices_endpoint_id_endpoints")
        ),
        sa.PrimaryKeyConstraint("endpoint_id", name=op.f("pk_devices")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_devices_fingerprint")),
    )
    op.create_index(op.f("ix_devices_person_id"), "devices", ["person_id"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.String(length=60), server_default="", nullable=False),
        sa.Column("base_id", BigId, nullable=False, comment="the version it changes"),
        sa.Column(
            "files", sa.JSON(), nullable=False, comment="file name to text; null where a file is taken out"
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="counts the savings"),
        sa.Column(
            "accepted", sa.JSON(), nullable=False, comment="warnings that somebody accepted, with the reason"
        ),
        sa.Column("begun_at", Instant(timezone=True), nullable=False),
        sa.Column("begun_by", sa.String(length=200), nullable=False),
        sa.Column("saved_at", Instant(timezone=True), nullable=False),
        sa.Column("ended_at", Instant(timezone=True), nullable=True, comment="published or given up"),
        sa.Column("definition_id", BigId, nullable=True, comment="the version that came of it"),
        sa.Column(
            "follows",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="what comes of it is that its scope has no version of its own any more",
        ),
        sa.ForeignKeyConstraint(["base_id"], ["definitions.id"], name=op.f("fk_drafts_base_id_definitions")),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definitions.id"], name=op.f("fk_drafts_definition_id_definitions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_table(
        "evidence",
        sa.Column("id", BigId, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sent_sha256", sa.String(length=64), nullable=True, comment="of the file as it was sent"),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column(
            "place",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="where and when a picture was taken; only with consent",
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("uploaded_by_id", BigId, nullable=False),
        sa.Column("uploaded_at", Instant(timezone=True), nullable=False),
        sa.Column("on_behalf_of_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["people.id"], name=op.f("fk_evidence_on_behalf_of_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["people.id"], name=op.f("fk_evidence_uploaded_by_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_about", "evidence", ["about", "id"], unique=False)
    op.create_index(op.f("ix_evidence_sha256"), "evidence", ["sha256"], unique=False)
    op.create_table(
        "handovers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("by_id", BigId, nullable=True, comment="NULL: whoever runs the machine"),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("successors", sa.JSON(), nullable=False, comment="group to person"),
        sa.Column("posts", sa.JSON(), nullable=False, comment="post to its new holder, 0: it ends"),
        sa.Column("moved", sa.JSON(), nullable=False, comment="group to how many passed"),
        sa.Column("left", sa.JSON(), nullable=False, comment="key and why, in both languages"),
        sa.Column("finished_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_handovers_by_id_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_handovers_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handovers")),
    )
    op.create_index(op.f("ix_handovers_person_id"), "handovers", ["person_id"], unique=False)
    op.create_table(
        "instances",
        sa.Column("id", BigId, nullable=False),
        sa.Column("definition_id", BigId, nullable=False),
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column(
            "key", sa.String(length=200), nullable=False, comment="business key, for instance ticket:17"
        ),
        sa.Column(
            "status",
            sa.String(length=60),
            nullable=True,
            comment="the status property of the element last reached",
        ),
        sa.Column(
            "state", sa.LargeBinary(), nullable=True, comment="live tokens and variables; NULL once ended"
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "previous",
            sa.LargeBinary(),
            nullable=True,
            comment="the state before the last completion, for taking it back",
        ),
        sa.Column(
            "previous_version",
            sa.Integer(),
            nullable=True,
            comment="nothing has followed while the instance has this version",
        ),
        sa.Column("started_at", Instant(timezone=True), nullable=False),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("incident", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definitions.id"], name=op.f("fk_instances_definition_id_definitions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instances")),
    )
    op.create_index("ix_instances_key", "instances", ["key"], unique=False)
    op.create_index("ix_instances_process", "instances", ["process", "status"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("asked_by_id", BigId, nullable=False),
        sa.Column("asked_at", Instant(timezone=True), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False, comment="queued, running, done or failed"),
        sa.Column("heartbeat_at", Instant(timezone=True), nullable=True),
        sa.Column(
            "attempts", sa.Integer(), nullable=False, comment="how often it was stopped by its surroundings"
        ),
        sa.Column("not_before", Instant(timezone=True), nullable=True, comment="it rests until then"),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(length=200), nullable=True, comment="name of the file that came of it"),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("failure_zh", sa.Text(), nullable=True),
        sa.Column("failure_en", sa.Text(), nullable=True),
        sa.Column("finished_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["people.id"], name=op.f("fk_jobs_asked_by_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_asked_by", "jobs", ["asked_by_id", "id"], unique=False)
    op.create_index("ix_jobs_state", "jobs", ["state", "id"], unique=False)
    op.create_table(
        "ledger_columns",
        sa.Column("person_id", BigId, autoincrement=False, nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_ledger_columns_person_id_people")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_ledger_columns")),
    )
    op.create_table(
        "notification_preferences",
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("matter", sa.String(length=20), nullable=False),
        sa.Column("mail", sa.Boolean(), nullable=False),
        sa.Column("devices", sa.Boolean(), nullable=False),
        sa.Column("endpoint_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["endpoints.id"], name=op.f("fk_notification_preferences_endpoint_id_endpoints")
        ),
        sa.PrimaryKeyConstraint("person_id", "matter", name=op.f("pk_notification_preferences")),
    )
    op.create_index(
        op.f("ix_notification_preferences_endpoint_id"),
        "notification_preferences",
        ["endpoint_id"],
        unique=False,
    )
    op.create_table(
        "processes",
        sa.Column("definition_id", BigId, nullable=False),
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("file", sa.String(length=300), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False, comment="new instances start on this version"),
        sa.Column("scope", sa.String(length=60), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definitions.id"], name=op.f("fk_processes_definition_id_definitions")
        ),
        sa.PrimaryKeyConstraint("definition_id", "process", name=op.f("pk_processes")),
    )
    op.create_index(
        "ix_processes_current",
        "processes",
        ["process", "scope"],
        unique=True,
        sqlite_where=sa.text("current"),
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "saved_filters",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False, comment="none: those of whoever opens it"),
        sa.Column("shared_to", sa.String(length=40), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_saved_filters_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
    )
    op.create_index(op.f("ix_saved_filters_person_id"), "saved_filters", ["person_id"], unique=False)
    op.create_index(op.f("ix_saved_filters_shared_to"), "saved_filters", ["shared_to"], unique=False)
    op.create_table(
        "start_timers",
        sa.Column("id", BigId, nullable=False, comment="one timer start event of one version"),
        sa.Column("definition_id", BigId, nullable=False),
        sa.Column("process", sa.String(length=200), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("due_at", Instant(timezone=True), nullable=False),
        sa.Column(
            "cycle",
            sa.Text(),
            nullable=True,
            comment="the repetition as it was written; NULL: it starts once",
        ),
        sa.Column(
            "left", sa.Integer(), nullable=True, comment="rounds left with the next one; NULL: without end"
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "retry_at",
            Instant(timezone=True),
            nullable=True,
            comment="due_at, or later after a failed attempt; NULL: nothing is left",
        ),
        sa.ForeignKeyConstraint(
            ["definition_id"], ["definitions.id"], name=op.f("fk_start_timers_definition_id_definitions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_start_timers")),
        sa.UniqueConstraint(
            "definition_id", "process", "element", name=op.f("uq_start_timers_definition_id_process_element")
        ),
    )
    op.create_index("ix_start_timers_retry_at", "start_timers", ["retry_at"], unique=False)
    op.create_table(
        "units",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=True),
        sa.Column("area_code", sa.String(length=20), nullable=False),
        sa.Column("parent_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_units_area_code_areas")),
        sa.ForeignKeyConstraint(["parent_id"], ["units.id"], name=op.f("fk_units_parent_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
    )
    op.create_index(op.f("ix_units_area_code"), "units", ["area_code"], unique=False)
    op.create_index("ix_units_field", "units", ["area_code", "kind", "field"], unique=False)
    op.create_index(op.f("ix_units_parent_id"), "units", ["parent_id"], unique=False)
    op.create_table(
        "categories",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_categories_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("campaign_id", "code", name=op.f("uq_categories_campaign_id_code")),
    )
    op.create_table(
        "check_items",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("work", sa.String(length=40), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="item or indicator"),
        sa.Column("levels", sa.String(length=3), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("question_zh", sa.Text(), nullable=False),
        sa.Column("question_en", sa.Text(), nullable=False),
        sa.Column("fail_when", sa.String(length=3), nullable=False, comment="the answer that makes an issue"),
        sa.Column("photo_on_failure", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=True, comment="whose standard it is"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_check_items_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_items")),
        sa.UniqueConstraint("campaign_id", "code", name=op.f("uq_check_items_campaign_id_code")),
    )
    op.create_table(
        "criteria",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("area", sa.String(length=20), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["area"], ["areas.code"], name=op.f("fk_criteria_area_areas")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_criteria_by_id_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_criteria_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
        sa.UniqueConstraint(
            "campaign_id", "area", "item", "version", name=op.f("uq_criteria_campaign_id_area_item_version")
        ),
    )
    op.create_table(
        "draft_editors",
        sa.Column("draft_id", BigId, nullable=False),
        sa.Column("person", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("seen_at", Instant(timezone=True), nullable=False, comment="when they last had it open"),
        sa.Column("saved_at", Instant(timezone=True), nullable=True, comment="when they last changed it"),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_editors_draft_id_drafts")),
        sa.PrimaryKeyConstraint("draft_id", "person", name=op.f("pk_draft_editors")),
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
        sa.Column("asked_at", Instant(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at", Instant(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_reviews_draft_id_drafts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_reviews")),
    )
    op.create_index(op.f("ix_draft_reviews_draft_id"), "draft_reviews", ["draft_id"], unique=False)
    op.create_table(
        "households",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=20), nullable=False),
        sa.Column("county", sa.String(length=20), nullable=False),
        sa.Column("group_no", sa.String(length=20), nullable=True),
        sa.Column("head", sa.String(length=200), nullable=False),
        sa.Column("head_id_number", sa.String(length=30), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("members_registered", sa.Integer(), nullable=False),
        sa.Column("helper_id", BigId, nullable=True),
        sa.Column("poverty_cause", sa.String(length=40), nullable=True),
        sa.Column("exited_year", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_households_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["helper_id"], ["people.id"], name=op.f("fk_households_helper_id_people")),
        sa.ForeignKeyConstraint(["village"], ["areas.code"], name=op.f("fk_households_village_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_households")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_households_campaign_id_number")),
    )
    op.create_index("ix_households_county", "households", ["county"], unique=False)
    op.create_index("ix_households_head_id_number", "households", ["head_id_number"], unique=False)
    op.create_index(op.f("ix_households_helper_id"), "households", ["helper_id"], unique=False)
    op.create_index("ix_households_town", "households", ["town"], unique=False)
    op.create_index("ix_households_village", "households", ["village", "status"], unique=False)
    op.create_table(
        "import_mappings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=True),
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
        "incidents",
        sa.Column("id", BigId, nullable=False),
        sa.Column("instance_id", BigId, nullable=True, comment="NULL: no instance exists"),
        sa.Column(
            "subject",
            sa.String(length=300),
            nullable=False,
            comment="instance:ID, process:NAME, message:NAME …",
        ),
        sa.Column("element", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=True),
        sa.Column(
            "doing",
            sa.String(length=20),
            nullable=False,
            comment="what was worked on: timer, message, start, completion …",
        ),
        sa.Column("words_zh", sa.Text(), nullable=False),
        sa.Column("words_en", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("happened_at", Instant(timezone=True), nullable=False),
        sa.Column("resolved_at", Instant(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_incidents_instance_id_instances")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_instance_id"), "incidents", ["instance_id"], unique=False)
    op.create_table(
        "instance_migrations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("instance_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="migrated, sent_back or jumped"),
        sa.Column("batch", sa.String(length=60), nullable=True, comment="what was moved together"),
        sa.Column("from_id", BigId, nullable=False),
        sa.Column("to_id", BigId, nullable=False),
        sa.Column("places", sa.JSON(), nullable=False, comment="element to element"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column(
            "before", sa.LargeBinary(), nullable=False, comment="the rows of before, for taking it back"
        ),
        sa.Column(
            "version_after",
            sa.Integer(),
            nullable=False,
            comment="the instance has not moved on while it has this",
        ),
        sa.Column("undone_at", Instant(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["from_id"], ["definitions.id"], name=op.f("fk_instance_migrations_from_id_definitions")
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_instance_migrations_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["definitions.id"], name=op.f("fk_instance_migrations_to_id_definitions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance_migrations")),
    )
    op.create_index(op.f("ix_instance_migrations_batch"), "instance_migrations", ["batch"], unique=False)
    op.create_index(
        op.f("ix_instance_migrations_instance_id"), "instance_migrations", ["instance_id"], unique=False
    )
    op.create_table(
        "issue_lists",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="main or supplement"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("zero_report", sa.Boolean(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("unvisited_reason", sa.Text(), nullable=False),
        sa.Column("submitted_by_id", BigId, nullable=True),
        sa.Column("submitted_at", Instant(timezone=True), nullable=True),
        sa.Column("frozen_at", Instant(timezone=True), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.Column("lines", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_issue_lists_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["people.id"], name=op.f("fk_issue_lists_submitted_by_id_people")
        ),
        sa.ForeignKeyConstraint(["village"], ["areas.code"], name=op.f("fk_issue_lists_village_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue_lists")),
        sa.UniqueConstraint(
            "campaign_id", "village", "kind", name=op.f("uq_issue_lists_campaign_id_village_kind")
        ),
    )
    op.create_index(op.f("ix_issue_lists_village"), "issue_lists", ["village"], unique=False)
    op.create_table(
        "milestones",
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cutoff", sa.Time(), nullable=True, comment="local time; none: the end of the day"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_milestones_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "name", name=op.f("pk_milestones")),
    )
    op.create_table(
        "paper_templates",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("area", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["area"], ["areas.code"], name=op.f("fk_paper_templates_area_areas")),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_paper_templates_by_id_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_paper_templates_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_templates")),
    )
    op.create_index("ix_paper_templates_kind", "paper_templates", ["campaign_id", "kind", "id"], unique=False)
    op.create_table(
        "posts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("area_code", sa.String(length=20), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["area_code"], ["areas.code"], name=op.f("fk_posts_area_code_areas")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_posts_person_id_people")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_posts_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posts")),
    )
    op.create_index(op.f("ix_posts_person_id"), "posts", ["person_id"], unique=False)
    op.create_index("ix_posts_role", "posts", ["role", "scope"], unique=False)
    op.create_index(op.f("ix_posts_unit_id"), "posts", ["unit_id"], unique=False)
    op.create_table(
        "reschedulings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False, comment="milestones or calendar"),
        sa.Column("calendar_change_id", BigId, nullable=True, comment="of the calendar that it follows"),
        sa.Column("proposal", sa.JSON(), nullable=False, comment="what is to be, as its cause writes it"),
        sa.Column("before", sa.JSON(), nullable=False, comment="the same as it was"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by_id", BigId, nullable=False),
        sa.Column("asked_at", Instant(timezone=True), nullable=False),
        sa.Column(
            "state", sa.String(length=10), nullable=False, comment="looking, ready, moving, done or dropped"
        ),
        sa.Column("job_id", BigId, nullable=True, comment="what is being done about it"),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("applied_by_id", BigId, nullable=True),
        sa.Column("applied_at", Instant(timezone=True), nullable=True),
        sa.Column("left", sa.JSON(), nullable=False, comment="key and why it was not moved"),
        sa.Column("finished_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["applied_by_id"], ["people.id"], name=op.f("fk_reschedulings_applied_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_reschedulings_asked_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_reschedulings_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_reschedulings_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reschedulings")),
    )
    op.create_index(
        op.f("ix_reschedulings_calendar_change_id"), "reschedulings", ["calendar_change_id"], unique=False
    )
    op.create_index("ix_reschedulings_campaign_id", "reschedulings", ["campaign_id", "id"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("instance_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="message or signal"),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_subscriptions_instance_id_instances")
        ),
        sa.PrimaryKeyConstraint("instance_id", "kind", "name", name=op.f("pk_subscriptions")),
    )
    op.create_index("ix_subscriptions_name", "subscriptions", ["kind", "name", "key"], unique=False)
    op.create_table(
        "timers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("instance_id", BigId, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("due_at", Instant(timezone=True), nullable=False),
        sa.Column(
            "armed_at",
            Instant(timezone=True),
            nullable=True,
            comment="when the clock was started; NULL: it was restored by a recall, which does not know",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column(
            "retry_at",
            Instant(timezone=True),
            nullable=False,
            comment="due_at, or later after a failed attempt",
        ),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_timers_instance_id_instances")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sa.UniqueConstraint("instance_id", "token", name=op.f("uq_timers_instance_id_token")),
    )
    op.create_index("ix_timers_retry_at", "timers", ["retry_at", "id"], unique=False)
    op.create_table(
        "unvisited_reports",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("households", sa.JSON(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_unvisited_reports_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["village"], ["areas.code"], name=op.f("fk_unvisited_reports_village_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unvisited_reports")),
    )
    op.create_index(op.f("ix_unvisited_reports_village"), "unvisited_reports", ["village"], unique=False)
    op.create_table(
        "uploads",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("job_id", BigId, nullable=True),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("imported_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_uploads_by_id_people")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_uploads_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_uploads_job_id_jobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index("ix_uploads_campaign", "uploads", ["campaign_id", "id"], unique=False)
    op.create_table(
        "village_results",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.Column("hung", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("void", sa.Integer(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_village_results_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["village"], ["areas.code"], name=op.f("fk_village_results_village_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_village_results")),
        sa.UniqueConstraint("campaign_id", "village", name=op.f("uq_village_results_campaign_id_village")),
    )
    op.create_index(op.f("ix_village_results_village"), "village_results", ["village"], unique=False)
    op.create_table(
        "work_items",
        sa.Column("id", BigId, nullable=False),
        sa.Column("instance_id", BigId, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False, comment="the token that stands on the task"),
        sa.Column("definition_id", BigId, nullable=False),
        sa.Column(
            "process",
            sa.String(length=200),
            nullable=False,
            comment="the process whose diagram shows the task",
        ),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "owner", sa.String(length=200), nullable=False, comment="person:ID, post:role@area, or many"
        ),
        sa.Column(
            "offered_to",
            sa.String(length=200),
            nullable=False,
            comment="the owner before somebody claimed it",
        ),
        sa.Column("due_at", Instant(timezone=True), nullable=True),
        sa.Column(
            "sort_at",
            Instant(timezone=True),
            nullable=False,
            comment="due_at, or the end of time: so that an index gives the desk its order",
        ),
        sa.Column("follow_up_at", Instant(timezone=True), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("escalation", sa.String(length=100), nullable=True),
        sa.Column(
            "escalation_step",
            sa.Integer(),
            nullable=False,
            comment="rules of the escalation that were applied already",
        ),
        sa.Column(
            "escalation_at", Instant(timezone=True), nullable=True, comment="when the next rule falls due"
        ),
        sa.Column(
            "work_scope",
            sa.String(length=60),
            nullable=True,
            comment="by whose rules and calendar its escalation goes, as the world writes it",
        ),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("closed_at", Instant(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True, comment="completed, cancelled"),
        sa.Column("closed_by", sa.String(length=200), nullable=True),
        sa.Column("closed_by_person", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_work_items_instance_id_instances")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_items")),
        sa.UniqueConstraint("instance_id", "token", name=op.f("uq_work_items_instance_id_token")),
    )
    op.create_index(
        "ix_work_items_desk",
        "work_items",
        ["owner", "sort_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_work_items_due",
        "work_items",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_work_items_key", "work_items", ["key"], unique=False)
    op.create_index(
        "ix_work_items_rule",
        "work_items",
        ["escalation_at", "id"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL AND escalation_at IS NOT NULL"),
        postgresql_where=sa.text("closed_at IS NULL AND escalation_at IS NOT NULL"),
    )
    op.create_table(
        "work_streams",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
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
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_work_streams_campaign_id_campaigns")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_streams")),
        sa.UniqueConstraint("campaign_id", "code", name=op.f("uq_work_streams_campaign_id_code")),
    )
    op.create_table(
        "acknowledgement_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=20), nullable=False),
        sa.Column("colour", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("asked_at", Instant(timezone=True), nullable=False),
        sa.Column("due_at", Instant(timezone=True), nullable=False),
        sa.Column("acknowledged_at", Instant(timezone=True), nullable=True),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("on_behalf_of_id", BigId, nullable=True),
        sa.Column(
            "passed_over_at",
            Instant(timezone=True),
            nullable=True,
            comment="whoever is next above was told, or the work was over by then",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["people.id"], name=op.f("fk_acknowledgement_requests_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"],
            ["people.id"],
            name=op.f("fk_acknowledgement_requests_on_behalf_of_id_people"),
        ),
        sa.ForeignKeyConstraint(
            ["work_item_id"],
            ["work_items.id"],
            name=op.f("fk_acknowledgement_requests_work_item_id_work_items"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgement_requests")),
        sa.UniqueConstraint(
            "work_item_id", "rule", name=op.f("uq_acknowledgement_requests_work_item_id_rule")
        ),
    )
    op.create_index(
        "ix_acknowledgement_requests_due",
        "acknowledgement_requests",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("acknowledged_at IS NULL AND passed_over_at IS NULL"),
        postgresql_where=sa.text("acknowledged_at IS NULL AND passed_over_at IS NULL"),
    )
    op.create_table(
        "baseline_problems",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
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
    op.create_index(
        op.f("ix_baseline_problems_household_id"), "baseline_problems", ["household_id"], unique=False
    )
    op.create_table(
        "cases",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_stream_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=20), nullable=False),
        sa.Column("county", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("decided_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_cases_household_id_households")
        ),
        sa.ForeignKeyConstraint(["village"], ["areas.code"], name=op.f("fk_cases_village_areas")),
        sa.ForeignKeyConstraint(
            ["work_stream_id"], ["work_streams.id"], name=op.f("fk_cases_work_stream_id_work_streams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint(
            "work_stream_id", "household_id", name=op.f("uq_cases_work_stream_id_household_id")
        ),
    )
    op.create_index("ix_cases_household", "cases", ["household_id"], unique=False)
    op.create_index("ix_cases_outcome", "cases", ["work_stream_id", "outcome"], unique=False)
    op.create_index("ix_cases_village", "cases", ["village", "work_stream_id"], unique=False)
    op.create_table(
        "escalation_steps",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=10), nullable=False),
        sa.Column("who", sa.String(length=20), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("escalation_at", Instant(timezone=True), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("batch_id", BigId, nullable=False, comment="with which it is told"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_escalation_steps_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_items.id"], name=op.f("fk_escalation_steps_work_item_id_work_items")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation_steps")),
        sa.UniqueConstraint(
            "work_item_id", "rule", "person_id", name=op.f("uq_escalation_steps_work_item_id_rule_person_id")
        ),
    )
    op.create_index(
        "ix_escalation_steps_person_id",
        "escalation_steps",
        ["person_id"],
        unique=False,
        sqlite_where=sa.text("level > 0"),
        postgresql_where=sa.text("level > 0"),
    )
    op.create_table(
        "household_measures",
        sa.Column("id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
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
        "household_members",
        sa.Column("id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("id_number", sa.String(length=30), nullable=True),
        sa.Column("health", sa.String(length=40), nullable=True),
        sa.Column("schooling", sa.String(length=40), nullable=True),
        sa.Column("works", sa.Boolean(), nullable=True, comment="earns wages away from the farm"),
        sa.Column("wages", sa.String(length=20), nullable=True, comment="yuan a year"),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_household_members_household_id_households")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_members")),
    )
    op.create_index(
        op.f("ix_household_members_household_id"), "household_members", ["household_id"], unique=False
    )
    op.create_index(op.f("ix_household_members_id_number"), "household_members", ["id_number"], unique=False)
    op.create_table(
        "owed_escalations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("rule", sa.Integer(), nullable=False),
        sa.Column(
            "desk",
            sa.String(length=200),
            nullable=False,
            comment="post:role@area or person:ID on which nobody was found",
        ),
        sa.Column("work_owner", sa.String(length=200), nullable=False, comment="whose the work was then"),
        sa.Column(
            "look_at",
            Instant(timezone=True),
            nullable=True,
            comment="telling it failed: not before this instant",
        ),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_items.id"], name=op.f("fk_owed_escalations_work_item_id_work_items")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owed_escalations")),
    )
    op.create_index(op.f("ix_owed_escalations_desk"), "owed_escalations", ["desk"], unique=False)
    op.create_index(
        op.f("ix_owed_escalations_work_item_id"), "owed_escalations", ["work_item_id"], unique=False
    )
    op.create_table(
        "rescheduled_dates",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rescheduling_id", BigId, nullable=False),
        sa.Column("instance_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False, comment="work or timer"),
        sa.Column("number", BigId, nullable=False, comment="of the work item or timer"),
        sa.Column("name_zh", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("before", Instant(timezone=True), nullable=True),
        sa.Column("after", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["instance_id"], ["instances.id"], name=op.f("fk_rescheduled_dates_instance_id_instances")
        ),
        sa.ForeignKeyConstraint(
            ["rescheduling_id"],
            ["reschedulings.id"],
            name=op.f("fk_rescheduled_dates_rescheduling_id_reschedulings"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescheduled_dates")),
    )
    op.create_index(
        "ix_rescheduled_dates_rescheduling_id", "rescheduled_dates", ["rescheduling_id", "id"], unique=False
    )
    op.create_table(
        "unnotified_offers",
        sa.Column("work_item_id", BigId, autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["work_item_id"], ["work_items.id"], name=op.f("fk_unnotified_offers_work_item_id_work_items")
        ),
        sa.PrimaryKeyConstraint("work_item_id", name=op.f("pk_unnotified_offers")),
    )
    op.create_table(
        "visits",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("second_visitor", sa.String(length=200), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("met", sa.String(length=10), nullable=False, comment="home, absent or refused"),
        sa.Column("next_visit_on", sa.Date(), nullable=True),
        sa.Column("members_found", sa.Integer(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_visits_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_visits_household_id_households")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_visits_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_household", "visits", ["household_id", "id"], unique=False)
    op.create_index(op.f("ix_visits_person_id"), "visits", ["person_id"], unique=False)
    op.create_table(
        "work_item_candidates",
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False, comment="one of several who may take it"),
        sa.ForeignKeyConstraint(
            ["work_item_id"],
            ["work_items.id"],
            name=op.f("fk_work_item_candidates_work_item_id_work_items"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("work_item_id", "owner", name=op.f("pk_work_item_candidates")),
    )
    op.create_index(op.f("ix_work_item_candidates_owner"), "work_item_candidates", ["owner"], unique=False)
    op.create_table(
        "case_outcomes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("work_stream_id", BigId, nullable=False),
        sa.Column("household_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("approval_number", sa.String(length=200), nullable=True),
        sa.Column("approved_on", sa.Date(), nullable=True),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_case_outcomes_by_id_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_outcomes_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_case_outcomes_household_id_households")
        ),
        sa.ForeignKeyConstraint(
            ["work_stream_id"], ["work_streams.id"], name=op.f("fk_case_outcomes_work_stream_id_work_streams")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_outcomes")),
    )
    op.create_index("ix_case_outcomes_case", "case_outcomes", ["case_id", "id"], unique=False)
    op.create_index(op.f("ix_case_outcomes_household_id"), "case_outcomes", ["household_id"], unique=False)
    op.create_index("ix_case_outcomes_kind", "case_outcomes", ["work_stream_id", "kind"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column(
            "number", sa.String(length=60), nullable=True, comment="given once, when the list is frozen"
        ),
        sa.Column("household_id", BigId, nullable=True),
        sa.Column("village", sa.String(length=20), nullable=False),
        sa.Column("town", sa.String(length=20), nullable=False),
        sa.Column("county", sa.String(length=20), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("line_dept_id", BigId, nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("found_by_id", BigId, nullable=True),
        sa.Column("visit_id", BigId, nullable=True),
        sa.Column("status", sa.String(length=60), nullable=True),
        sa.Column("rect_type", sa.String(length=20), nullable=True),
        sa.Column("measure", sa.Text(), nullable=True),
        sa.Column("resp_unit_id", BigId, nullable=True),
        sa.Column("resp_person_id", BigId, nullable=True),
        sa.Column("due_at", Instant(timezone=True), nullable=True),
        sa.Column("list_id", BigId, nullable=True),
        sa.Column("line_no", sa.Integer(), nullable=True),
        sa.Column("merged_into_id", BigId, nullable=True),
        sa.Column("subject_kind", sa.String(length=12), nullable=False, comment="household, village, unit"),
        sa.Column(
            "subject_name",
            sa.String(length=200),
            nullable=True,
            comment="what it is about, when no household",
        ),
        sa.Column("rounds", sa.Integer(), nullable=False, comment="how often re-verification sent it back"),
        sa.Column("escalation_level", sa.Integer(), nullable=False),
        sa.Column("slow", sa.Boolean(), nullable=False),
        sa.Column("close_type", sa.String(length=20), nullable=True),
        sa.Column("closed_at", Instant(timezone=True), nullable=True),
        sa.Column("closed_late", sa.Boolean(), nullable=True),
        sa.Column("record_channel", sa.String(length=20), nullable=True),
        sa.Column("external_number", sa.String(length=200), nullable=True),
        sa.Column("external_date", sa.Date(), nullable=True),
        sa.Column("instance_id", BigId, nullable=True),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_tickets_campaign_id_campaigns")
        ),
        sa.ForeignKeyConstraint(["found_by_id"], ["people.id"], name=op.f("fk_tickets_found_by_id_people")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["households.id"], name=op.f("fk_tickets_household_id_households")
        ),
        sa.ForeignKeyConstraint(["line_dept_id"], ["units.id"], name=op.f("fk_tickets_line_dept_id_units")),
        sa.ForeignKeyConstraint(["list_id"], ["issue_lists.id"], name=op.f("fk_tickets_list_id_issue_lists")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["tickets.id"], name=op.f("fk_tickets_merged_into_id_tickets")
        ),
        sa.ForeignKeyConstraint(
            ["resp_person_id"], ["people.id"], name=op.f("fk_tickets_resp_person_id_people")
        ),
        sa.ForeignKeyConstraint(["resp_unit_id"], ["units.id"], name=op.f("fk_tickets_resp_unit_id_units")),
        sa.ForeignKeyConstraint(["village"], ["areas.code"], name=op.f("fk_tickets_village_areas")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_tickets_visit_id_visits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_tickets_campaign_id_number")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_index("ix_tickets_county", "tickets", ["county", "status", "id"], unique=False)
    op.create_index("ix_tickets_county_closed", "tickets", ["county", "closed_at", "id"], unique=False)
    op.create_index("ix_tickets_county_due", "tickets", ["county", "due_at", "id"], unique=False)
    op.create_index("ix_tickets_county_found", "tickets", ["county", "found_on", "id"], unique=False)
    op.create_index("ix_tickets_county_newest", "tickets", ["county", "id"], unique=False)
    op.create_index("ix_tickets_county_number", "tickets", ["county", "number", "id"], unique=False)
    op.create_index("ix_tickets_county_village", "tickets", ["county", "village", "id"], unique=False)
    op.create_index(op.f("ix_tickets_found_by_id"), "tickets", ["found_by_id"], unique=False)
    op.create_index("ix_tickets_household", "tickets", ["household_id", "item"], unique=False)
    op.create_index("ix_tickets_line_dept", "tickets", ["line_dept_id", "status", "id"], unique=False)
    op.create_index("ix_tickets_list", "tickets", ["list_id", "line_no"], unique=False)
    op.create_index("ix_tickets_resp_person", "tickets", ["resp_person_id", "status", "id"], unique=False)
    op.create_index("ix_tickets_resp_unit", "tickets", ["resp_unit_id", "status", "id"], unique=False)
    op.create_index("ix_tickets_town", "tickets", ["town", "status", "id"], unique=False)
    op.create_index("ix_tickets_town_closed", "tickets", ["town", "closed_at", "id"], unique=False)
    op.create_index("ix_tickets_town_due", "tickets", ["town", "due_at", "id"], unique=False)
    op.create_index("ix_tickets_town_found", "tickets", ["town", "found_on", "id"], unique=False)
    op.create_index("ix_tickets_town_newest", "tickets", ["town", "id"], unique=False)
    op.create_index("ix_tickets_town_number", "tickets", ["town", "number", "id"], unique=False)
    op.create_index("ix_tickets_town_village", "tickets", ["town", "village", "id"], unique=False)
    op.create_index("ix_tickets_village", "tickets", ["village", "status", "id"], unique=False)
    op.create_table(
        "visit_checks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("visit_id", BigId, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_visit_checks_by_id_people")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_checks_visit_id_visits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_checks")),
    )
    op.create_index(op.f("ix_visit_checks_visit_id"), "visit_checks", ["visit_id"], unique=False)
    op.create_table(
        "acknowledgements",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_acknowledgements_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_acknowledgements_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acknowledgements")),
    )
    op.create_index(op.f("ix_acknowledgements_ticket_id"), "acknowledgements", ["ticket_id"], unique=False)
    op.create_table(
        "baseline_checks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("problem_id", BigId, nullable=False),
        sa.Column("case_id", BigId, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("measure_in_place", sa.Boolean(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("record_channel", sa.String(length=20), nullable=True),
        sa.Column("record_number", sa.String(length=200), nullable=True),
        sa.Column("recorded_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, comment="why it is slow, of the statement"),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("agreed_by_id", BigId, nullable=True),
        sa.Column("ticket_id", BigId, nullable=True),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreed_by_id"], ["people.id"], name=op.f("fk_baseline_checks_agreed_by_id_people")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_baseline_checks_by_id_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_baseline_checks_case_id_cases")),
        sa.ForeignKeyConstraint(
            ["problem_id"],
            ["baseline_problems.id"],
            name=op.f("fk_baseline_checks_problem_id_baseline_problems"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_baseline_checks_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_baseline_checks")),
    )
    op.create_index(op.f("ix_baseline_checks_case_id"), "baseline_checks", ["case_id"], unique=False)
    op.create_index("ix_baseline_checks_problem", "baseline_checks", ["problem_id", "id"], unique=False)
    op.create_table(
        "cancellations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("decided_by_id", BigId, nullable=True),
        sa.Column("on_behalf_of_id", BigId, nullable=True),
        sa.Column("decided_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_cancellations_by_id_people")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_cancellations_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["people.id"], name=op.f("fk_cancellations_on_behalf_of_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_cancellations_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cancellations")),
    )
    op.create_index(op.f("ix_cancellations_ticket_id"), "cancellations", ["ticket_id"], unique=False)
    op.create_index(
        "uq_cancellations_open",
        "cancellations",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_table(
        "carbon_copies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("read_at", Instant(timezone=True), nullable=True),
        sa.Column("withdrawn_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_carbon_copies_by_id_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_carbon_copies_person_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_carbon_copies_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carbon_copies")),
    )
    op.create_index("ix_carbon_copies_person", "carbon_copies", ["person_id", "ticket_id"], unique=False)
    op.create_index(op.f("ix_carbon_copies_ticket_id"), "carbon_copies", ["ticket_id"], unique=False)
    op.create_table(
        "closure_requests",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_closure_requests_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_closure_requests_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure_requests")),
    )
    op.create_index(op.f("ix_closure_requests_ticket_id"), "closure_requests", ["ticket_id"], unique=False)
    op.create_table(
        "closures",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("close_type", sa.String(length=20), nullable=False),
        sa.Column(
            "channel", sa.String(length=20), nullable=True, comment="provincial_system or paper_archive"
        ),
        sa.Column("number", sa.String(length=200), nullable=True),
        sa.Column(
            "basis",
            sa.String(length=200),
            nullable=True,
            comment="number of the approval or receipt it rests on",
        ),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_closures_by_id_people")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_closures_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    op.create_index(op.f("ix_closures_ticket_id"), "closures", ["ticket_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mentioned", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_comments_by_id_people")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_comments_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_ticket_id"), "comments", ["ticket_id"], unique=False)
    op.create_table(
        "consultations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("work_item_id", BigId, nullable=False),
        sa.Column("step", sa.String(length=300), nullable=False, comment="the name of the step that waits"),
        sa.Column("element", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="opinion or delegation"),
        sa.Column("needed", sa.Integer(), nullable=False, comment="so many answers are demanded"),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("on_behalf_of_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column("due_at", Instant(timezone=True), nullable=False),
        sa.Column("called_off_at", Instant(timezone=True), nullable=True),
        sa.Column(
            "work_gone", sa.Boolean(), nullable=False, comment="called off because the work was cancelled"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_consultations_by_id_people")),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["people.id"], name=op.f("fk_consultations_on_behalf_of_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_consultations_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultations")),
    )
    op.create_index(op.f("ix_consultations_ticket_id"), "consultations", ["ticket_id"], unique=False)
    op.create_index(op.f("ix_consultations_work_item_id"), "consultations", ["work_item_id"], unique=False)
    op.create_table(
        "dispatches",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("rect_type", sa.String(length=20), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("unit_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("due_at", Instant(timezone=True), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_dispatches_by_id_people")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_dispatches_person_id_people")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_dispatches_ticket_id_tickets")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_dispatches_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
    )
    op.create_index(op.f("ix_dispatches_ticket_id"), "dispatches", ["ticket_id"], unique=False)
    op.create_table(
        "due_date_changes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("old_due", Instant(timezone=True), nullable=False),
        sa.Column("new_due", Instant(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_due_date_changes_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_due_date_changes_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_date_changes")),
    )
    op.create_index(op.f("ix_due_date_changes_ticket_id"), "due_date_changes", ["ticket_id"], unique=False)
    op.create_table(
        "explanations",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason_code", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("protection", sa.Text(), nullable=False),
        sa.Column("review_date", sa.Date(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_explanations_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_explanations_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanations")),
    )
    op.create_index("ix_explanations_ticket", "explanations", ["ticket_id", "id"], unique=False)
    op.create_table(
        "extensions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("old_due", Instant(timezone=True), nullable=False),
        sa.Column("asked_for", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("new_due", Instant(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_by_id", BigId, nullable=True),
        sa.Column("decided_by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_extensions_asked_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_extensions_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_extensions_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    op.create_index(op.f("ix_extensions_ticket_id"), "extensions", ["ticket_id"], unique=False)
    op.create_table(
        "hung_tickets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("since", Instant(timezone=True), nullable=False),
        sa.Column("review_date", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("until", Instant(timezone=True), nullable=True),
        sa.Column("by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_hung_tickets_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_hung_tickets_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hung_tickets")),
    )
    op.create_index("ix_hung_tickets_ticket", "hung_tickets", ["ticket_id", "id"], unique=False)
    op.create_table(
        "imported_tickets",
        sa.Column("id", BigId, nullable=False),
        sa.Column("campaign_id", BigId, nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
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
    op.create_index(op.f("ix_imported_tickets_ticket_id"), "imported_tickets", ["ticket_id"], unique=False)
    op.create_table(
        "progress_notes",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_progress_notes_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_progress_notes_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_notes")),
    )
    op.create_index(op.f("ix_progress_notes_ticket_id"), "progress_notes", ["ticket_id"], unique=False)
    op.create_table(
        "progress_statements",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column(
            "cause", sa.String(length=10), nullable=False, comment="no_update: the clock; mark: a reviewer"
        ),
        sa.Column(
            "asked",
            sa.Text(),
            nullable=False,
            comment="the reviewer's reason, or for how long nothing was noted",
        ),
        sa.Column("asked_by_id", BigId, nullable=True, comment="NULL: the clock"),
        sa.Column("asked_at", Instant(timezone=True), nullable=False),
        sa.Column("due_at", Instant(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=True, comment="NULL: not written yet"),
        sa.Column("decision", sa.String(length=10), nullable=True, comment="clear or keep"),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("decided_by_id", BigId, nullable=True),
        sa.Column("closed_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["people.id"], name=op.f("fk_progress_statements_asked_by_id_people")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_progress_statements_by_id_people")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["people.id"], name=op.f("fk_progress_statements_decided_by_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_progress_statements_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_statements")),
    )
    op.create_index("ix_progress_statements_ticket", "progress_statements", ["ticket_id", "id"], unique=False)
    op.create_index(
        "uq_progress_statements_open",
        "progress_statements",
        ["ticket_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "reopenings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_as", sa.String(length=20), nullable=True),
        sa.Column("due_at", Instant(timezone=True), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_reopenings_by_id_people")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_reopenings_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reopenings")),
    )
    op.create_index(op.f("ix_reopenings_ticket_id"), "reopenings", ["ticket_id"], unique=False)
    op.create_table(
        "reverifications",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=20), nullable=False),
        sa.Column("second_verifier", sa.String(length=200), nullable=False),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("unit_id", BigId, nullable=True),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_reverifications_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_reverifications_ticket_id_tickets")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_reverifications_unit_id_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reverifications")),
    )
    op.create_index(op.f("ix_reverifications_ticket_id"), "reverifications", ["ticket_id"], unique=False)
    op.create_table(
        "suspensions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("until", sa.Date(), nullable=False, comment="its last day"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.Column(
            "ended_at", Instant(timezone=True), nullable=True, comment="taken up again before the last day"
        ),
        sa.Column("ended_by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_suspensions_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["people.id"], name=op.f("fk_suspensions_ended_by_id_people")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_suspensions_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
    )
    op.create_index(op.f("ix_suspensions_ticket_id"), "suspensions", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_remarks",
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("leader", sa.String(length=200), nullable=False),
        sa.Column("support", sa.String(length=400), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_remarks_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_remarks")),
    )
    op.create_table(
        "ticket_returns",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_ticket_returns_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_returns_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_returns")),
    )
    op.create_index(op.f("ix_ticket_returns_ticket_id"), "ticket_returns", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_voids",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_ticket_voids_by_id_people")),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_voids_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_voids")),
    )
    op.create_index(op.f("ix_ticket_voids_ticket_id"), "ticket_voids", ["ticket_id"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("from_unit_id", BigId, nullable=True),
        sa.Column("from_person_id", BigId, nullable=True),
        sa.Column("to_unit_id", BigId, nullable=False),
        sa.Column("to_person_id", BigId, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("result", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
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
    op.create_index(op.f("ix_transfers_ticket_id"), "transfers", ["ticket_id"], unique=False)
    op.create_table(
        "consulted_people",
        sa.Column("id", BigId, nullable=False),
        sa.Column("consultation_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("instance_id", BigId, nullable=True),
        sa.Column("view", sa.String(length=12), nullable=True, comment="agree, object, remark or done"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=True, comment="who answered"),
        sa.Column("on_behalf_of_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_consulted_people_by_id_people")),
        sa.ForeignKeyConstraint(
            ["consultation_id"],
            ["consultations.id"],
            name=op.f("fk_consulted_people_consultation_id_consultations"),
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["people.id"], name=op.f("fk_consulted_people_on_behalf_of_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_consulted_people_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consulted_people")),
    )
    op.create_index(
        op.f("ix_consulted_people_consultation_id"), "consulted_people", ["consultation_id"], unique=False
    )
    op.create_index(op.f("ix_consulted_people_person_id"), "consulted_people", ["person_id"], unique=False)
    op.create_table(
        "explanation_opinions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("explanation_id", BigId, nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False, comment="town, dept or county"),
        sa.Column("decision", sa.String(length=10), nullable=False, comment="agree or reject"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["people.id"], name=op.f("fk_explanation_opinions_by_id_people")),
        sa.ForeignKeyConstraint(
            ["explanation_id"],
            ["explanations.id"],
            name=op.f("fk_explanation_opinions_explanation_id_explanations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanation_opinions")),
    )
    op.create_index(
        op.f("ix_explanation_opinions_explanation_id"),
        "explanation_opinions",
        ["explanation_id"],
        unique=False,
    )
    for table in ("history", "audit_seals"):
        _append_only(table)


def _append_only(table: str) -> None:
    """Rows of this table are added, never changed or taken away."""
    refusal = "history is append-only"
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{refusal}'; END $$ LANGUAGE plpgsql"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
