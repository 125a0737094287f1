"""What other packages may read of the engine's tables, and join with their own in one statement.

Each is a selection of declared columns that the database looks through as if it were the table (its indexes serve as
well), but to which nothing can be written: an UPDATE, INSERT or DELETE of it fails when it is built.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement, Subquery, Table, select

from engine import schema

_TASK: Final = (
    "id", "instance_id", "definition_id", "process", "key", "element", "name", "owner", "offered_to", "due_at", "sort_at",
    "escalation", "escalation_step", "escalation_at", "work_scope", "created_at",
)  # fmt: skip
_INSTANCE: Final = ("id", "definition_id", "process", "key", "status", "version", "started_at")
_INCIDENT: Final = (
    "id", "instance_id", "subject", "element", "name", "doing", "words_zh", "words_en", "detail", "happened_at",
)  # fmt: skip


def _columns(table: Table, name: str, *columns: str, where: ColumnElement[bool] | None = None) -> Subquery:
    query = select(*(table.c[column] for column in columns))
    return (query if where is None else query.where(where)).subquery(name)


work_items: Final = _columns(
    schema.work_items, "work_items", *_TASK, "closed_at", "outcome", "closed_by", "closed_by_person"
)
"""All work that diagrams ever offered (工作项), also what is done or cancelled."""

open_work: Final = _columns(
    schema.work_items, "open_work", *_TASK, where=schema.work_items.c.closed_at.is_(None)
)
"""The work that waits to be done (待办)."""

candidates: Final = _columns(schema.candidates, "candidates", "work_item_id", "owner")
"""The several desks to which work with the owner ``many`` was offered."""

instances: Final = _columns(schema.instances, "instances", *_INSTANCE, "ended_at", "incident")
"""All process instances (流程实例), also those that have ended."""

running_instances: Final = _columns(
    schema.instances, "running_instances", *_INSTANCE, where=schema.instances.c.ended_at.is_(None)
)
"""The process instances that have not ended."""

subscriptions: Final = _columns(schema.subscriptions, "subscriptions", "instance_id", "kind", "name", "key")
"""The messages and signals for which instances wait."""

timers: Final = _columns(schema.timers, "timers", "id", "instance_id", "element", "due_at", "attempts")
"""The timers that are set in running instances."""

moves: Final = _columns(
    schema.moves, "moves", "id", "instance_id", "kind", "batch", "from_id", "to_id", "places", "reason", "at", "by",
    "version_after", "undone_at", "undone_by",
)  # fmt: skip
"""What was moved to another version or step, and by whom (迁移、退回)."""

definitions: Final = _columns(
    schema.definitions, "definitions", "id", "scope", "hash", "number", "published_at", "published_by", "note", "files"
)  # fmt: skip
"""Published versions (流程版本), each with its files."""

processes: Final = _columns(
    schema.processes, "processes", "definition_id", "process", "name", "file", "current", "scope"
)
"""The processes of every version; ``current``: new instances in the scope start on it."""

incidents: Final = _columns(schema.incidents, "incidents", *_INCIDENT, "resolved_at", "resolved_by")
"""What has ever failed (异常)."""

open_incidents: Final = _columns(
    schema.incidents, "open_incidents", *_INCIDENT, where=schema.incidents.c.resolved_at.is_(None)
)
"""What failed and is not put right yet."""

history: Final = _columns(
    schema.history, "history", "id", "at", "actor", "person", "on_behalf_of", "action", "key", "instance_id", "element",
    "detail",
)  # fmt: skip
"""The append-only history (办理记录)."""

seals: Final = _columns(
    schema.seals, "seals", "id", "first_id", "last_id", "rows", "previous", "hash", "sealed_at"
)
"""The seals of the audit chain (审计链)."""
