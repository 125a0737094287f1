"""What is on a desk: the question that is asked all day.

Each owner's open work stands in one index in the order of the page, so a page reads as many rows as
it shows. The statements are built once for each shape of question.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from engine.database import read_once
from engine.rows import get_rows
from engine.schema import END_OF_TIME, candidates, work_items

Cursor = tuple[dt.datetime, int]
"""When the last row of the page before falls due (undated: the end of time), and its id."""


class OpenDeskWork(NamedTuple):
    """One piece of open work as a desk shows it."""

    id: int
    definition_id: int
    process: str
    key: str
    element: str
    name: str
    owner: str
    due_at: dt.datetime | None
    created_at: dt.datetime
    work_scope: str | None


class CompletedWork(NamedTuple):
    """One step that somebody completed."""

    id: int
    definition_id: int
    process: str
    key: str
    element: str
    name: str
    work_scope: str | None
    closed_at: dt.datetime


def cursor_after(row: OpenDeskWork) -> Cursor:
    """Where the page after this row begins."""
    return row.due_at or END_OF_TIME, row.id


_W = work_items.c
_COLUMNS = (
    _W.id, _W.definition_id, _W.process, _W.key, _W.element, _W.name, _W.owner, _W.due_at, _W.created_at,
    _W.work_scope,
)  # fmt: skip
_COMPLETED = tuple(_W[name] for name in CompletedWork._fields)


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """Which work is wanted of a desk: all of it, but for what is said here."""

    overdue_before: dt.datetime | None = None
    process: str | None = None
    element: str | None = None
    text: str | None = None
    """Part of the step's name, or a business key."""


def desk(
    session: Session,
    owners: Sequence[str],
    wanted: DeskFilter = DeskFilter(),
    *,
    after: Cursor | None = None,
    limit: int = 50,
) -> list[OpenDeskWork]:
    """Open work of these owners, the most urgent first; work without a date comes last."""
    if not owners:
        return []
    text = wanted.text
    filters = {
        "before": wanted.overdue_before,
        "process": wanted.process,
        "element": wanted.element,
        "text": text,
    }
    parameters = {name: value for name, value in filters.items() if value}
    values: dict[str, object] = {**parameters, "most": limit}
    values.update({f"desk{i}": owner for i, owner in enumerate(owners)})
    if "text" in parameters:
        values["text"] = "%" + str(text).replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        values["exact"] = text
    if after is not None:
        values["after_at"], values["after_id"] = after
    statement = _page(len(owners), frozenset(parameters), after is not None)
    return [OpenDeskWork(*row) for row in session.connection().execute(statement, values)]


def completed_by(
    session: Session, person: int, before: int | None = None, limit: int = 50
) -> list[CompletedWork]:
    """The steps that a person completed, the latest first; ``before`` is the id of the last one of the page before."""
    query = select(*_COMPLETED).where(_W.closed_by_person == person, _W.outcome == "completed")
    if before is not None:
        query = query.where(_W.id < before)
    return get_rows(session, query.order_by(_W.id.desc()).limit(limit), CompletedWork)


@lru_cache(maxsize=200)
def _page(owners: int, names: frozenset[str], goes_on: bool) -> Select[Any]:
    conditions: list[ColumnElement[bool]] = [_W.closed_at.is_(None)]
    if "before" in names:
        conditions.append(_W.due_at < bindparam("before"))
    if "process" in names:
        conditions.append(_W.process == bindparam("process"))
    if "element" in names:
        conditions.append(_W.element == bindparam("element"))
    if "text" in names:
        conditions.append(or_(_W.name.like(bindparam("text"), escape="\\"), _W.key == bindparam("exact")))
    if goes_on:
        conditions.append(
            tuple_(_W.sort_at, _W.id)
            > tuple_(bindparam("after_at", type_=_W.sort_at.type), bindparam("after_id"))
        )

    def first(query: Select[Any]) -> Select[Any]:
        inner = (
            query.add_columns(_W.sort_at)
            .where(*conditions)
            .order_by(_W.sort_at, _W.id)
            .limit(bindparam("most"))
        )
        return select(inner.subquery())

    own = [first(select(*_COLUMNS).where(_W.owner == bindparam(f"desk{i}"))) for i in range(owners)]
    shared = select(candidates.c.work_item_id).where(
        candidates.c.owner.in_([bindparam(f"desk{i}") for i in range(owners)])
    )
    everything = union_all(
        *own, first(select(*_COLUMNS).where(_W.id.in_(shared), _W.owner == "many"))
    ).subquery()
    shown = [column for column in everything.c if column.key != "sort_at"]
    return select(*shown).order_by(everything.c.sort_at, everything.c.id).limit(bindparam("most"))


def desk_counts(session: Session, owners: Sequence[str], now: dt.datetime) -> dict[str, int]:
    """How much is open and how much of it is overdue."""
    return read_once(session, ("desk counts", tuple(owners), now), lambda: _desk_counts(session, owners, now))


def _desk_counts(session: Session, owners: Sequence[str], now: dt.datetime) -> dict[str, int]:
    shared = select(candidates.c.work_item_id).where(candidates.c.owner.in_(owners))
    own = select(_W.due_at).where(_W.closed_at.is_(None), _W.owner.in_(owners))
    many = select(_W.due_at).where(_W.closed_at.is_(None), _W.owner == "many", _W.id.in_(shared))
    inner = union_all(own, many).subquery()
    row = session.execute(
        select(func.count(), func.count().filter(inner.c.due_at < now)).select_from(inner)
    ).one()
    return {"open": row[0], "overdue": row[1]}
