"""To which campaign work belongs, and to which area: by their rules and calendar its dates are reckoned.

The engine keeps it with each piece of open work as this room writes it (``3@341226100201``), so that sweeps need
not look it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from engine.json import as_int
from engine.worklist.selectables import work_items
from rectification.campaigns.model import Campaign, floor

_PLACES: Final = ("village", "town", "county", "city")


def area_of(variables: Mapping[str, object]) -> str | None:
    """The narrowest area that variables name."""
    return next((str(variables[place]) for place in _PLACES if variables.get(place)), None)


def written(variables: Mapping[str, object]) -> str | None:
    """Campaign and area as work keeps them; None where no campaign is named."""
    number = variables.get("campaign")
    return f"{as_int(number)}@{area_of(variables) or ''}" if number else None


def read(work_scope: str | None) -> tuple[int | None, str | None]:
    """Campaign and area out of what work keeps; None: that begun last, and its area."""
    number, _, area = (work_scope or "").partition("@")
    return int(number) if number else None, area or None


def cannot_be_muted(session: Session, colour: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether nobody can mute a colour, in the campaign to which the work item beside it belongs."""
    rows = session.execute(select(Campaign.id, Campaign.settings).order_by(Campaign.id.desc()))
    floors = {row.id: floor(row.settings) for row in rows}
    last = next(iter(floors.values()), floor({}))
    if set(floors.values()) <= {last}:
        return colour.in_(last)
    belongs = work_items.c.work_scope
    known = [belongs.startswith(f"{number}@") & colour.in_(grave) for number, grave in floors.items()]
    return or_(belongs.is_(None) & colour.in_(last), *known)
