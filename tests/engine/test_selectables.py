"""What others may read of the engine's tables: the database looks through it, and nothing can be written to it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Subquery, delete, insert, select, text, update
from sqlalchemy.exc import ArgumentError

from engine.database import Database
from engine.schema import scheduler_progress
from engine.worklist import selectables

OFFERED: dict[str, Any] = {
    name: value for name, value in vars(selectables).items() if isinstance(value, Subquery)
}


@pytest.mark.parametrize("name", OFFERED)
def test_nothing_can_be_written_to_it(name: str) -> None:
    for statement in (insert, update, delete):
        with pytest.raises(ArgumentError):
            statement(OFFERED[name])


def test_the_database_looks_through_it(database: Database) -> None:
    """A selection that the database had to make first would cost every statement that joins it the whole table."""
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.reading() as session:
        for name, offered in OFFERED.items():
            number = next(iter(offered.c))
            query = select(number).outerjoin_from(
                scheduler_progress, offered, number == scheduler_progress.c.id
            )
            plan = " ".join(str(row) for row in session.execute(text(f"{explain} {query}")))
            assert not any(word in plan for word in ("MATERIALIZE", "CO-ROUTINE", "Subquery Scan")), (
                name,
                plan,
            )
