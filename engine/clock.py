"""The only source of time in the installation.

Times are aware and in UTC; a campaign's zone is applied where they are shown or where a
day's end is computed. A demo or a test puts a clock in place that can be pushed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

UTC = dt.UTC


class Clock(Protocol):
    """Whoever knows what time it is."""

    def now(self) -> dt.datetime:
        """The present instant, aware, in UTC."""
        ...


_as_of: ContextVar[tuple[dt.datetime, dt.datetime] | None] = ContextVar("as_of", default=None)
"""While what was missed is made up for: the instant at which it fell due, and the present one."""


@contextmanager
def as_of(at: dt.datetime, present: dt.datetime) -> Iterator[None]:
    """Let a :class:`WorkClock` say ``at`` in here, so that what was missed is done as if it were on time."""
    token = _as_of.set((at, present))
    try:
        yield
    finally:
        _as_of.reset(token)


def written_at(now: dt.datetime) -> dt.datetime:
    """When something is really written down or said, for ``now`` of a work clock: the present instant."""
    instants = _as_of.get()
    return now if instants is None else max(now, instants[1])


def is_made_up_for() -> bool:
    """Whether what happens now should have happened earlier, and is made up for."""
    return _as_of.get() is not None


class WorkClock:
    """A clock for whatever falls due: the present, or the instant as of which missed work is done."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self) -> dt.datetime:
        instants = _as_of.get()
        return self._clock.now() if instants is None else instants[0]


class SystemClock:
    """The machine's own clock."""

    def now(self) -> dt.datetime:
        return dt.datetime.now(UTC)


class PushedClock:
    """A clock that stands still until it is pushed: for rehearsals, demos and tests."""

    def __init__(self, at: dt.datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> dt.datetime:
        return self._at

    def push_to(self, at: dt.datetime) -> None:
        """Move forward to ``at``; a clock never goes back."""
        self._at = max(self._at, at.astimezone(UTC))

    def push_by(self, delta: dt.timedelta) -> None:
        """Move forward by ``delta``."""
        self.push_to(self._at + delta)
