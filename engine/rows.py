"""Rows of the engine's tables as those who read whole rows get them: the columns of each, in order, with their types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import Executable
from sqlalchemy.orm import Session

from engine.json import JsonObject

Record = TypeVar("Record")


def get_rows(
    session: Session,
    query: Executable,
    kind: Callable[..., Record],
    values: Mapping[str, object] | None = None,
) -> list[Record]:
    """The rows of a query, each made into a ``kind`` of its columns in their order."""
    return [kind(*row) for row in session.execute(query, values)]


def get_row(
    session: Session,
    query: Executable,
    kind: Callable[..., Record],
    values: Mapping[str, object] | None = None,
) -> Record | None:
    """The first row of a query, made into a ``kind``; None when there is none."""
    row = session.execute(query, values).first()
    return None if row is None else kind(*row)


class StoredInstance(Protocol):
    """What opening an instance needs to know of its row."""

    @property
    def id(self) -> int: ...
    @property
    def definition_id(self) -> int: ...
    @property
    def process(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def state(self) -> bytes | None: ...
    @property
    def status(self) -> str | None: ...


class MovingInstance(NamedTuple):
    """The columns ``INSTANCE``: what is read of an instance that moves."""

    id: int
    definition_id: int
    process: str
    key: str
    state: bytes | None
    status: str | None


class InstanceRow(NamedTuple):
    """A row of ``instances``."""

    id: int
    definition_id: int
    process: str
    key: str
    status: str | None
    state: bytes | None
    version: int
    previous: bytes | None
    previous_version: int | None
    started_at: dt.datetime
    ended_at: dt.datetime | None
    incident: bool


class WorkItemRow(NamedTuple):
    """A row of ``work_items``."""

    id: int
    instance_id: int
    token: int
    definition_id: int
    process: str
    key: str
    element: str
    name: str
    owner: str
    offered_to: str
    due_at: dt.datetime | None
    sort_at: dt.datetime
    follow_up_at: dt.datetime | None
    priority: int
    escalation: str | None
    escalation_step: int
    escalation_at: dt.datetime | None
    work_scope: str | None
    created_at: dt.datetime
    closed_at: dt.datetime | None
    outcome: str | None
    closed_by: str | None
    closed_by_person: int | None


class TimerRow(NamedTuple):
    """A row of ``timers``."""

    id: int
    instance_id: int
    token: int
    element: str
    due_at: dt.datetime
    armed_at: dt.datetime | None
    attempts: int
    retry_at: dt.datetime


class StartTimerRow(NamedTuple):
    """A row of ``start_timers``."""

    id: int
    definition_id: int
    process: str
    element: str
    due_at: dt.datetime
    cycle: str | None
    left: int | None
    attempts: int
    retry_at: dt.datetime | None


class MessageRow(NamedTuple):
    """A row of ``messages``."""

    id: int
    kind: str
    name: str
    key: str | None
    payload: JsonObject
    sender: int | None
    target: int | None
    starts: str | None
    sent_at: dt.datetime
    attempts: int
    retry_at: dt.datetime
    expires_at: dt.datetime


class HistoryRow(NamedTuple):
    """A row of ``history``."""

    id: int
    at: dt.datetime
    actor: str
    person: int | None
    on_behalf_of: int | None
    action: str
    key: str
    instance_id: int | None
    element: str | None
    detail: str


class MoveRow(NamedTuple):
    """A row of ``instance_migrations``."""

    id: int
    instance_id: int
    kind: str
    batch: str | None
    from_id: int
    to_id: int
    places: JsonObject
    reason: str
    at: dt.datetime
    by: str
    before: bytes
    version_after: int
    undone_at: dt.datetime | None
    undone_by: str | None


class DraftRow(NamedTuple):
    """A row of ``drafts``."""

    id: int
    title: str
    scope: str
    base_id: int
    files: Mapping[str, str | None]
    revision: int
    accepted: list[dict[str, str]]
    begun_at: dt.datetime
    begun_by: str
    saved_at: dt.datetime
    ended_at: dt.datetime | None
    definition_id: int | None
    follows: bool


class ReviewRow(NamedTuple):
    """A row of ``draft_reviews``."""

    id: int
    draft_id: int
    revision: int
    note: str
    asked_at: dt.datetime
    asked_by: str
    decided_at: dt.datetime | None
    decided_by: str | None
    approved: bool | None
    words: str


class SealRow(NamedTuple):
    """A row of ``audit_seals``."""

    id: int
    first_id: int
    last_id: int
    rows: bytes
    previous: str
    hash: str
    sealed_at: dt.datetime
