"""A .dmn file: whatever the reader of decision tables cannot read."""

from __future__ import annotations

from collections.abc import Iterator

from engine.checks.finding import Finding
from engine.decisions import read_decisions


def tables(data: bytes) -> Iterator[Finding]:
    """The faults of a decision table file, by element."""
    _, problems = read_decisions(data)
    for problem in problems:
        yield Finding("error", "decision-table", problem.element or "", problem.name or "", problem.words)
