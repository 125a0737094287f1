"""The engine's tables. Core, because they stand on the hot path."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from engine.database import BigId, Instant, metadata


def _scope() -> Column[str]:
    """Where a version is in force: there and below, as the world writes it; empty: everywhere."""
    return Column("scope", String(60), nullable=False, server_default="")


definitions = Table(
    "definitions",
    metadata,
    Column("id", BigId, primary_key=True, comment="one version unit: the files that were published together"),
    _scope(),
    Column("hash", String(64), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("published_at", Instant, nullable=False),
    Column("published_by", String(200), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("files", JSON, nullable=False, comment="file name to text"),
)

processes = Table(
    "processes",
    metadata,
    Column("definition_id", BigId, ForeignKey("definitions.id"), primary_key=True),
    Column("process", String(200), primary_key=True),
    Column("name", String(300), nullable=False, default=""),
    Column("file", String(300), nullable=False),
    Column("current", Boolean, nullable=False, comment="new instances start on this version"),
    _scope(),
    Index(
        "ix_processes_current",
        "process",
        "scope",
        unique=True,
        sqlite_where=text("current"),
        postgresql_where=text("current"),
    ),
)

instances = Table(
    "instances",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("definition_id", BigId, ForeignKey("definitions.id"), nullable=False),
    Column("process", String(200), nullable=False),
    Column("key", String(200), nullable=False, comment="business key, for instance ticket:17"),
    Column("status", String(60), comment="the status property of the element last reached"),
    Column("state", LargeBinary, comment="live tokens and variables; NULL once ended"),
    Column("version", Integer, nullable=False, default=1),
    Column("previous", LargeBinary, comment="the state before the last completion, for taking it back"),
    Column("previous_version", Integer, comment="nothing has followed while the instance has this version"),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("incident", Boolean, nullable=False, default=False),
    Index("ix_instances_key", "key"),
    Index("ix_instances_process", "process", "status"),
)

INSTANCE = tuple(instances.c[name] for name in ("id", "definition_id", "process", "key", "state", "status"))
"""What is read of an instance that moves."""

END_OF_TIME = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)
"""Where undated work sorts."""

work_items = Table(
    "work_items",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("instance_id", BigId, ForeignKey("instances.id"), nullable=False),
    Column("token", BigInteger, nullable=False, comment="the token that stands on the task"),
    Column("definition_id", BigId, nullable=False),
    Column("process", String(200), nullable=False, comment="the process whose diagram shows the task"),
    Column("key", String(200), nullable=False),
    Column("element", String(200), nullable=False),
    Column("name", String(300), nullable=False),
    Column("owner", String(200), nullable=False, comment="person:ID, post:role@area, or many"),
    Column("offered_to", String(200), nullable=False, comment="the owner before somebody claimed it"),
    Column("due_at", Instant),
    Column(
        "sort_at",
        Instant,
        nullable=False,
        comment="due_at, or the end of time: so that an index gives the desk its order",
    ),
    Column("follow_up_at", Instant),
    Column("priority", Integer, nullable=False, default=50),
    Column("escalation", String(100)),
    Column(
        "escalation_step",
        Integer,
        nullable=False,
        default=0,
        comment="rules of the escalation that were applied already",
    ),
    Column("escalation_at", Instant, comment="when the next rule falls due"),
    Column(
        "work_scope",
        String(60),
        comment="by whose rules and calendar its escalation goes, as the world writes it",
    ),
    Column("created_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("outcome", String(20), comment="completed, cancelled"),
    Column("closed_by", String(200)),
    Column("closed_by_person", BigId),
    UniqueConstraint("instance_id", "token"),
    Index(
        "ix_work_items_desk",
        "owner",
        "sort_at",
        "id",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index(
        "ix_work_items_rule",
        "escalation_at",
        "id",
        sqlite_where=text("closed_at IS NULL AND escalation_at IS NOT NULL"),
        postgresql_where=text("closed_at IS NULL AND escalation_at IS NOT NULL"),
    ),
    Index(
        "ix_work_items_due",
        "due_at",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("ix_work_items_key", "key"),
    Index(
        "ix_work_items_done",
        "closed_by_person",
        "id",
        sqlite_where=text("outcome = 'completed'"),
        postgresql_where=text("outcome = 'completed'"),
    ),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("instance_id", BigId, ForeignKey("instances.id"), primary_key=True),
    Column("kind", String(10), primary_key=True, comment="message or signal"),
    Column("name", String(200), primary_key=True),
    Column("key", String(200), nullable=False),
    Index("ix_subscriptions_name", "kind", "name", "key"),
)

candidates = Table(
    "work_item_candidates",
    metadata,
    Column("work_item_id", BigId, ForeignKey("work_items.id", ondelete="CASCADE"), primary_key=True),
    Column("owner", String(200), primary_key=True, index=True, comment="one of several who may take it"),
)

timers = Table(
    "timers",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("instance_id", BigId, ForeignKey("instances.id"), nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("element", String(200), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column(
        "armed_at",
        Instant,
        comment="when the clock was started; NULL: it was restored by a recall, which does not know",
    ),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Instant, nullable=False, comment="due_at, or later after a failed attempt"),
    UniqueConstraint("instance_id", "token"),
    Index("ix_timers_retry_at", "retry_at", "id"),
)

start_timers = Table(
    "start_timers",
    metadata,
    Column("id", BigId, primary_key=True, comment="one timer start event of one version"),
    Column("definition_id", BigId, ForeignKey("definitions.id"), nullable=False),
    Column("process", String(200), nullable=False),
    Column("element", String(200), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("cycle", Text, comment="the repetition as it was written; NULL: it starts once"),
    Column("left", Integer, comment="rounds left with the next one; NULL: without end"),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Instant, comment="due_at, or later after a failed attempt; NULL: nothing is left"),
    UniqueConstraint("definition_id", "process", "element"),
    Index("ix_start_timers_retry_at", "retry_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("kind", String(10), nullable=False, comment="message or signal"),
    Column("name", String(200), nullable=False),
    Column("key", String(200)),
    Column("payload", JSON, nullable=False),
    Column("sender", BigId, comment="the instance that threw it"),
    Column("target", BigId, comment="the one instance it goes to, when that is known"),
    Column("starts", String(200), comment="the one process that a signal starts"),
    Column("sent_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("retry_at", Instant, nullable=False),
    Column(
        "expires_at",
        Instant,
        nullable=False,
        comment="nobody waited for it until then: dropped, with history",
    ),
    Index("ix_messages_retry_at", "retry_at", "id"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("instance_id", BigId, ForeignKey("instances.id"), index=True, comment="NULL: no instance exists"),
    Column("subject", String(300), nullable=False, comment="instance:ID, process:NAME, message:NAME …"),
    Column("element", String(200)),
    Column("name", String(300)),
    Column(
        "doing", String(20), nullable=False, comment="what was worked on: timer, message, start, completion …"
    ),
    Column("words_zh", Text, nullable=False),
    Column("words_en", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("happened_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("resolved_by", String(200)),
)

scheduler_progress = Table(
    "scheduler_progress",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("worked_until", Instant, nullable=False, comment="what fell due until then was worked on"),
)

command_receipts = Table(
    "command_receipts",
    metadata,
    Column("key", String(200), primary_key=True, comment="the form's idempotency key"),
    Column("person", BigId),
    Column("answer", JSON, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

history = Table(
    "history",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("person", BigId),
    Column("on_behalf_of", BigId),
    Column("action", String(60), nullable=False),
    Column("key", String(200), nullable=False, comment="the object it is about"),
    Column("instance_id", BigId),
    Column("element", String(200)),
    Column("detail", Text, nullable=False, comment="canonical JSON text: before, after, values"),
    Index("ix_history_key", "key", "id"),
    Index("ix_history_instance", "instance_id", "id"),
)

moves = Table(
    "instance_migrations",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("instance_id", BigId, ForeignKey("instances.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False, comment="migrated, sent_back or jumped"),
    Column("batch", String(60), index=True, comment="what was moved together"),
    Column("from_id", BigId, ForeignKey("definitions.id"), nullable=False),
    Column("to_id", BigId, ForeignKey("definitions.id"), nullable=False),
    Column("places", JSON, nullable=False, comment="element to element"),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(200), nullable=False),
    Column("before", LargeBinary, nullable=False, comment="the rows of before, for taking it back"),
    Column(
        "version_after", Integer, nullable=False, comment="the instance has not moved on while it has this"
    ),
    Column("undone_at", Instant),
    Column("undone_by", String(200)),
)

drafts = Table(
    "drafts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("title", String(200), nullable=False),
    _scope(),
    Column("base_id", BigId, ForeignKey("definitions.id"), nullable=False, comment="the version it changes"),
    Column("files", JSON, nullable=False, comment="file name to text; null where a file is taken out"),
    Column("revision", Integer, nullable=False, comment="counts the savings"),
    Column("accepted", JSON, nullable=False, comment="warnings that somebody accepted, with the reason"),
    Column("begun_at", Instant, nullable=False),
    Column("begun_by", String(200), nullable=False),
    Column("saved_at", Instant, nullable=False),
    Column("ended_at", Instant, comment="published or given up"),
    Column("definition_id", BigId, ForeignKey("definitions.id"), comment="the version that came of it"),
    Column(
        "follows",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="what comes of it is that its scope has no version of its own any more",
    ),
)

draft_editors = Table(
    "draft_editors",
    metadata,
    Column("draft_id", BigId, ForeignKey("drafts.id"), primary_key=True),
    Column("person", BigId, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("seen_at", Instant, nullable=False, comment="when they last had it open"),
    Column("saved_at", Instant, comment="when they last changed it"),
)

draft_reviews = Table(
    "draft_reviews",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("draft_id", BigId, ForeignKey("drafts.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False, comment="what was read; a later saving needs another review"),
    Column("note", Text, nullable=False, comment="what changes, and why"),
    Column("asked_at", Instant, nullable=False),
    Column("asked_by", String(200), nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(200)),
    Column("approved", Boolean),
    Column("words", Text, nullable=False, default=""),
)

seals = Table(
    "audit_seals",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("first_id", BigId, nullable=False),
    Column("last_id", BigId, nullable=False),
    Column("rows", LargeBinary, nullable=False, comment="ids and hashes of the sealed rows"),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("sealed_at", Instant, nullable=False),
)
