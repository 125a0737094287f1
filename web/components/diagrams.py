"""Where a thing's instances stand on their diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.worklist.selectables import instances
from rectification.tickets.consulting import QUESTION
from web.names import step_name


@dataclass(frozen=True, slots=True)
class DiagramView:
    """One process of one instance with the ids and names of the live elements."""

    instance: int
    process: str
    tokens: Sequence[str]
    steps: Sequence[str]


def diagrams_of(engine: Engine, session: Session, key: str, main: int | None) -> list[DiagramView]:
    """The diagrams of the main instance of a key and of those that are alive beside it, questions to others aside."""
    query = select(instances.c.id, instances.c.process, instances.c.definition_id).where(
        instances.c.key == key,
        instances.c.process != QUESTION,
        or_(instances.c.id == main, instances.c.ended_at.is_(None)),
    )
    rows = session.execute(query.order_by(instances.c.id != main, instances.c.id)).all()
    tokens = engine.tokens_of(session, [row.id for row in rows]) if rows else {}
    return [view for row in rows for view in _drawn(engine, session, row, tokens[row.id])]


def _drawn(
    engine: Engine, session: Session, row: Row[Any, Any, Any], tokens: Sequence[tuple[str, str]]
) -> list[DiagramView]:
    """The diagram of an instance; called processes that are alive come first."""
    live: dict[str, list[str]] = {row.process: []}
    for process, element in tokens:
        live.setdefault(process, []).append(element)
    elements = engine.definitions.version(session, row.definition_id).elements
    result = []
    for process, ids in reversed(live.items()):
        named = [(number, elements.get((process, number))) for number in ids]
        steps = [
            step_name(engine, session, row.definition_id, process, name, str(e.bpmn_name))
            for name, e in named
            if e is not None and e.bpmn_name
        ]
        result.append(DiagramView(row.id, process, ids, list(dict.fromkeys(steps))))
    return result
