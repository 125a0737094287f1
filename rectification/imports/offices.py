"""Sheets about the offices themselves: areas and units."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import insert, select, update

from engine.audit.history import history_row, record_all
from engine.text import LocalizedText
from rectification.core.history import record_event
from rectification.imports.cells import WrongCell, choice, short
from rectification.imports.kinds import (
    ELSEWHERE,
    KEEPERS,
    ImportKind,
    Lookup,
    Notes,
    Scene,
    Take,
    Values,
    add_rows,
    change_rows,
)
from rectification.imports.places import Areas, Units
from rectification.imports.sheets import ImportColumn
from rectification.places.areas import LEVEL_WORDS, LEVELS, Area
from rectification.places.units import Unit

_LEVELS_BY_LENGTH: Final = {6: "county", 9: "town", 12: "village"}
UNIT_KINDS: Final = {
    "village_committee": LocalizedText("村两委", "village committee"),
    "village_team": LocalizedText("驻村工作队", "village team"),
    "town_office": LocalizedText("乡镇办公室", "town office"),
    "town_unit": LocalizedText("乡镇站所", "town unit"),
    "county_office": LocalizedText("县级牵头单位", "county office"),
    "line_dept": LocalizedText("行业主管部门", "line department"),
    "city_office": LocalizedText("市级牵头单位", "city office"),
}


def _repeated(row: int) -> LocalizedText:
    return LocalizedText(f"与第 {row} 行重复。", f"is the same as in row {row}.")


# -- areas --------------------------------------------------------------------------------------


class AreaRows:
    """Areas by code; what lies above must be known, or stand anywhere in the same file."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known = {
            row.code: (row.name, row.level, row.path) for row in scene.session.scalars(select(Area))
        }
        self._seen: dict[str, int] = {}

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {}

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        for take in takes:
            first = self._seen.setdefault(take.values["code"], take.row)
            if first != take.row:
                notes.refuse(take, "code", _repeated(first))
        alone = [take for take in takes if not take.refused]
        for take in sorted(alone, key=lambda take: LEVELS.index(self._level(take.values))):
            self._match(take, notes)

    def _match(self, take: Take, notes: Notes) -> None:
        values = take.values
        code, level = values["code"], self._level(values)
        parent = values.get("parent_code") or self._parent_of(code, level)
        if code in self._known:
            name, _level, _path = self._known[code]
            take.compare(0, {"name": name}, ("name",))
        elif level != LEVELS[0] and parent not in self._known:
            words = LocalizedText(
                f"上级区划“{parent}”还没有登记，这份文件里也没有。",
                f"the area above, “{parent}”, is neither registered nor in this file.",
            )
            notes.refuse(take, "parent_code", words)
        elif level != LEVELS[0] and LEVELS.index(self._known[parent][1]) != LEVELS.index(level) - 1:
            above = LEVEL_WORDS[self._known[parent][1]]
            words = LocalizedText(
                f"上级“{parent}”是{above.zh}，级别对不上。",
                f"“{parent}” is a {above.en}; the levels do not fit.",
            )
            notes.refuse(take, "level", words)
        else:
            path = (self._known[parent][2] if level != LEVELS[0] else "") + f"{code}/"
            values.update(level=level, parent_code=parent if level != LEVELS[0] else None, path=path)
            self._known[code] = (values["name"], level, path)

    def _level(self, values: Values) -> str:
        return values.get("level") or self._level_of(values["code"])

    def place_of(self, take: Take) -> tuple[str, str]:
        return "code", self._known[take.values["code"]][2]

    def _level_of(self, code: str) -> str:
        return "city" if re.fullmatch(r"\d{4}(00)?", code) else _LEVELS_BY_LENGTH.get(len(code), "village")

    def _parent_of(self, code: str, level: str) -> str:
        city = code[:4] if code[:4] in self._known else f"{code[:4]}00"
        return {"village": code[:9], "town": code[:6], "county": city}.get(level, "")

    def write(self, takes: Sequence[Take]) -> None:
        new = [
            {name: take.values[name] for name in ("code", "name", "level", "parent_code", "path")}
            for take in takes
            if take.known is None
        ]
        for level in LEVELS:
            self._add([row for row in new if row["level"] == level])
        for take in takes:
            if take.known is not None:
                self._rename(take)

    def _add(self, rows: Sequence[Values]) -> None:
        scene = self._scene
        if rows:
            scene.session.execute(insert(Area), list(rows))
            written = [
                history_row(scene.context.actor, scene.context.now, "registered", f"area:{row['code']}")
                for row in rows
            ]
            record_all(scene.session, written)

    def _rename(self, take: Take) -> None:
        scene, code = self._scene, take.values["code"]
        scene.session.execute(update(Area).where(Area.code == code).values(**take.after))
        record_event(
            scene.context,
            "changed",
            f"area:{code}",
            before=take.before,
            after=take.after,
        )


def _code(text: str) -> str:
    if not re.fullmatch(r"\d{4,12}", text):
        raise WrongCell(
            f"“{text}”不是区划代码（6、9 或 12 位数字）。", f"“{text}” is no area code (6, 9 or 12 digits)."
        )
    return text


AREAS: Final = ImportKind(
    "areas",
    LocalizedText("区划", "Areas"),
    LocalizedText("市、县、乡镇、村，顺序不限。", "City, county, town and village, in any order."),
    (
        ImportColumn("code", ("区划代码", "行政区划代码", "区划编码", "行政区划编码", "代码", "编码", "code", "area_code"), "code", True, _code, example="341226100201"),
        ImportColumn("name", ("名称", "区划名称", "村名", "name"), "name", True, short(200), example="管谷村"),
        ImportColumn("level", ("级别", "层级", "level"), "level", read=choice(LocalizedText("级别", "a level"), LEVEL_WORDS, {"县": "county", "区": "county", "镇": "town", "乡": "town", "街道": "town", "社区": "village"}),
               choices=tuple(LEVEL_WORDS.values()), example="村"),
        ImportColumn("parent_code", ("上级代码", "上级区划代码", "上级编码", "上级区划编码", "parent_code", "parent"), "parent_code", read=_code,
               note=LocalizedText("可不填，按代码推算。", "May be left empty; it follows from the code.")),
    ),
    AreaRows,
    roles=KEEPERS,
    of_campaign=False,
    at_once=True,
)  # fmt: skip


# -- units --------------------------------------------------------------------------------------


class UnitRows:
    """Units: known by name within the area for which they work; the one above may stand anywhere in the same file."""

    FIELDS = ("kind", "field", "parent_id")

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._areas, self._units = Areas(scene.session), Units(scene.session, scene.reaches)
        self._parents: dict[int, int | None] = dict(
            scene.session.execute(select(Unit.id, Unit.parent_id)).all()
        )
        self._seen: dict[tuple[str, str], int] = {}

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {"area_code": lambda text, line, values: self._areas.find(text).code}

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        """New units are known by the negative number of their row until they are kept."""
        names = {take.values["name"] for take in takes}
        columns = (Unit.id, Unit.name, Unit.area_code, Unit.kind, Unit.field, Unit.parent_id)
        rows = self._scene.session.execute(select(*columns).where(Unit.name.in_(names)))
        known = {(row.area_code, row.name): row for row in rows}
        for take in takes:
            key = take.values["area_code"], take.values["name"]
            first = self._seen.setdefault(key, take.row)
            if first != take.row:
                notes.refuse(take, "name", _repeated(first))
            elif not self._scene.covers(self._areas.by_code[key[0]].path):
                notes.refuse(take, "area_code", ELSEWHERE)
            elif key not in known:
                self._units.add(-take.row, take.values["name"], take.values["area_code"])
        numbers = {key: row.id for key, row in known.items()}
        for take in takes:
            key = take.values["area_code"], take.values["name"]
            if not take.refused and self._place(take, numbers.get(key, -take.row), notes) and key in known:
                take.compare(known[key].id, known[key]._mapping, self.FIELDS)
        self._refuse_below_refused(takes, notes)

    def _refuse_below_refused(self, takes: Sequence[Take], notes: Notes) -> None:
        """What lies below a new unit that does not go in does not either."""
        names = {-take.row: take.values["name"] for take in takes}
        refused = {-take.row for take in takes if take.refused}
        while below := [
            take for take in takes if not take.refused and take.values.get("parent_id") in refused
        ]:
            for take in below:
                name = names[take.values["parent_id"]]
                words = LocalizedText(
                    f"上级单位“{name}”不能导入。", f"the unit above, “{name}”, cannot go in."
                )
                notes.refuse(take, "parent_id", words)
                refused.add(-take.row)

    def _place(self, take: Take, number: int, notes: Notes) -> bool:
        """Find the unit above one; whether there is one, or none is wanted."""
        text = take.values.get("parent_id")
        if text is None:
            return True
        try:
            above: int | None = self._units.find(text, self._areas.by_code[take.values["area_code"]])
        except WrongCell as wrong:
            notes.refuse(take, "parent_id", wrong.words)
            return False
        take.values["parent_id"] = self._parents[number] = above
        while above is not None and above != number:
            above = self._parents.get(above)
        if above is not None:
            words = LocalizedText(
                f"“{text}”本身隶属于这个单位。", f"“{text}” is this unit, or lies below it."
            )
            self._parents[number] = None
            notes.refuse(take, "parent_id", words)
        return above is None

    def place_of(self, take: Take) -> tuple[str, str]:
        return "area_code", self._areas.by_code[take.values["area_code"]].path

    def write(self, takes: Sequence[Take]) -> None:
        scene, names = self._scene, ("name", "area_code", "kind", "field")
        new = [take for take in takes if take.known is None]
        rows = [{name: take.values.get(name) for name in names} for take in new]
        numbers = add_rows(scene, Unit, rows, "registered", lambda number, row: f"unit:{number}", "name")
        made = {-take.row: number for take, number in zip(new, numbers, strict=True)}
        above = [
            {"id": made[-take.row], "parent_id": made.get(parent, parent)}
            for take in new
            if (parent := take.values.get("parent_id")) is not None
        ]
        if above:
            scene.session.execute(update(Unit), above)
        for take in takes:
            if "parent_id" in take.after:
                take.after["parent_id"] = made.get(take.after["parent_id"], take.after["parent_id"])
        change_rows(scene, Unit, takes, lambda take: f"unit:{take.known}")


UNITS: Final = ImportKind(
    "units",
    LocalizedText("单位", "Units"),
    LocalizedText("按名称和所属区划识别。", "Known by name and area."),
    (
        ImportColumn("name", ("单位名称", "单位", "名称", "unit", "name"), "name", True, short(200), example="慎城镇卫生院"),
        ImportColumn("kind", ("单位类型", "类型", "kind", "type"), "kind", True, choice(LocalizedText("单位类型", "a kind of unit"), UNIT_KINDS), choices=tuple(UNIT_KINDS.values()), example="乡镇站所"),
        ImportColumn("area_code", ("所属区划", "区划代码", "所在区划", "area", "area_code"), "area", True, example="341226100",
               note=LocalizedText("填写区划代码或名称。", "The area's code or name.")),
        ImportColumn("field", ("行业", "领域", "field"), "field", read=short(40), example="health",
               note=LocalizedText("行业部门和站所填写，与检查项的口径单位一致，如 health。", "For departments and stations, as the check items name it, for instance health.")),
        ImportColumn("parent_id", ("上级单位", "parent_unit", "parent"), "parent_unit"),
    ),
    UnitRows,
    roles=KEEPERS,
    of_campaign=False,
    at_once=True,
)  # fmt: skip
