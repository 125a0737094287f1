"""What the installation around the engine knows, as far as the rules about business need it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Needs:
    """What a topic or a guard needs of a diagram: variables, and fields in the form of its own task."""

    variables: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()
    """The variables that there are once it has worked."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Given to :func:`engine.checks.check` by whoever knows the installation; None of a part: nothing is said about it.

    ``variables`` are the names that instances start with or get from service tasks and messages.
    """

    roles: frozenset[str] | None = None
    escalations: frozenset[str] | None = None
    milestones: Mapping[str, dt.datetime] = field(default_factory=dict)
    topics: frozenset[str] | None = None
    guards: frozenset[str] | None = None
    functions: frozenset[str] | None = None
    variables: frozenset[str] | None = None
    topic_needs: Mapping[str, Needs] = field(default_factory=dict)
    guard_needs: Mapping[str, Needs] = field(default_factory=dict)
    messages_bring: frozenset[str] = frozenset()
    """The variables that messages sent by handlers bring along."""
    begins_with: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The variables with which a process begins, by its id; under the empty id those of any other."""
