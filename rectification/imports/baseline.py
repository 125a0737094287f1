"""Sheets whose rows belong to households: what all of them do, old problems, measures by year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from engine.text import LocalizedText
from rectification.core.keys import household_key
from rectification.core.model import Model
from rectification.households.baseline import STATES, BaselineProblem
from rectification.households.measures import HouseholdMeasure
from rectification.households.model import Household, masked
from rectification.imports.cells import day, money, short, year
from rectification.imports.kinds import ImportKind, Lookup, Notes, Scene, Take, Values, add_rows, change_rows
from rectification.imports.places import Items
from rectification.imports.sheets import ImportColumn
from rectification.places.areas import Area

HOUSEHOLD: Final = ImportColumn(
    "household",
    ("户编号", "户编码", "家庭编号", "户号", "household_no", "household no."),
    "household_no",
    True,
    short(40),
    example="3412260001",
)
_ASK: Final = LocalizedText(
    "没有这个户编号，请先导入农户。", "there is no household with this number; import households first."
)


class OfHouseholds:
    """Rows that name a household, each known by a key within it."""

    model: type[Model]
    key: tuple[str, ...]
    fields: tuple[str, ...]
    action: str

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._seen: dict[tuple[Any, ...], int] = {}
        self._homes: dict[str, Any] = {}

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {}

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        self._homes = self._households([take.values["household"] for take in takes])
        known = self._known([home.id for home in self._homes.values()])
        for take in takes:
            number = take.values["household"]
            home = self._homes.get(number)
            if home is None and number not in self._scene.announced:
                notes.refuse(take, "household", _ASK)
                continue
            key = (number, *self.key_of(take.values))
            first = self._seen.setdefault(key, take.row)
            if first != take.row:
                notes.refuse(
                    take,
                    self.key[0],
                    LocalizedText(f"与第 {first} 行重复。", f"is the same as in row {first}."),
                )
                continue
            if home is not None:
                have = self.find(known, home.id, take.values)
                if have is not None:
                    take.compare(have.id, have._mapping, self.fields)
            self.doubt(take, home, notes)

    def place_of(self, take: Take) -> tuple[str, str] | None:
        home = self._homes.get(take.values["household"])
        return None if home is None else ("household", home.path)

    def key_of(self, values: Values) -> tuple[Any, ...]:
        """By what a row is known within its household."""
        return tuple(values.get(name) or "" for name in self.key)

    def find(self, known: Mapping[tuple[Any, ...], Any], home: int, values: Values) -> Any:
        """What the domain has of a row."""
        return known.get((home, *self.key_of(values)))

    def doubt(self, take: Take, home: Any, notes: Notes) -> None:
        """Say what is doubtful."""

    def _households(self, numbers: Sequence[str]) -> dict[str, Any]:
        columns = (Household.id, Household.number, Household.head, Household.poverty_cause, Area.path)
        here = Household.campaign_id == self._scene.campaign.id, Household.number.in_(set(numbers))
        query = select(*columns).join(Area, Area.code == Household.village).where(*here)
        return {row.number: row for row in self._scene.session.execute(query)}

    def _known(self, homes: Sequence[int]) -> dict[tuple[Any, ...], Any]:
        model: Any = self.model
        columns = (
            getattr(model, name) for name in dict.fromkeys(("id", "household_id", *self.key, *self.fields))
        )
        rows = self._scene.session.execute(select(*columns).where(model.household_id.in_(homes)))
        return {key: row for row in rows for key in self.keys_of(row)}

    def keys_of(self, row: Any) -> list[tuple[Any, ...]]:
        """Every key under which a row of the domain may be asked for."""
        return [(row.household_id, *(getattr(row, name) or "" for name in self.key))]

    def row_of(self, values: Values, home: int) -> Values:
        """A row of the domain."""
        return {"household_id": home, **{name: values.get(name) for name in (*self.key, *self.fields)}}

    def write(self, takes: Sequence[Take]) -> None:
        missing = [take.values["household"] for take in takes if take.values["household"] not in self._homes]
        homes = {**self._homes, **(self._households(missing) if missing else {})}
        new = [
            self.row_of(take.values, homes[take.values["household"]].id)
            for take in takes
            if take.known is None and take.values["household"] in homes
        ]
        add_rows(
            self._scene,
            self.model,
            new,
            self.action,
            lambda _number, row: household_key(row["household_id"]),
            *self.key[:1],
        )
        change_rows(
            self._scene,
            self.model,
            takes,
            lambda take: household_key(homes[take.values["household"]].id),
            _hidden,
        )


def _hidden(values: Values) -> Values:
    return {name: masked(value) if name == "id_number" else _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


# -- old problems -------------------------------------------------------------------------------


class BaselineRows(OfHouseholds):
    """Old problems: one for each household and item."""

    model = BaselineProblem
    key = ("item",)
    fields = ("description", "measure", "progress", "found_on", "resp_unit")
    action = "baseline_noted"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._items = Items(scene.session, scene.campaign.id)

    def doubt(self, take: Take, home: Any, notes: Notes) -> None:
        if self._items.like(take.values["item"]) is None:
            words = LocalizedText(
                "不是检查项名称，按原文保留；再排查时未整改到位的按名称归类，归不了的列入“其他历史问题”。",
                "is no check item's name and is kept as it stands; if it is not fixed it goes under the question it resembles, else under “other old problems”.",
            )
            notes.doubt(take, "item", words)

    def row_of(self, values: Values, home: int) -> Values:
        item = self._items.like(values["item"])
        code = item.code if item else None
        return {**super().row_of(values, home), "campaign_id": self._scene.campaign.id, "item_code": code}


SAFEGUARDS: Final = (
    LocalizedText("收入稳定", "Stable income"), LocalizedText("不愁吃", "Food"), LocalizedText("不愁穿", "Clothing"), LocalizedText("义务教育有保障", "Education"),
    LocalizedText("基本医疗有保障", "Medical care"), LocalizedText("住房安全有保障", "Housing"), LocalizedText("饮水安全", "Water"),
)  # fmt: skip
"""What the shipped re-check asks about; the template offers them, and any other text is kept as it stands."""

BASELINE: Final = ImportKind(
    "baseline",
    LocalizedText("历史问题（基线数据）", "Old problems (baseline)"),
    LocalizedText("如 2019 年 6 月 10 日上报的问题，每户每项一行。", "For instance those reported on 10 June 2019, one row for each household and item."),
    (
        HOUSEHOLD,
        ImportColumn("item", ("检查项", "问题类型", "问题类别", "问题", "item"), "item", True, short(200), choices=SAFEGUARDS, example="饮水安全"),
        ImportColumn("description", ("问题描述", "问题详情", "具体问题", "description"), "description", read=short(4000), example="水压不足，时断时续"),
        ImportColumn("measure", ("整改措施", "解决措施", "measure"), "measure", read=short(4000)),
        ImportColumn("progress", ("整改进展", "进展", "整改情况", "是否整改到位", "progress"), "progress", read=short(200), choices=tuple(STATES.values())),
        ImportColumn("found_on", ("发现日期", "上报日期", "基线日期", "found_on", "date"), "found_on", read=day, example="2019-06-10"),
        ImportColumn("resp_unit", ("责任单位", "整改单位", "resp_unit"), "resp_unit", read=short(200)),
    ),
    BaselineRows,
)  # fmt: skip


# -- measures by year ---------------------------------------------------------------------------


class MeasureRows(OfHouseholds):
    """Measures: one for each household, year, person and kind."""

    model = HouseholdMeasure
    key = ("kind", "year", "person")
    fields = ("description", "amount")
    action = "measure_noted"

    def row_of(self, values: Values, home: int) -> Values:
        return {**super().row_of(values, home), "person": values.get("person") or ""}


MEASURES: Final = ImportKind(
    "measures",
    LocalizedText("历年帮扶措施", "Measures by year"),
    LocalizedText("每户每年每项措施一行，写到人的填姓名。", "One row for each household, year and measure; name the person where it was for one."),
    (
        HOUSEHOLD,
        ImportColumn("year", ("年度", "年份", "享受年度", "year"), "year", True, year, example="2018"),
        ImportColumn("kind", ("措施类型", "帮扶措施", "措施", "政策", "measure", "kind"), "measure", True, short(60), example="健康扶贫"),
        ImportColumn("person", ("享受人", "姓名", "成员姓名", "person"), "person", read=short(200)),
        ImportColumn("description", ("措施内容", "具体内容", "说明", "description"), "description", read=short(4000)),
        ImportColumn("amount", ("金额", "金额(元)", "补助金额", "amount"), "amount", read=money, example="1200"),
    ),
    MeasureRows,
)  # fmt: skip
