"""Where definitions are in force: in their owner's area and below; the installation's (those that ship) everywhere.

A scope (适用范围) is the code of an area, or empty for the installation. The nearest one upwards wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from sqlalchemy.orm import Session

from engine.host import Values
from rectification.places.areas import LEVELS, Area, areas_above, areas_above_each

INSTALLATION: Final = ""


def scopes_above(session: Session, scope: str) -> Sequence[str]:
    """The scopes that are in force in one, the nearest first, the installation's last."""
    return (*areas_above(session, scope), INSTALLATION) if scope else (INSTALLATION,)


def begins_with(session: Session, scope: str, others: Collection[str]) -> Values:
    """What an instance knows that the clock starts for a scope: its area by level, and the areas that start their own."""
    apart = [other for other in others if other and scope in scopes_above(session, other)]
    values: Values = {"areas_apart": sorted(apart)}
    area = session.get(Area, scope) if scope else None
    if area is not None:
        values |= dict(zip(LEVELS, area.path.strip("/").split("/"), strict=False))
    return values


class Owner:
    """Whoever answers for some areas: what is owned there or below is theirs."""

    def __init__(self, session: Session, areas: Iterable[str]) -> None:
        self._session = session
        self.areas = tuple(dict.fromkeys(areas))
        self._above: dict[str, Sequence[str]] = {}

    def _scopes_above(self, scope: str) -> Sequence[str]:
        if scope not in self._above:
            areas_above_each(self._session, (area for area in (scope, *self.areas) if area))
            self._above[scope] = scopes_above(self._session, scope)
        return self._above[scope]

    def owns(self, scope: str) -> bool:
        """Whether a scope lies in one of their areas."""
        return any(area in self.areas for area in self._scopes_above(scope))

    def goes_by(self, scope: str) -> bool:
        """Whether what is in force in a scope concerns them: it holds in one of their areas, or they own it."""
        return any(scope in self._scopes_above(area) for area in self.areas) or self.owns(scope)

    def places_in(self, scope: str) -> list[str]:
        """What they own of a scope: their areas inside it; the whole of it where it lies in one of theirs."""
        if self.owns(scope):
            return [scope]
        return [area for area in self.areas if scope in self._scopes_above(area)]
