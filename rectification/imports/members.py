"""Members of households, and what makes a row of them worth a second look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from engine.text import LocalizedText
from rectification.campaigns.model import Campaign
from rectification.households.model import Household, HouseholdMember
from rectification.imports.baseline import HOUSEHOLD, OfHouseholds
from rectification.imports.cells import born, doubted_identity, identity, money, name, short, yes_no
from rectification.imports.households import CHECK_DIGIT, HELD_ELSEWHERE
from rectification.imports.kinds import OFFICES, ImportKind, Notes, Scene, Take, Values
from rectification.imports.places import People
from rectification.imports.sheets import ImportColumn
from rectification.people.id_numbers import identity_problem
from rectification.people.roles import Role
from rectification.places.areas import Area

_HEALTHY: Final = LocalizedText("健康", "healthy")
HEALTH: Final = (
    _HEALTHY,
    LocalizedText("长期慢性病", "chronic disease"),
    LocalizedText("患有大病", "serious illness"),
    LocalizedText("残疾", "disabled"),
)
SCHOOLING: Final = (
    LocalizedText("非在校生", "not at school"), LocalizedText("学前教育", "kindergarten"), LocalizedText("小学", "primary school"), LocalizedText("初中", "middle school"),
    LocalizedText("高中", "high school"), LocalizedText("中职", "vocational school"), LocalizedText("高职高专", "college"), LocalizedText("本科及以上", "university"),
)  # fmt: skip
NOT_AT_SCHOOL: Final = ("非在校生", "辍学", "失学", "无", "未上学", "not at school", "dropped out")
SCHOOL_AGES: Final = range(6, 16)
RELATIONS: Final = tuple(
    LocalizedText(zh, en) for zh, en in (("户主", "head"), ("配偶", "spouse"), ("子", "son"), ("女", "daughter"), ("父亲", "father"), ("母亲", "mother"),
                                 ("儿媳", "daughter-in-law"), ("孙子", "grandson"), ("孙女", "granddaughter"), ("其他", "other"))
)  # fmt: skip


class MemberRows(OfHouseholds):
    """Members: known within their household by identity number, else by name."""

    model = HouseholdMember
    key = ("name",)
    fields = ("relation", "id_number", "health", "schooling", "works", "wages")
    action = "member_registered"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._identities: dict[str, str] = {}
        self._helpers = set(People(scene.session, scene.context.today, scene.reaches).names.values())
        self._day = _campaign_day(scene.campaign, scene.context.today)
        self._health: dict[str, list[bool]] = {}
        self._elsewhere: dict[str, str] = {}

    def key_of(self, values: Values) -> tuple[object, ...]:
        return (values.get("id_number") or values["name"],)

    def keys_of(self, row: Any) -> list[tuple[Any, ...]]:
        return [(row.household_id, name) for name in (row.id_number, row.name) if name]

    def find(self, known: Mapping[tuple[object, ...], Any], home: int, values: Values) -> Any:
        return known.get((home, values.get("id_number"))) or known.get((home, values["name"]))

    def row_of(self, values: Values, home: int) -> Values:
        return {**super().row_of(values, home), "relation": values.get("relation") or "其他"}

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        numbers = {take.values["id_number"] for take in takes if take.values.get("id_number")}
        query = (
            select(HouseholdMember.id_number, Household.number, Area.path)
            .join(Household, Household.id == HouseholdMember.household_id)
            .join(Area, Area.code == Household.village)
            .where(HouseholdMember.id_number.in_(numbers), Household.campaign_id == self._scene.campaign.id)
        )
        rows, covers = self._scene.session.execute(query), self._scene.covers
        self._elsewhere = {
            identity: number if covers(path) else "" for identity, number, path in rows if identity
        }
        for take in takes:
            health = take.values.get("health")
            if health:
                self._health.setdefault(take.values["household"], []).append(
                    health in (_HEALTHY.zh, _HEALTHY.en)
                )
        super().match(takes, notes)

    def doubt(self, take: Take, home: Any, notes: Notes) -> None:
        values = take.values
        number, household = values.get("id_number"), values["household"]
        if number:
            self._doubt_identity(take, number, household, notes)
        if values.get("works") and not float(values.get("wages") or 0):
            words = LocalizedText("标为务工，但没有务工收入。", "earns wages, but no amount is given.")
            notes.doubt(take, "works", words)
        if values["name"] in self._helpers:
            words = LocalizedText(
                "与一名帮扶责任人或干部同名，请核对是否为本人。",
                "has the name of a helper or official; is it the same person?",
            )
            notes.doubt(take, "name", words)
        every = self._health.get(household, [])
        if home is not None and home.poverty_cause == "因病" and every and all(every):
            words = LocalizedText(
                "该户致贫原因为因病，但成员都健康。",
                "the household is poor through illness, but all its members are healthy.",
            )
            notes.doubt(take, "health", words)

    def _doubt_identity(self, take: Take, number: str, household: str, notes: Notes) -> None:
        if doubted_identity(number):
            notes.doubt(take, "id_number", CHECK_DIGIT)
        other = self._identities.setdefault(number, household)
        other = other if other != household else self._elsewhere.get(number, household)
        if other != household:
            words = LocalizedText(f"也登记在户 {other}。", f"is also registered in household {other}.")
            notes.doubt(take, "id_number", words if other else HELD_ELSEWHERE)
        birth = born(number) if identity_problem(number) is None else None
        if (
            birth is not None
            and take.values.get("schooling") in NOT_AT_SCHOOL
            and _age(birth, self._day) in SCHOOL_AGES
        ):
            age = _age(birth, self._day)
            words = LocalizedText(
                f"{age} 岁，处于义务教育阶段，但不在校。",
                f"is {age} years old, of school age, but not at school.",
            )
            notes.doubt(take, "schooling", words)


def _age(birth: dt.date, on: dt.date) -> int:
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _campaign_day(campaign: Campaign, today: dt.date) -> dt.date:
    """The day for which ages are counted: when the visits are to be done."""
    return next((each.day for each in campaign.milestones if each.name == "visits"), today)


MEMBERS: Final = ImportKind(
    "members",
    LocalizedText("家庭成员", "Household members"),
    LocalizedText("每人一行，按户编号归户。", "One person a row, under the household's number."),
    (
        HOUSEHOLD,
        ImportColumn("name", ("姓名", "成员姓名", "name", "member"), "name", True, name, example="王小一"),
        ImportColumn("relation", ("与户主关系", "关系", "relation"), "relation", True, short(40), choices=RELATIONS, example="子"),
        ImportColumn("id_number", ("证件号码", "身份证号", "身份证号码", "id_number", "id_no"), "id_number", read=identity),
        ImportColumn("health", ("健康状况", "身体状况", "health"), "health", read=short(40), choices=HEALTH, example="健康"),
        ImportColumn("schooling", ("在校生状况", "在校状况", "教育阶段", "schooling"), "schooling", read=short(40), choices=SCHOOLING),
        ImportColumn("works", ("是否务工", "务工", "works"), "works", read=yes_no, choices=(LocalizedText("是", "yes"), LocalizedText("否", "no"))),
        ImportColumn("wages", ("务工收入", "工资性收入", "wages"), "wages", read=money),
    ),
    MemberRows,
    roles=OFFICES | {Role.TOWN_OFFICE},
)  # fmt: skip
