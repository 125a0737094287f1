"""A copy of what runs, in a database of its own, for looking at what would come of something."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, Table, insert, select
from sqlalchemy.orm import Session

from engine.database import metadata
from engine.schema import instances, work_items


def copy_running(
    source: Session, target: Session, numbers: Collection[int], left_out: Collection[str]
) -> None:
    """Fill an empty database with the rows of every table of the installation, of instances those with these ids.

    ``left_out`` names tables that stay empty.
    """
    for table in metadata.sorted_tables:
        if table.name not in left_out:
            for rows in source.execute(_rows(table, numbers)).partitions(1_000):
                target.execute(insert(table), [dict(row._mapping) for row in rows])


def _rows(table: Table, numbers: Collection[int]) -> Select[Any]:
    query = select(table)
    if table is instances:
        return query.where(table.c.id.in_(numbers))
    if table.name in ("timers", "subscriptions", "work_items"):
        return query.where(table.c.instance_id.in_(numbers))
    if table.name == "work_item_candidates":
        theirs = select(work_items.c.id).where(work_items.c.instance_id.in_(numbers))
        return query.where(table.c.work_item_id.in_(theirs))
    return query
