"""Rows as the code reads them have the columns of their tables, and their types."""

from __future__ import annotations

import datetime as dt
import typing
from typing import NamedTuple

import pytest
from sqlalchemy import JSON, Table

from engine import rows, schema
from engine.database import Instant


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (schema.instances, rows.InstanceRow),
        (schema.work_items, rows.WorkItemRow),
        (schema.timers, rows.TimerRow),
        (schema.start_timers, rows.StartTimerRow),
        (schema.messages, rows.MessageRow),
        (schema.history, rows.HistoryRow),
        (schema.moves, rows.MoveRow),
        (schema.drafts, rows.DraftRow),
        (schema.draft_reviews, rows.ReviewRow),
        (schema.seals, rows.SealRow),
    ],
    ids=str,
)
def test_a_row_has_the_columns_of_its_table(table: Table, kind: type[NamedTuple]) -> None:
    assert list(kind._fields) == table.c.keys()
    for name, annotated in typing.get_type_hints(kind).items():
        column = table.c[name]
        nullable = type(None) in typing.get_args(annotated)
        assert nullable == bool(column.nullable), name
        if not isinstance(column.type, JSON):
            python = dt.datetime if isinstance(column.type, Instant) else column.type.python_type
            assert python in (annotated, *typing.get_args(annotated)), name


def test_the_columns_of_an_instance_that_moves() -> None:
    assert [column.name for column in schema.INSTANCE] == list(rows.MovingInstance._fields)
