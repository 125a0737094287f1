"""What happens after a step: read from the diagram itself, so that it is true for edited diagrams too."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.diagrams.elements import Element
from engine.diagrams.events import EndEvent
from engine.engine import Engine, WorkItem
from rectification.rescheduling.timeline import after
from web.i18n import gettext as _
from web.i18n import spoken
from web.labels import status_words

MOST = 4


def next_steps(engine: Engine, session: Session, item: WorkItem) -> list[str]:
    """Sentences about what may come after a work item."""
    version = engine.definitions.version(session, item.definition)
    here = version.elements.get((item.process, item.element))
    if here is None:
        return []
    names = list(dict.fromkeys(_name(element) for element in after(here)))
    names = [name for name in names if name][:MOST]
    if not names:
        return []
    if len(names) == 1:
        return [_("Then: %(step)s.") % {"step": names[0]}]
    return [_("Then, depending on your answer: %(steps)s.") % {"steps": _("; ").join(names)}]


def _name(element: Element) -> str:
    if isinstance(element, EndEvent) and element.particulars.status:
        return status_words(element.particulars.status)
    written = str(element.bpmn_name or "")
    return written if spoken() == "zh" else str(element.particulars.properties.get("name_en", written))
