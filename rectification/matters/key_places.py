"""What business keys name (``ticket:17``, ``village:…``): its campaign, where it lies, what work about it begins with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.json import JsonObject
from engine.sql_arrays import in_list
from rectification.core.keys import parse_id, split_key
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import Ticket
from rectification.places.areas import Area, get_place
from rectification.places.units import Unit
from rectification.work_streams.model import WorkStream

_KINDS: Final[dict[str, Any]] = {
    "ticket": select(
        Ticket.id.label("ticket"), Area.path, Ticket.campaign_id.label("campaign"), Ticket.household_id.label("household"),
        Ticket.village, Ticket.town, Ticket.county,
    ).join(Area, Area.code == Ticket.village),
    "household": select(
        Household.id.label("household"), Area.path, Household.campaign_id.label("campaign"),
        Household.village, Household.town, Household.county,
    ).join(Area, Area.code == Household.village),
    "case": select(
        Case.id.label("case"), Area.path, WorkStream.campaign_id.label("campaign"), WorkStream.code.label("work"),
        Case.household_id.label("household"), Case.village, Case.town, Case.county,
    ).join(Area, Area.code == Case.village).join(WorkStream, WorkStream.id == Case.work_stream_id),
    "result": select(
        HouseholdResult.id.label("result"), Area.path, HouseholdResult.campaign_id.label("campaign"),
        HouseholdResult.household_id.label("household"), HouseholdResult.village, HouseholdResult.town, HouseholdResult.county,
    ).join(Area, Area.code == HouseholdResult.village),
    "unit": select(Unit.id.label("unit"), Area.path).join(Area, Area.code == Unit.area_code),
    "village": select(Area.code.label("village"), Area.path).where(Area.level == "village"),
}  # fmt: skip
"""By kind of business key; the first column is what stands behind its colon."""
KINDS: Final = frozenset(_KINDS)


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where something lies, and the variables that work about it begins with."""

    path: str
    variables: JsonObject

    @property
    def campaign(self) -> int | None:
        """Its campaign; None: a village and a unit are in several."""
        number = self.variables.get("campaign")
        return number if isinstance(number, int) else None

    @property
    def areas(self) -> list[str]:
        """The codes of the areas in which it lies, from the highest."""
        return self.path.strip("/").split("/")


def place_of_key(session: Session, key: str) -> KeyPlace | None:
    """What one business key names; None where it names nothing."""
    return places_of_keys(session, [key]).get(key)


def places_of_keys(session: Session, keys: Iterable[str]) -> dict[str, KeyPlace]:
    """What business keys name, one statement for each kind; those that name nothing are left out."""
    result: dict[str, KeyPlace] = {}
    for kind, names in named_in(keys).items():
        columns = _KINDS[kind]
        about = columns.selected_columns[0]
        for row in session.execute(columns.where(in_list(about, sorted(names)))).mappings():
            values = {name: value for name, value in row.items() if name != "path"}
            if kind in ("unit", "village"):
                here = get_place(row["path"])
                values |= {"town": here.town, "county": here.county}
            result[f"{kind}:{row[about.key]}"] = KeyPlace(row["path"], values)
    return result


def named_in(keys: Iterable[str]) -> dict[str, set[Any]]:
    """What stands in business keys, by kind; what cannot be a key is left out."""
    places: dict[str, set[Any]] = defaultdict(set)
    for key in keys:
        kind, name = split_key(key)
        number = parse_id(name)
        if kind == "village" and name.isascii() and len(name) <= 20:
            places[kind].add(name)
        elif kind in KINDS and number is not None:
            places[kind].add(number)
    return places
