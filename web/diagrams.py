"""Where a thing's instances stand on their diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Engine
from engine.schema import instances
from web.names import step_name


@dataclass(frozen=True, slots=True)
class DiagramView:
    """One process of one instance with the ids and names of the live elements."""

    instance: int
    process: str
    tokens: Sequence[str]
    steps: Sequence[str]


def newest_instance(session: Session, key: str) -> int | None:
    """The instance that was started last about a key."""
    wanted = select(instances.c.id).where(instances.c.key == key).order_by(instances.c.id.desc()).limit(1)
    return session.execute(wanted).scalar_one_or_none()


def diagrams_of(engine: Engine, session: Session, key: str) -> list[DiagramView]:
    """The diagram of the newest instance about a key; called processes that are alive come first."""
    wanted = select(instances.c.id, instances.c.process, instances.c.definition_id).where(
        instances.c.key == key
    )
    row = session.execute(wanted.order_by(instances.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return []
    live: dict[str, list[str]] = {row.process: []}
    for process, element in engine.tokens(session, row.id):
        live.setdefault(process, []).append(element)
    elements = engine.definitions.version(session, row.definition_id).elements
    found = []
    for process, ids in reversed(live.items()):
        named = [(one, elements.get((process, one))) for one in ids]
        steps = [
            step_name(engine, session, row.definition_id, process, one, str(e.bpmn_name))
            for one, e in named
            if e is not None and e.bpmn_name
        ]
        found.append(DiagramView(row.id, process, ids, list(dict.fromkeys(steps))))
    return found
