"""A demo campaign: real areas of one county, the plan's milestones and catalogue, invented households and people.

The same size always gives the same campaign. No name, number or address is a real person's: identity
numbers have no month and no day.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from engine.database import Database
from engine.engine import Engine
from engine.host import SYSTEM
from rectification.calendar.holidays import add_announced
from rectification.campaigns.catalogue import add_shipped_catalogue
from rectification.campaigns.model import Campaign, Milestone
from rectification.households.model import Household, HouseholdMember
from rectification.matters.case import open_cases
from rectification.matters.timezone import acting_now
from rectification.people.model import Person
from rectification.people.posts import Post
from rectification.people.roles import Role
from rectification.places.areas import Area, add_divisions, inside, shipped_divisions
from rectification.places.units import Unit
from rectification.setup.start_village import begin_village
from rectification.visits.village_forms import begin_departments
from rectification.work_streams.model import WorkStream, get_templates, take_up

BEGINS_AT: Final = dt.datetime(2019, 9, 2, 1, 0, tzinfo=dt.UTC)
"""Monday morning, eleven days before the visits must be done."""

COUNTY: Final = "341226"
MILESTONES: Final = {"visits": 13, "list": 14, "reverify": 24, "explanation": 24, "closing": 30}
"""Days of September 2019 (the plan, work two)."""

FIELDS: Final = {
    "health": ("县卫生健康委", "卫生院"),
    "housing": ("县住房和城乡建设局", "村建站"),
    "industry": ("县农业农村局", "农技站"),
    "finance": ("县财政局", "财政所"),
    "civil": ("县民政局", "民政所"),
    "water": ("县水利局", "水利站"),
    "relocation": ("县发展和改革委", ""),
}
"""What a line department looks after: its name in the county, its station's name in a town."""

_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN: Final = "兰英秀华明国强军平芳娟勇艳磊洋静敏丽伟刚杰涛超霞红桂珍玉凤建文志永福春海金荣"
_KINDS: Final = ("exited_supported",) * 9 + ("exited",) * 3 + ("exit_planned",) * 3 + ("edge",) * 2
_SINCE: Final = dt.date(2019, 1, 1)


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the county takes part."""

    towns: int | None
    villages: int | None
    """Villages of each town; all when none is given."""
    households: tuple[int, int]
    """Fewest and most in a village."""
    per_helper: int
    with_cases: bool = True
    """Whether every household has its part in the key works already."""


SIZES: Final = {
    "small": Size(towns=1, villages=3, households=(6, 9), per_helper=4),
    "county": Size(towns=None, villages=None, households=(30, 67), per_helper=8, with_cases=False),
}

Progress = Callable[[int, int], None]
"""Told after each village: how many are done, of how many."""


def build_demo(database: Database, engine: Engine, size: Size, progress: Progress) -> None:
    """Fill an empty database with a campaign and start it in every village.

    One transaction for the offices, then one for each village.
    """
    cast = _Cast(random.Random(20190902))
    with database.writing() as session:
        villages = _furnish(session, cast, size)
        works = _works(session, engine)
        begin_departments(session, engine, session.scalars(select(Campaign)).one())
    for done, code in enumerate(villages, start=1):
        with database.writing() as session:
            village = session.get_one(Area, code)
            _village(session, cast, village, size)
            begin_village(session, engine, session.scalars(select(Campaign)).one(), code)
            if size.with_cases:
                for what in works:
                    open_cases(session, engine, what, code)
        progress(done, len(villages))


@dataclass
class _Cast:
    """Invents people and remembers how many bear a post already."""

    chance: random.Random
    counts: dict[str, int] = field(default_factory=dict)

    def name(self) -> str:
        """A surname and one or two characters."""
        given_name = "".join(self.chance.choices(_GIVEN, k=self.chance.choice((1, 2, 2))))
        return self.chance.choice(_SURNAMES) + given_name

    def person(
        self, session: Session, role: str, scope: str, *, area: str, unit: Unit | None = None
    ) -> Person:
        """Somebody new with a post; the first of a role is called by the role's name."""
        number = self.counts[role] = self.counts.get(role, 0) + 1
        login = f"{role}{number}"
        person = Person(name=self.name(), login=login, email=f"{login}@demo.invalid", language="zh")
        session.add(person)
        session.flush()
        self.post(session, person, role, scope, area=area, unit=unit)
        return person

    def post(
        self, session: Session, person: Person, role: str, scope: str, *, area: str, unit: Unit | None = None
    ) -> None:
        """One more post for somebody."""
        row = Post(person_id=person.id, role=role, scope=scope, area_code=area, since=_SINCE)
        row.unit_id = unit.id if unit is not None else None
        session.add(row)


def _furnish(session: Session, cast: _Cast, size: Size) -> list[str]:
    """The areas, the calendar, the campaign and every office down to the towns; returns the villages."""
    add_divisions(session, list(shipped_divisions()))
    add_announced(session)
    county = session.get_one(Area, COUNTY)
    _campaign(session, county)
    offices = _offices(session, cast, county)
    towns = inside(session, COUNTY, "town")
    if size.towns is not None:
        towns = [town for town in towns if town.name.endswith("镇")][3 : 3 + size.towns]
    villages: list[str] = []
    for town in towns:
        _town(session, cast, town, offices)
        of_town = inside(session, town.code, "village")
        if size.villages is not None:
            of_town = [area for area in of_town if area.name.endswith("村委会")][: size.villages]
        villages.extend(area.code for area in of_town)
    return villages


def _campaign(session: Session, county: Area) -> None:
    year = 2019
    campaign = Campaign(
        name="脱贫攻坚重点工作“回头看”", name_en="Look-back on the key works", year=year, demo=True
    )
    campaign.area_code = county.above("city")
    campaign.settings = {"income_line": 3700}
    campaign.income_from, campaign.income_to = dt.date(2018, 10, 1), dt.date(2019, 9, 30)
    campaign.milestones = [
        Milestone(name=name, day=dt.date(year, 9, day), cutoff=None) for name, day in MILESTONES.items()
    ]
    session.add(campaign)
    session.flush()
    add_shipped_catalogue(session, campaign.id)


def _works(session: Session, engine: Engine) -> list[WorkStream]:
    """The works that the plan names."""
    row, context = session.scalars(select(Campaign)).one(), acting_now(session, engine, SYSTEM)
    return [take_up(context, row, what) for what in get_templates() if what.in_source]


def _offices(session: Session, cast: _Cast, county: Area) -> dict[str, Unit]:
    """The city's and the county's offices with their people; returns the line departments by field."""
    city = county.above("city")
    city_office = _unit(session, "市扶贫开发局", "city_office", city)
    office = _unit(session, "县扶贫开发局", "county_office", county.code, parent=city_office)
    cast.person(session, Role.CITY_OFFICE, city, area=city, unit=city_office)
    cast.person(session, Role.INSPECTOR, county.code, area=county.code, unit=city_office)
    cast.person(session, Role.PROCESS_OWNER, county.code, area=county.code, unit=office)
    cast.person(session, Role.ADMIN, county.code, area=county.code, unit=office)
    for _ in range(2):
        cast.person(session, Role.COUNTY_OFFICE, county.code, area=county.code, unit=office)
    cast.person(session, Role.UNIT_LEADER, f"U{office.id}", area=county.code, unit=office)
    result: dict[str, Unit] = {}
    for what, (name, _station) in FIELDS.items():
        dept = _unit(session, name, "line_dept", county.code, field=what, parent=office)
        cast.person(session, Role.LINE_DEPT, f"U{dept.id}", area=county.code, unit=dept)
        cast.person(session, Role.UNIT_LEADER, f"U{dept.id}", area=county.code, unit=dept)
        result[what] = dept
    return result


def _town(session: Session, cast: _Cast, town: Area, depts: dict[str, Unit]) -> None:
    office = _unit(session, f"{town.name}扶贫办", "town_office", town.code)
    for _ in range(2):
        cast.person(session, Role.TOWN_OFFICE, town.code, area=town.code, unit=office)
    cast.person(session, Role.UNIT_LEADER, f"U{office.id}", area=town.code, unit=office)
    for what, (_name, station) in FIELDS.items():
        if station:
            unit = _unit(session, town.name + station, "town_unit", town.code, field=what, parent=depts[what])
            cast.person(session, Role.UNIT_LEADER, f"U{unit.id}", area=town.code, unit=unit)


def _unit(
    session: Session,
    name: str,
    kind: str,
    area: str,
    *,
    field: str | None = None,
    parent: Unit | None = None,
) -> Unit:
    unit = Unit(name=name, kind=kind, area_code=area, field=field)
    unit.parent_id = parent.id if parent is not None else None
    session.add(unit)
    session.flush()
    return unit


def _village(session: Session, cast: _Cast, village: Area, size: Size) -> None:
    """A village's committee, team, helpers and households."""
    office = session.scalars(
        select(Unit).where(Unit.area_code == village.above("town"), Unit.kind == "town_office")
    ).one()
    short = village.name.removesuffix("委会").removesuffix("居")
    committee = _unit(session, f"{short}两委", "village_committee", village.code, parent=office)
    team = _unit(session, f"{short}驻村工作队", "village_team", village.code, parent=office)
    cast.person(session, Role.VILLAGE_OFFICE, village.code, area=village.code, unit=committee)
    lead = cast.person(session, Role.TEAM_LEAD, village.code, area=village.code, unit=team)
    cast.post(session, lead, Role.UNIT_LEADER, f"U{team.id}", area=village.code, unit=team)
    count = cast.chance.randint(*size.households)
    helpers = [
        cast.person(session, Role.HELPER, village.code, area=village.code, unit=team)
        for _ in range(-(-count // size.per_helper))
    ]
    _households(session, cast, village, helpers, count)


def _households(session: Session, cast: _Cast, village: Area, helpers: Sequence[Person], count: int) -> None:
    campaign = session.scalars(select(Campaign.id)).one()
    chance = cast.chance
    members: list[tuple[str, list[dict[str, str]]]] = []
    rows = []
    for place in range(1, count + 1):
        number = f"{village.code[6:]}-{place:03}"
        head = cast.name()
        size = chance.choices((1, 2, 3, 4, 5, 6), (4, 6, 5, 4, 2, 1))[0]
        rows.append(
            {
                "campaign_id": campaign,
                "number": number,
                "village": village.code,
                "town": village.above("town"),
                "county": village.above("county"),
                "group_no": f"{chance.randint(1, 8)}组",
                "head": head,
                "head_id_number": _identity(chance),
                "kind": chance.choice(_KINDS),
                "members_registered": size,
                "helper_id": helpers[(place - 1) % len(helpers)].id,
            }
        )
        members.append((number, [_member(chance, head, number) for number in range(size)]))
    session.execute(insert(Household), rows)
    homes = select(Household.number, Household.id).where(Household.village == village.code)
    ids: dict[str, int] = dict(session.execute(homes).all())
    session.execute(
        insert(HouseholdMember),
        [{"household_id": ids[number], **member} for number, family in members for member in family],
    )


def _member(chance: random.Random, head: str, place: int) -> dict[str, str]:
    relations = ("户主", "配偶", "之子", "之女", "之孙", "之母")
    name = head if place == 0 else chance.choice(_SURNAMES) + chance.choice(_GIVEN)
    return {"name": name, "relation": relations[place], "id_number": _identity(chance)}


def _identity(chance: random.Random) -> str:
    """An identity number that nobody can have: month and day are nought."""
    return f"{COUNTY}{chance.randint(1935, 1999)}0000{chance.randint(0, 999):03}X"
