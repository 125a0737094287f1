"""What the columns of a household sheet mean, and how each cell becomes a value or a sentence."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.words import Words
from register.areas import Area
from register.campaigns import Campaign
from register.households import KINDS
from register.identity import identity_problem
from register.people import Person
from register.posts import Post, held_on
from register.sheets import Column, Line

COLUMNS: Final = (
    Column(
        "number", ("户编号", "户编码", "家庭编号", "户号", "household_no", "number"), "household_no", True
    ),
    Column(
        "village",
        ("村代码", "村编码", "行政村代码", "村", "行政村", "村名", "village_code", "village"),
        "village",
        True,
    ),
    Column("town", ("乡镇", "镇", "乡镇名称", "town", "township"), "town"),
    Column("group_no", ("组", "村民小组", "组别", "自然村组", "group"), "group"),
    Column("head", ("户主", "户主姓名", "姓名", "head", "head_name", "householder"), "head", True),
    Column(
        "head_id_number",
        ("证件号码", "身份证号", "身份证号码", "户主证件号码", "id_number", "id_no"),
        "id_number",
    ),
    Column("phone", ("联系电话", "电话", "手机号", "phone", "telephone", "mobile"), "phone"),
    Column("kind", ("户类型", "农户类型", "户属性", "脱贫属性", "kind", "type"), "kind", True),
    Column(
        "members_registered",
        ("人口", "家庭人口", "人口数", "家庭人口数", "members", "household_size"),
        "members",
        True,
    ),
    Column("helper_id", ("帮扶责任人", "帮扶人", "帮扶联系人", "helper"), "helper"),
)
"""The ledger's columns; the Chinese name comes first."""

MOST_MEMBERS: Final = 30
MOST_GUESSES: Final = 50
_KIND_NAMES: Final = {
    "拟脱贫": "exit_planned",
    "已脱贫": "exited_supported",
    "脱贫户": "exited_supported",
    "已脱贫(享受政策)": "exited_supported",
    "已脱贫(不享受政策)": "exited",
    "未脱贫": "registered",
    "建档立卡贫困户": "registered",
    "贫困户": "registered",
    "边缘": "edge",
    "边缘易致贫户": "edge",
    "一般农户": "ordinary",
    "非贫困户": "ordinary",
}
_KINDS: Final = {
    **{code: code for code in KINDS},
    **{name: code for code, words in KINDS.items() for name in (words.zh, words.en.casefold())},
    **_KIND_NAMES,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: in which row of the sheet, in which column, and a sentence that says it all."""

    row: int
    column: str
    words: Words


class Wrong(ValueError):
    """A cell that cannot be taken."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)


def problem_at(row: int, column: Column | None, words: Words) -> Problem:
    """A problem whose sentence begins with where it is."""
    zh = f"第 {row} 行" + (f"“{column.names[0]}”" if column else "")
    en = f"Row {row}" + (f", {column.english}" if column else "")
    said = Words(f"{zh}：{words.zh}", f"{en}: {words.en}")
    return Problem(row, column.names[0] if column else "", said)


class Reader:
    """Reads rows against the areas and people of one campaign, which are asked for once."""

    def __init__(self, session: Session, campaign: Campaign, today: dt.date) -> None:
        self._villages = _Villages(session, campaign.area_code)
        self._helpers = _Helpers(session, today)

    def read(self, line: Line) -> tuple[dict[str, Any], list[Problem]]:
        """The values of one row by column code, without those left empty; and what is wrong with it."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        if line.beyond:
            words = Words(
                f"多出 {line.beyond} 个单元格，可能有未加引号的分隔符。",
                f"{line.beyond} cells too many; a separator may stand in a cell without quotes.",
            )
            problems.append(problem_at(line.number, None, words))
        for column in COLUMNS:
            text = line.cells.get(column.code, "")
            try:
                if text:
                    values[column.code] = self._value(column.code, text, line, values)
                elif column.required:
                    raise Wrong("不能为空。", "must not be empty.")
            except Wrong as wrong:
                problems.append(problem_at(line.number, column, wrong.words))
        values.pop("town", None)
        return values, problems

    def _value(self, code: str, text: str, line: Line, so_far: Mapping[str, Any]) -> Any:
        if code == "village":
            return self._villages.find(text, line.cells.get("town", ""))
        if code == "helper_id":
            village: Area | None = so_far.get("village")
            return self._helpers.find(text, village.code if village else "")
        return _CELLS[code](text)


# -- cells --------------------------------------------------------------------------------------


def _short(most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > most:
            raise Wrong(
                f"有 {len(text)} 个字符，最多 {most} 个。", f"has {len(text)} characters, more than {most}."
            )
        if re.search(r"[\x00-\x1f\x7f]", text):
            raise Wrong("含有控制字符。", "has control characters.")
        return text

    return read


def _identity(text: str) -> str:
    number = text.replace(" ", "").upper()
    words = identity_problem(number)
    if words is not None:
        raise Wrong(words.zh, words.en)
    return number


def _phone(text: str) -> str:
    if not re.fullmatch(r"[\d+][\d\-() /]{4,38}", text):
        raise Wrong(f"“{text}”不是电话号码。", f"“{text}” is no telephone number.")
    return text


def _kind(text: str) -> str:
    found = _KINDS.get(text) or _KINDS.get(text.casefold())
    if found is None:
        zh = "、".join(one.zh for one in KINDS.values())
        raise Wrong(f"“{text}”不是户类型，应为：{zh}。", f"“{text}” is none of: {', '.join(KINDS)}.")
    return found


def _members(text: str) -> int:
    digits = text.removesuffix("人").removesuffix(".0").strip()
    if not digits.isascii() or not digits.isdigit() or not 0 < int(digits[:4]) <= MOST_MEMBERS:
        raise Wrong(
            f"“{text}”应为 1 到 {MOST_MEMBERS} 的整数。",
            f"“{text}” should be a whole number from 1 to {MOST_MEMBERS}.",
        )
    return int(digits)


_CELLS: Final[dict[str, Callable[[str], Any]]] = {
    "number": _short(40),
    "town": _short(200),
    "group_no": _short(20),
    "head": _short(200),
    "head_id_number": _identity,
    "phone": _phone,
    "kind": _kind,
    "members_registered": _members,
}


# -- villages and helpers -----------------------------------------------------------------------


class _Guesses:
    """What somebody probably meant; a sheet full of strange names is not worth more than a few guesses."""

    def __init__(self, names: Iterable[str], cutoff: float) -> None:
        self._names = list(names)
        self._cutoff = cutoff
        self._made: dict[str, str | None] = {}

    def near(self, text: str) -> str | None:
        """The name that is most like a text, if any is."""
        if text not in self._made and len(self._made) < MOST_GUESSES:
            found = get_close_matches(text[:40], self._names, n=1, cutoff=self._cutoff)
            self._made[text] = found[0] if found else None
        return self._made.get(text)


class _Villages:
    """The villages of the campaign by code and by name."""

    def __init__(self, session: Session, within: str) -> None:
        path = session.scalars(select(Area.path).where(Area.code == within)).one()
        inside = select(Area).where(Area.path.startswith(path, autoescape=True)).order_by(Area.code)
        areas = list(session.scalars(inside))
        self._names = {one.code: one.name for one in areas}
        self._by_code = {one.code: one for one in areas if one.level == "village"}
        self._by_name: dict[str, list[Area]] = defaultdict(list)
        for one in self._by_code.values():
            self._by_name[_bare(one.name)].append(one)
        self._guesses = _Guesses(self._by_name, cutoff=0.3)

    def find(self, text: str, town: str) -> Area:
        """The village that a cell means, with the help of the town's name.

        Raises:
            Wrong: there is none, or there are several.
        """
        if text in self._by_code:
            return self._by_code[text]
        if re.fullmatch(r"[\d.eE+]+", text):
            raise Wrong(f"没有代码为“{text}”的村。", f"there is no village with the code “{text}”.")
        found = self._by_name.get(_bare(text), [])
        if town:
            found = [one for one in found if self._town(one) in (town, f"{town}镇", f"{town}乡")]
        if len(found) == 1:
            return found[0]
        if found:
            names = "、".join(f"{self._town(one)}（{one.code}）" for one in found[:5])
            raise Wrong(
                f"有 {len(found)} 个“{text}”：{names}。请填写村代码或乡镇。",
                f"there are {len(found)} villages called “{text}”: {names}. Give the code or the town.",
            )
        raise self._unknown(text, town)

    def _unknown(self, text: str, town: str) -> Wrong:
        near = _bare(text) if _bare(text) in self._by_name else self._guesses.near(_bare(text))
        meant = self._by_name[near] if near else []
        where = f"{town}的" if town else ""
        guess = f"{self._town(meant[0])}{meant[0].name}（{meant[0].code}）" if meant else ""
        zh = f"没有名为“{text}”的{where}村。" + (f"是不是{guess}？" if guess else "")
        en = f"there is no village “{text}”{f' in {town}' if town else ''}."
        return Wrong(zh, en + (f" Did you mean {guess}?" if guess else ""))

    def _town(self, village: Area) -> str:
        return self._names.get(village.parent_code or "", "")


def _bare(name: str) -> str:
    """A village's name without what offices put behind it."""
    for ending in ("村民委员会", "居民委员会", "村委会", "居委会", "委员会", "社区", "村"):
        if name.endswith(ending) and len(name) > len(ending):
            return _bare(name.removesuffix(ending)) if ending != "村" else name.removesuffix(ending)
    return name


class _Helpers:
    """People by login and by name; of namesakes the one who helps in the village."""

    def __init__(self, session: Session, today: dt.date) -> None:
        self._by_name: dict[str, list[int]] = defaultdict(list)
        for number, name, login in session.execute(
            select(Person.id, Person.name, Person.login).where(Person.active)
        ):
            self._by_name[name].append(number)
            if login != name:
                self._by_name[login].append(number)
        self._guesses = _Guesses(self._by_name, cutoff=0.5)
        helps = select(Post.person_id, Post.scope).where(Post.role == "helper", held_on(today))
        self._posts = {(person, scope) for person, scope in session.execute(helps)}

    def find(self, text: str, village: str) -> int:
        """The person that a cell means.

        Raises:
            Wrong: there is none, or there are several.
        """
        found = self._by_name.get(text, [])
        here = [one for one in found if (one, village) in self._posts]
        if len(here) == 1 or len(found) == 1:
            return (here or found)[0]
        if found:
            raise Wrong(
                f"有 {len(found)} 人叫“{text}”，请填写登录名。",
                f"{len(found)} people are called “{text}”; give the sign-in name.",
            )
        near = self._guesses.near(text)
        guess = Words(f"是不是“{near}”？", f" Did you mean “{near}”?") if near else Words("", "")
        raise Wrong(
            f"没有人员“{text}”，请先添加该人员。{guess.zh}",
            f"there is nobody called “{text}”; add them first.{guess.en}",
        )
