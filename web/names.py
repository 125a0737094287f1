"""Names of steps in the reader's language: a diagram says the Chinese one and may add ``name_en``."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.engine import Engine, WorkItem
from engine.errors import NotFound
from web.i18n import spoken


def step_name(
    engine: Engine, session: Session, definition: int, process: str, element: str, written: str
) -> str:
    """The name of an element of a published version."""
    if spoken() == "zh":
        return written
    try:
        step = engine.definitions.version(session, definition).elements.get((process, element))
    except (NotFound, KeyError):
        return written
    return step.particulars.properties.get("name_en", written) if step is not None else written


def item_name(item: WorkItem) -> str:
    """The name of a work item."""
    return item.name if spoken() == "zh" else item.properties.get("name_en", item.name)


def item_ask(item: WorkItem) -> str:
    """What is asked: the diagram's documentation, else the name of the step."""
    if spoken() == "zh":
        return item.documentation or item.name
    return (
        item.properties.get("documentation_en")
        or item.properties.get("name_en")
        or item.documentation
        or item.name
    )
