"""What handlers add to the history beyond the engine's own row of the step."""

from __future__ import annotations

from engine.audit.history import record
from engine.host import Step


def record_event(step: Step, action: str, key: str, **detail: object) -> None:
    """Append one row about ``key``, with the step that caused it."""
    record(
        step.session,
        step.actor,
        step.now,
        action,
        key,
        instance=step.instance,
        element=step.element,
        **detail,
    )
