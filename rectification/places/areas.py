"""Areas: city, county, town and village, a tree in which everything has its place."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final, NamedTuple

from sqlalchemy import ForeignKey, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import rows_of
from engine.errors import NotFound
from engine.sql_arrays import in_list, objects_by_key
from engine.text import LocalizedText
from rectification.core.model import Code, Model, Name

LEVELS = ("city", "county", "town", "village")
"""From the highest to the lowest."""

LEVEL_WORDS: Final = {
    "city": LocalizedText("市", "city"),
    "county": LocalizedText("县区", "county"),
    "town": LocalizedText("乡镇", "town"),
    "village": LocalizedText("村", "village"),
}


class Area(Model):
    """A part of the country; ``path`` lists the codes from the top, each with a slash behind it."""

    __tablename__ = "areas"

    code: Mapped[Code] = mapped_column(primary_key=True)
    name: Mapped[Name]
    level: Mapped[str] = mapped_column(String(10))
    parent_code: Mapped[Code | None] = mapped_column(ForeignKey("areas.code"), index=True)
    path: Mapped[str] = mapped_column(String(100), index=True)

    def above(self, level: str) -> str:
        """The code of the area of a higher (or the same) level that this one lies in."""
        codes = self.path.strip("/").split("/")
        number = LEVELS.index(level)
        if number >= len(codes):
            raise NotFound(LocalizedText("该区划没有这一级上级。", "The area lies in no area of that level."))
        return codes[number]


class Place(NamedTuple):
    """The areas in which something lies; what lies in no town or village has the area above it there."""

    village: str
    town: str
    county: str
    city: str


@lru_cache(maxsize=10_000)
def get_place(path: str) -> Place:
    """Where the area with this path lies; the domain's paths begin with the city."""
    codes = path.strip("/").split("/")
    city, county, town, village = codes + codes[-1:] * (len(LEVELS) - len(codes))
    return Place(village, town, county, city)


@dataclass(frozen=True, slots=True)
class Division:
    """One line of a list of areas."""

    code: str
    name: str
    level: str
    parent_code: str


def shipped_divisions() -> Iterator[Division]:
    """The areas of one city that come with the product, parents first."""
    text = resources.files("rectification").joinpath("data/areas_fuyang.csv").read_text(encoding="utf-8-sig")
    for line in csv.DictReader(text.splitlines()):
        yield Division(line["code"], line["name"], line["level"], line["parent_code"])


def add_divisions(session: Session, divisions: Sequence[Division]) -> int:
    """Add areas, parents before their parts, and work out their paths; returns how many."""
    paths: dict[str, str] = dict(session.execute(select(Area.code, Area.path)).all())
    rows = []
    for division in divisions:
        paths[division.code] = f"{paths.get(division.parent_code, '')}{division.code}/"
        rows.append(
            {
                "code": division.code,
                "name": division.name,
                "level": division.level,
                "parent_code": division.parent_code or None,
                "path": paths[division.code],
            }
        )
    if rows:
        session.execute(insert(Area), rows)
    return len(rows)


def get_area(session: Session, code: str) -> Area:
    """One area.

    Raises:
        NotFound: there is none with this code.
    """
    area = session.get(Area, code)
    if area is None:
        raise NotFound(LocalizedText(f"没有区划“{code}”。", f"There is no area “{code}”."))
    return area


def areas_of(session: Session, codes: Iterable[str]) -> dict[str, Area]:
    """Those of these areas that there are, by code."""
    return objects_by_key(session, Area, Area.code, codes)


_PATHS: Final = select(Area.code, Area.path).where(in_list(Area.code, "codes"))


def areas_above(session: Session, code: str) -> Sequence[str]:
    """An area and those in which it lies, the nearest first; one that nobody knows lies in none.

    Read once in a transaction: the start of a process asks several times.
    """
    return areas_above_each(session, [code])[code]


def areas_above_each(session: Session, codes: Iterable[str]) -> dict[str, Sequence[str]]:
    """The same of each of several areas, in one statement."""
    known: dict[str, Sequence[str]] = session.info.setdefault("areas_above", {})
    unique_codes = list(dict.fromkeys(codes))
    if missing := [code for code in unique_codes if code not in known]:
        rows = rows_of(session, _PATHS, {"codes": missing})
        known |= {code: path.strip("/").split("/")[::-1] for code, path in rows}
    return {code: known.get(code, (code,)) for code in unique_codes}


def inside(session: Session, code: str, level: str) -> list[Area]:
    """Every area of a level inside (or equal to) an area, by code."""
    path = get_area(session, code).path
    query = select(Area).where(Area.path.startswith(path, autoescape=True), Area.level == level)
    return list(session.scalars(query.order_by(Area.code)))


def area_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """What areas are called."""
    return {code: area.name for code, area in areas_of(session, codes).items()}


def full_name(session: Session, code: str, below: str = "") -> str:
    """The names from the top down to an area, without those down to ``below``."""
    codes = get_area(session, code).path.strip("/").split("/")
    if below in codes:
        codes = codes[codes.index(below) + 1 :]
    names = area_names(session, codes)
    return "".join(names[code] for code in codes)


def full_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """The names from the top down to each of these areas."""
    above = areas_above_each(session, codes)
    names = area_names(session, (code for entries in above.values() for code in entries))
    return {code: "".join(names[code] for code in reversed(entries)) for code, entries in above.items()}
