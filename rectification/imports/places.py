"""What the names in a sheet mean here: villages, areas, people, units, check items. Each is asked for once."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.text import LocalizedText
from rectification.campaigns.catalogue import CheckItem
from rectification.imports.cells import WrongCell
from rectification.people.model import Person
from rectification.people.posts import Post, held_on
from rectification.people.roles import Role
from rectification.places.areas import Area
from rectification.places.units import Unit

MOST_GUESSES: Final = 50


class Guesses:
    """What somebody probably meant; a sheet full of strange names is not worth more than a few guesses."""

    def __init__(self, names: Iterable[str], cutoff: float) -> None:
        self._names = list(names)
        self._cutoff = cutoff
        self._made: dict[str, str | None] = {}

    def near(self, text: str) -> str | None:
        """The name that is most like a text, if any is."""
        if text not in self._made and len(self._made) < MOST_GUESSES:
            close_matches = get_close_matches(text[:40], self._names, n=1, cutoff=self._cutoff)
            self._made[text] = close_matches[0] if close_matches else None
        return self._made.get(text)

    def words(self, text: str) -> LocalizedText:
        """A question after what was probably meant; nothing when nothing is near."""
        near = self.near(text)
        return (
            LocalizedText(f"是不是“{near}”？", f" Did you mean “{near}”?") if near else LocalizedText("", "")
        )


class Villages:
    """The villages of the campaign by code and by name."""

    def __init__(self, session: Session, within: str) -> None:
        path = session.scalars(select(Area.path).where(Area.code == within)).one()
        inside = select(Area).where(Area.path.startswith(path, autoescape=True)).order_by(Area.code)
        areas = list(session.scalars(inside))
        self._names = {area.code: area.name for area in areas}
        self._by_code = {area.code: area for area in areas if area.level == "village"}
        self._by_name: dict[str, list[Area]] = defaultdict(list)
        for village in self._by_code.values():
            self._by_name[_bare(village.name)].append(village)
        self._guesses = Guesses(self._by_name, cutoff=0.3)

    def find(self, text: str, town: str) -> Area:
        """The village that a cell means, with the help of the town's name.

        Raises:
            Wrong: there is none, or there are several.
        """
        if text in self._by_code:
            return self._by_code[text]
        if re.fullmatch(r"[\d.eE+]+", text):
            raise WrongCell(f"没有代码为“{text}”的村。", f"there is no village with the code “{text}”.")
        areas = self._by_name.get(_bare(text), [])
        if town:
            areas = [area for area in areas if self._town(area) in (town, f"{town}镇", f"{town}乡")]
        if len(areas) == 1:
            return areas[0]
        if areas:
            names = "、".join(f"{self._town(area)}（{area.code}）" for area in areas[:5])
            raise WrongCell(
                f"有 {len(areas)} 个“{text}”：{names}。请填写村代码或乡镇。",
                f"there are {len(areas)} villages called “{text}”: {names}. Give the code or the town.",
            )
        raise self._unknown(text, town)

    def _unknown(self, text: str, town: str) -> WrongCell:
        near = _bare(text) if _bare(text) in self._by_name else self._guesses.near(_bare(text))
        meant = self._by_name[near] if near else []
        where = f"{town}的" if town else ""
        guess = f"{self._town(meant[0])}{meant[0].name}（{meant[0].code}）" if meant else ""
        zh = f"没有名为“{text}”的{where}村。" + (f"是不是{guess}？" if guess else "")
        en = f"there is no village “{text}”{f' in {town}' if town else ''}."
        return WrongCell(zh, en + (f" Did you mean {guess}?" if guess else ""))

    def _town(self, village: Area) -> str:
        return self._names.get(village.parent_code or "", "")


def _bare(name: str) -> str:
    """A village's name without what offices put behind it."""
    for ending in ("村民委员会", "居民委员会", "村委会", "居委会", "委员会", "社区", "村"):
        if name.endswith(ending) and len(name) > len(ending):
            return _bare(name.removesuffix(ending)) if ending != "村" else name.removesuffix(ending)
    return name


def _everywhere(path: str) -> bool:
    return True


Reaches = Callable[[str], bool]
"""Whether rows may name what belongs to the area with a path; what they may not name is as unknown as what is not there."""


class People:
    """People by login and by name; of namesakes the one who helps in the village.

    Known are those with a post where rows may name people, and those with none.
    """

    def __init__(self, session: Session, today: dt.date, reaches: Reaches = _everywhere) -> None:
        apart = _people_apart(session, today, reaches) if reaches is not _everywhere else set()
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self.names: dict[int, str] = {}
        for number, name, login in session.execute(
            select(Person.id, Person.name, Person.login).where(Person.active)
        ):
            if number in apart:
                continue
            self._by_name[name].append(number)
            self.names[number] = name
            if login != name:
                self._by_name[login].append(number)
        self._guesses = Guesses(self._by_name, cutoff=0.5)
        helps = select(Post.person_id, Post.scope).where(Post.role == Role.HELPER, held_on(today))
        self._posts = {(person, scope) for person, scope in session.execute(helps)}

    def find(self, text: str, village: str) -> int:
        """The person that a cell means.

        Raises:
            Wrong: there is none, or there are several.
        """
        candidates = self._by_name.get(text, [])
        if len(candidates) == 1:
            return candidates[0]
        here = [number for number in candidates if (number, village) in self._posts]
        if len(here) == 1:
            return here[0]
        if candidates:
            raise WrongCell(
                f"有 {len(candidates)} 人叫“{text}”，请填写登录名。",
                f"{len(candidates)} people are called “{text}”; give the sign-in name.",
            )
        guess = self._guesses.words(text)
        raise WrongCell(
            f"没有人员“{text}”，请先添加该人员。{guess.zh}",
            f"there is nobody called “{text}”; add them first.{guess.en}",
        )


def _people_apart(session: Session, today: dt.date, reaches: Reaches) -> set[int]:
    """Those who hold posts, and none where rows may name people."""
    place = func.coalesce(Post.area_code, Unit.area_code)
    held = select(Post.person_id, Area.path).outerjoin(Unit, Unit.id == Post.unit_id)
    held = held.outerjoin(Area, Area.code == place).where(held_on(today)).distinct()
    near: set[int] = set()
    far: set[int] = set()
    for person, path in session.execute(held):
        (near if path is not None and reaches(path) else far).add(person)
    return far - near


class Units:
    """Units by name; of several with one name the one that works for the village, its town or its county.

    Known are those that rows may name.
    """

    def __init__(self, session: Session, reaches: Reaches = _everywhere) -> None:
        self._by_name: dict[str, list[tuple[int, str]]] = defaultdict(list)
        self.paths: dict[int, str] = {}
        query = select(Unit.id, Unit.name, Unit.area_code, Area.path).join(Area, Area.code == Unit.area_code)
        for number, name, area, path in session.execute(query):
            if reaches(path):
                self._by_name[name].append((number, area))
                self.paths[number] = path
        self._guesses = Guesses(self._by_name, cutoff=0.5)

    def add(self, number: int, name: str, area: str) -> None:
        """Know one more, under a number that it has only here."""
        self._by_name[name].append((number, area))

    def find(self, text: str, area: Area | None = None) -> int:
        """The unit that a cell means.

        Raises:
            Wrong: there is none, or there are several.
        """
        candidates = self._by_name.get(text, [])
        if len(candidates) > 1 and area is not None:
            candidates = [
                candidate for candidate in candidates if candidate[1] in area.path.split("/")
            ] or candidates
        if len(candidates) == 1:
            return candidates[0][0]
        if candidates:
            raise WrongCell(
                f"有 {len(candidates)} 个单位叫“{text}”。", f"{len(candidates)} units are called “{text}”."
            )
        guess = self._guesses.words(text)
        raise WrongCell(
            f"没有单位“{text}”，请先导入该单位。{guess.zh}",
            f"there is no unit “{text}”; import it first.{guess.en}",
        )


class Areas:
    """Areas of every level by code and by name."""

    def __init__(self, session: Session) -> None:
        self.by_code = {row.code: row for row in session.scalars(select(Area))}
        self._by_name: dict[str, list[Area]] = defaultdict(list)
        for area in self.by_code.values():
            self._by_name[area.name].append(area)
        self._guesses = Guesses(self._by_name, cutoff=0.5)

    def find(self, text: str) -> Area:
        """The area that a cell means.

        Raises:
            Wrong: there is none, or there are several.
        """
        result = [self.by_code[text]] if text in self.by_code else self._by_name.get(text, [])
        if len(result) == 1:
            return result[0]
        if result:
            codes = "、".join(area.code for area in result[:5])
            raise WrongCell(
                f"有 {len(result)} 个“{text}”（{codes}），请填写区划代码。",
                f"there are {len(result)} areas called “{text}” ({codes}); give the code.",
            )
        guess = self._guesses.words(text)
        raise WrongCell(
            f"没有区划“{text}”，请先导入区划。{guess.zh}",
            f"there is no area “{text}”; import it first.{guess.en}",
        )


class Items:
    """The campaign's check items by code, name and question."""

    def __init__(self, session: Session, campaign_id: int) -> None:
        self._known: dict[str, CheckItem] = {}
        for row in session.scalars(select(CheckItem).where(CheckItem.campaign_id == campaign_id)):
            for name in (row.question_en, row.question_zh, row.name_en, row.name_zh, row.code):
                self._known[name.casefold()] = row
        self._guesses = Guesses(self._known, cutoff=0.5)

    def find(self, text: str) -> CheckItem:
        """The check item that a cell means.

        Raises:
            Wrong: there is none.
        """
        check_item = self._known.get(text.casefold())
        if check_item is None:
            guess = self._guesses.words(text.casefold())
            raise WrongCell(f"没有检查项“{text}”。{guess.zh}", f"there is no check item “{text}”.{guess.en}")
        return check_item

    def like(self, text: str) -> CheckItem | None:
        """The check item of a name, if there is one."""
        return self._known.get(text.casefold())
