"""What the properties of an element say beyond its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.expressions import Expression
from engine.forms.form import Form


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the Camunda properties of an element say; expressions are compiled."""

    properties: Mapping[str, str] = field(default_factory=dict)
    documentation: str = ""
    assignee: Expression | None = None
    candidate_users: Expression | None = None
    candidate_groups: Expression | None = None
    due_date: Expression | None = None
    follow_up_date: Expression | None = None
    priority: Expression | None = None
    form: Form = field(default_factory=lambda: Form(()))
    topic: str | None = None
    decision: str | None = None
    result_variable: str | None = None
    map_result: str | None = None

    @property
    def status(self) -> str | None:
        """The status that the element gives its instance."""
        return self.properties.get("status")
