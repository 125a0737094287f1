"""One thing that the checks found in a diagram or a decision table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.text import LocalizedText

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what to do about it. An error keeps the file from being published."""

    severity: Severity
    rule: str
    element: str
    name: str
    words: LocalizedText
