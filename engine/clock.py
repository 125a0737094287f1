"""The only source of time in the house.

Times are aware and in UTC; a campaign's zone is applied where they are shown or where a
day's end is computed. A demo or a test puts a clock in place that can be pushed.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

UTC = dt.UTC


class Clock(Protocol):
    """Whoever knows what time it is."""

    def now(self) -> dt.datetime:
        """The present instant, aware, in UTC."""
        ...


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
