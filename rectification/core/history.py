"""One row of the history, written by whatever acts."""

from __future__ import annotations

from engine.audit.history import record
from engine.host import Step
from rectification.core.context import ActionContext


def record_event(context: ActionContext | Step, action: str, key: str, **detail: object) -> None:
    """Append one row about ``key``; a step is kept with what it caused."""
    if isinstance(context, Step):
        detail = {"instance": context.instance, "element": context.element, **detail}
    record(context.session, context.actor, context.now, action, key, **detail)
