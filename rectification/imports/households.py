"""Households from a spreadsheet. A household is known by its number; it does not move to another village,
because its work stands on the desks of the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from engine.instances.store import move_open_work
from engine.json import as_float
from engine.owners import person_owner
from engine.text import LocalizedText
from rectification.access.unmasking import masked_phone
from rectification.core.history import record_event
from rectification.core.keys import household_key
from rectification.households.model import KINDS, Household, masked
from rectification.imports.cells import choice, doubted_identity, identity, name, phone, short, whole, year
from rectification.imports.kinds import (
    OFFICES,
    ImportKind,
    Lookup,
    Notes,
    Scene,
    Take,
    Values,
    add_rows,
    change_rows,
)
from rectification.imports.places import People, Villages
from rectification.imports.sheets import ImportColumn, SheetRow
from rectification.people.roles import Role
from rectification.places.areas import Area

MOST_MEMBERS: Final = 30
CHECK_DIGIT: Final = LocalizedText(
    "校验位不对，请核对证件。", "has a wrong check digit; please compare it with the card."
)
HELD_ELSEWHERE: Final = LocalizedText(
    "也登记在您负责的区域以外的一户。", "is also that of a household outside the areas that you look after."
)
CAUSES: Final = tuple(
    LocalizedText(zh, en)
    for zh, en in (
        ("因病", "illness"), ("因残", "disability"), ("因学", "schooling"), ("因灾", "disaster"), ("缺劳动力", "no labour"),
        ("缺技术", "no skills"), ("缺资金", "no capital"), ("缺土地", "no land"), ("自身发展动力不足", "no drive"), ("其他", "other"),
    )
)  # fmt: skip
_OTHER_NAMES: Final = {
    "拟脱贫": "exit_planned",
    "已脱贫": "exited_supported",
    "脱贫户": "exited_supported",
    "已脱贫享受政策": "exited_supported",
    "已脱贫(享受政策)": "exited_supported",
    "已脱贫不享受政策": "exited",
    "已脱贫(不享受政策)": "exited",
    "未脱贫": "registered",
    "建档立卡贫困户": "registered",
    "贫困户": "registered",
    "边缘": "edge",
    "边缘易致贫户": "edge",
    "一般农户": "ordinary",
    "非贫困户": "ordinary",
}
_HOUSEHOLD_KIND: Final = LocalizedText("户类型", "a household type")

COLUMNS: Final = (
    ImportColumn("number", ("户编号", "户编码", "家庭编号", "户号", "household_no", "household no.", "number"), "household_no", True, short(40), example="3412260001"),
    ImportColumn("village", ("村代码", "村编码", "行政村代码", "村", "行政村", "村名", "village_code", "village"), "village", True, example="341226100201",
           note=LocalizedText("填写 12 位村代码，或村名（同名时再填乡镇）。", "The village's code, or its name (with the town where names repeat).")),
    ImportColumn("town", ("乡镇", "镇", "乡镇名称", "town", "township"), "town", read=short(200)),
    ImportColumn("group_no", ("组", "村民小组", "组别", "自然村组", "group"), "group", read=short(20), example="3组"),
    ImportColumn("head", ("户主", "户主姓名", "姓名", "head", "head_name", "householder"), "head", True, name, example="王一"),
    ImportColumn("head_id_number", ("证件号码", "身份证号", "身份证号码", "户主证件号码", "户主身份证号", "户主身份证号码", "id_number", "id_no"), "id_number", read=identity),
    ImportColumn("phone", ("联系电话", "电话", "手机号", "phone", "telephone", "mobile"), "phone", read=phone),
    ImportColumn("kind", ("户类型", "农户类型", "户属性", "脱贫属性", "kind", "type"), "kind", True, choice(_HOUSEHOLD_KIND, KINDS, _OTHER_NAMES),
           choices=tuple(KINDS.values()), example="拟脱贫户"),
    ImportColumn("members_registered", ("人口", "家庭人口", "人口数", "家庭人口数", "members", "household_size"), "members", True, whole(1, MOST_MEMBERS, "人"), example="3"),
    ImportColumn("helper_id", ("帮扶责任人", "帮扶人", "帮扶联系人", "helper"), "helper",
           note=LocalizedText("填写姓名；同名时填写登录名。", "The name; of namesakes the sign-in name.")),
    ImportColumn("poverty_cause", ("主要致贫原因", "致贫原因", "poverty_cause", "cause"), "poverty_cause", read=short(40), choices=CAUSES),
    ImportColumn("exited_year", ("脱贫年度", "脱贫年份", "脱贫时间", "exited_year"), "exited_year", read=year),
    ImportColumn("income", ("人均纯收入", "人均可支配收入", "家庭人均纯收入", "income_per_head"), "income_per_head", read=whole(-999_999, 9_999_999, "元"),
           note=LocalizedText("元，只用于核对，不入库。", "In yuan; only compared, not kept.")),
)  # fmt: skip
"""The domain's columns; the Chinese name comes first."""

FIELDS: Final = (
    "group_no", "head", "head_id_number", "phone", "kind", "members_registered", "helper_id", "poverty_cause", "exited_year",
)  # fmt: skip
"""What a later sheet may change."""


class HouseholdRows:
    """The rows of one import."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._villages = Villages(scene.session, scene.campaign.area_code)
        self._people = People(scene.session, scene.context.today, scene.reaches)
        self._line = scene.campaign.settings.get("income_line")
        self._places: dict[str, Values] = {}
        self._identities: dict[str, str] = {}
        query = select(Household.id).where(Household.campaign_id == scene.campaign.id).limit(1)
        self._first = scene.session.execute(query).first() is None
        """Nobody is registered yet: what these rows repeat, they repeat of each other."""

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {"village": self._village, "helper_id": self._helper}

    def _village(self, text: str, line: SheetRow, values: Values) -> Area:
        return self._villages.find(text, line.cells.get("town", ""))

    def _helper(self, text: str, line: SheetRow, values: Values) -> int:
        village: Area | None = values.get("village")
        return self._people.find(text, village.code if village else "")

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        known: Mapping[str, Any] = {}
        holders: Mapping[str, str] = {}
        if not self._first:
            known = self._known([take.values["number"] for take in takes])
            holders = self._holders([take.values.get("head_id_number") for take in takes])
        for take in takes:
            number, village = take.values["number"], take.values["village"]
            first = self._scene.announced.setdefault(number, take.row)
            have = known.get(number)
            if first != take.row:
                notes.refuse(
                    take, "number", LocalizedText(f"与第 {first} 行重复。", f"is the same as in row {first}.")
                )
            elif have is not None and have["village"] != village.code:
                notes.refuse(take, "village", self._moved(have["village"]))
            else:
                if have is not None:
                    take.compare(have["id"], have, FIELDS)
                self._doubt(take, holders, notes)

    def place_of(self, take: Take) -> tuple[str, str]:
        return "village", take.values["village"].path

    def _moved(self, village: str) -> LocalizedText:
        """The village in which a household is registered, where that is the importer's to know."""
        if not self._scene.covers(self._scene.session.get_one(Area, village).path):
            return _MOVED
        return LocalizedText(
            f"该户已登记在村 {village}，不能通过导入改到别的村。",
            f"the household is registered in village {village}; an import cannot move it.",
        )

    def _doubt(self, take: Take, holders: Mapping[str, str], notes: Notes) -> None:
        number, own = take.values.get("head_id_number"), take.values["number"]
        if number:
            if doubted_identity(number):
                notes.doubt(take, "head_id_number", CHECK_DIGIT)
            other = self._identities.setdefault(number, own)
            other = other if other != own else holders.get(number, own)
            if other != own:
                words = LocalizedText(f"也登记在户 {other} 名下。", f"is also that of household {other}.")
                notes.doubt(take, "head_id_number", words if other else HELD_ELSEWHERE)
        income = take.values.get("income")
        exited = take.values["kind"] in ("exited", "exited_supported")
        if exited and income is not None and self._line and income < as_float(self._line):
            words = LocalizedText(
                f"已脱贫，但人均收入 {income} 元低于标准 {self._line} 元。",
                f"exited, but its income of {income} a head lies below the line of {self._line}.",
            )
            notes.doubt(take, "income", words)

    def _known(self, numbers: Sequence[str]) -> dict[str, Any]:
        query = select(
            Household.id, Household.number, Household.village, *(getattr(Household, name) for name in FIELDS)
        ).where(Household.campaign_id == self._scene.campaign.id, Household.number.in_(numbers))
        return {row.number: row._mapping for row in self._scene.session.execute(query)}

    def _holders(self, identities: Sequence[str | None]) -> dict[str, str]:
        """The household numbers under which identity numbers are registered already; none where that is elsewhere."""
        numbers = [identity for identity in identities if identity]
        query = select(Household.head_id_number, Household.number, Area.path).where(
            Household.campaign_id == self._scene.campaign.id, Household.head_id_number.in_(numbers)
        )
        query = query.join(Area, Area.code == Household.village)
        rows = self._scene.session.execute(query) if numbers else ()
        return {
            element: number if self._scene.covers(path) else "" for element, number, path in rows if element
        }

    def write(self, takes: Sequence[Take]) -> None:
        fresh = [take.values for take in takes if take.known is None]
        names = {name for values in fresh for name in values}
        fields = [name for name in FIELDS if name in names]
        new = [self._row(values, fields) for values in fresh]
        add_rows(
            self._scene,
            Household,
            new,
            "registered",
            lambda number, row: household_key(number),
            "number",
            "kind",
        )
        for take in takes:
            if take.changes and "helper_id" in take.after:
                self._hand_over_visit(take)
        change_rows(self._scene, Household, takes, lambda take: household_key(take.known), _shown)

    def _row(self, values: Values, fields: Sequence[str]) -> Values:
        village: Area = values["village"]
        place = self._places.get(village.code)
        if place is None:
            place = {
                "village": village.code,
                "town": village.above("town"),
                "county": village.above("county"),
            }
            self._places[village.code] = place
        facts = {name: values.get(name) for name in fields}
        return {"campaign_id": self._scene.campaign.id, "number": values["number"], **place, **facts}

    def _hand_over_visit(self, take: Take) -> None:
        """A visit that still waits for the old helper moves to the new one's desk."""
        scene, key = self._scene, household_key(take.known)
        old, new = person_owner(take.before["helper_id"]), person_owner(take.after["helper_id"])
        for instance, element in move_open_work(scene.session, key, old, new):
            place = {"instance": instance, "element": element}
            record_event(scene.context, "assigned", key, **place, owner=[old, new])


_MOVED: Final = LocalizedText(
    "这个户编号已登记在别处，不能通过导入改到别的村。",
    "a household with this number is registered elsewhere; an import cannot move it.",
)


def _shown(values: Values) -> Values:
    """Values as history may keep them: nobody's identity number or telephone."""
    hidden = {"head_id_number": masked, "phone": masked_phone}
    return {name: hidden[name](value) if name in hidden else value for name, value in values.items()}


HOUSEHOLDS: Final = ImportKind(
    "households",
    LocalizedText("农户", "Households"),
    LocalizedText(
        "以户编号为准，可在同一工作簿另放一张成员表。",
        "Known by household number; a second sheet may list the members.",
    ),
    COLUMNS,
    HouseholdRows,
    roles=OFFICES | {Role.TOWN_OFFICE},
    along=("members",),
)
