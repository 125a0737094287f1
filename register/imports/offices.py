"""Sheets about the offices themselves: areas, units, people with their posts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import insert, or_, select, update

from engine.history import history_row, record
from engine.schema import history
from engine.words import Words
from register.areas import LEVELS, Area
from register.imports.cells import Wrong, choice, day, phone, short
from register.imports.kinds import (
    KEEPERS,
    ImportKind,
    Lookup,
    Notes,
    Rows,
    Scene,
    Take,
    Values,
    add_rows,
    change_rows,
)
from register.imports.places import Areas, Units
from register.imports.sheets import Column, Line
from register.people import Person
from register.posts import ROLES, UNIT_ROLES, Post
from register.units import Unit

LEVEL_WORDS: Final = {
    "city": Words("市", "city"),
    "county": Words("县区", "county"),
    "town": Words("乡镇", "town"),
    "village": Words("村", "village"),
}
_LEVELS_BY_LENGTH: Final = {6: "county", 9: "town", 12: "village"}
UNIT_KINDS: Final = {
    "village_committee": Words("村两委", "village committee"),
    "village_team": Words("驻村工作队", "village team"),
    "town_office": Words("乡镇办公室", "town office"),
    "town_unit": Words("乡镇站所", "town unit"),
    "county_office": Words("县级牵头单位", "county office"),
    "line_dept": Words("行业主管部门", "line department"),
    "city_office": Words("市级牵头单位", "city office"),
}


def _repeated(row: int) -> Words:
    return Words(f"与第 {row} 行重复。", f"is the same as in row {row}.")


# -- areas --------------------------------------------------------------------------------------


class AreaRows:
    """Areas by code; what lies above must be known, or stand further up in the same file."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known = {
            one.code: (one.name, one.level, one.path) for one in scene.session.scalars(select(Area))
        }
        self._seen: dict[str, int] = {}

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {}

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        for take in takes:
            values = take.values
            code = values["code"]
            first = self._seen.setdefault(code, take.row)
            level = values.get("level") or self._level_of(code)
            parent = values.get("parent_code") or self._parent_of(code, level)
            if first != take.row:
                notes.refuse(take, "code", _repeated(first))
            elif code in self._known:
                name, _level, _path = self._known[code]
                take.compare(0, {"name": name}, ("name",))
            elif level != LEVELS[0] and parent not in self._known:
                words = Words(
                    f"上级区划“{parent}”还没有登记。", f"the area above, “{parent}”, is not registered."
                )
                notes.refuse(take, "parent_code", words)
            elif level != LEVELS[0] and LEVELS.index(self._known[parent][1]) != LEVELS.index(level) - 1:
                above = LEVEL_WORDS[self._known[parent][1]]
                words = Words(
                    f"上级“{parent}”是{above.zh}，级别对不上。",
                    f"“{parent}” is a {above.en}; the levels do not fit.",
                )
                notes.refuse(take, "level", words)
            else:
                path = (self._known[parent][2] if level != LEVELS[0] else "") + f"{code}/"
                values.update(level=level, parent_code=parent if level != LEVELS[0] else None, path=path)
                self._known[code] = (values["name"], level, path)

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
                history_row(scene.actor, scene.now, "registered", f"area:{row['code']}") for row in rows
            ]
            scene.session.execute(insert(history), written)

    def _rename(self, take: Take) -> None:
        scene, code = self._scene, take.values["code"]
        scene.session.execute(update(Area).where(Area.code == code).values(**take.after))
        record(
            scene.session,
            scene.actor,
            scene.now,
            "changed",
            f"area:{code}",
            before=take.before,
            after=take.after,
        )


def _code(text: str) -> str:
    if not re.fullmatch(r"\d{4,12}", text):
        raise Wrong(
            f"“{text}”不是区划代码（6、9 或 12 位数字）。", f"“{text}” is no area code (6, 9 or 12 digits)."
        )
    return text


def _begin_areas(scene: Scene) -> Rows:
    return AreaRows(scene)


AREAS: Final = ImportKind(
    "areas",
    Words("区划", "Areas"),
    Words("市、县、乡镇、村，上级在前。", "City, county, town, village; what lies above comes first."),
    (
        Column("code", ("区划代码", "行政区划代码", "代码", "code", "area_code"), "code", True, _code, example="341226100201"),
        Column("name", ("名称", "区划名称", "村名", "name"), "name", True, short(200), example="管谷村"),
        Column("level", ("级别", "层级", "level"), "level", read=choice(Words("级别", "a level"), LEVEL_WORDS, {"县": "county", "区": "county", "镇": "town", "乡": "town", "街道": "town", "社区": "village"}),
               choices=tuple(LEVEL_WORDS.values()), example="村"),
        Column("parent_code", ("上级代码", "上级区划代码", "parent_code", "parent"), "parent_code", read=_code,
               note=Words("可不填，按代码推算。", "May be left empty; it follows from the code.")),
    ),
    _begin_areas,
    roles=KEEPERS,
)  # fmt: skip


# -- units --------------------------------------------------------------------------------------


class UnitRows:
    """Units: known by name within the area for which they work."""

    FIELDS = ("kind", "field", "parent_id")

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._areas, self._units = Areas(scene.session), Units(scene.session)
        self._seen: dict[tuple[str, str], int] = {}

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {
            "area_code": lambda text, line, values: self._areas.find(text).code,
            "parent_id": lambda text, line, values: self._units.find(text),
        }

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        names = {take.values["name"] for take in takes}
        columns = (Unit.id, Unit.name, Unit.area_code, Unit.kind, Unit.field, Unit.parent_id)
        rows = self._scene.session.execute(select(*columns).where(Unit.name.in_(names)))
        known = {(row.area_code, row.name): row for row in rows}
        for take in takes:
            key = take.values["area_code"], take.values["name"]
            first = self._seen.setdefault(key, take.row)
            if first != take.row:
                notes.refuse(take, "name", _repeated(first))
            elif (have := known.get(key)) is not None:
                take.compare(have.id, have._mapping, self.FIELDS)

    def write(self, takes: Sequence[Take]) -> None:
        names = ("name", "area_code", *self.FIELDS)
        new = [{name: take.values.get(name) for name in names} for take in takes if take.known is None]
        add_rows(self._scene, Unit, new, "registered", lambda number, row: f"unit:{number}", "name")
        change_rows(self._scene, Unit, takes, lambda take: f"unit:{take.known}")


def _begin_units(scene: Scene) -> Rows:
    return UnitRows(scene)


UNITS: Final = ImportKind(
    "units",
    Words("单位", "Units"),
    Words("按名称和所属区划识别。", "Known by name and area."),
    (
        Column("name", ("单位名称", "单位", "名称", "unit", "name"), "name", True, short(200), example="慎城镇卫生院"),
        Column("kind", ("单位类型", "类型", "kind", "type"), "kind", True, choice(Words("单位类型", "a kind of unit"), UNIT_KINDS), choices=tuple(UNIT_KINDS.values()), example="乡镇站所"),
        Column("area_code", ("所属区划", "区划代码", "所在区划", "area", "area_code"), "area", True, example="341226100",
               note=Words("填写区划代码或名称。", "The area's code or name.")),
        Column("field", ("行业", "领域", "field"), "field", read=short(40), example="health",
               note=Words("行业部门和站所填写，与检查项的口径单位一致，如 health。", "For departments and stations, as the check items name it, for instance health.")),
        Column("parent_id", ("上级单位", "parent_unit", "parent"), "parent_unit"),
    ),
    _begin_units,
    roles=KEEPERS,
)  # fmt: skip


# -- people -------------------------------------------------------------------------------------


class PeopleRows:
    """People: known by sign-in name; a row may give them a post, several rows several posts."""

    FIELDS = ("name", "phone", "email")

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._areas, self._units = Areas(scene.session), Units(scene.session)
        self._first: dict[str, Values] = {}
        self._posts: set[tuple[str, str, str]] = set()

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {"scope": self._scope, "unit": lambda text, line, values: self._units.find(text)}

    def _scope(self, text: str, line: Line, values: Values) -> str:
        """The area of a post, or the unit for the roles that are held at a unit."""
        if values.get("role") in UNIT_ROLES:
            return f"U{self._units.find(text)}"
        return self._areas.find(text).code

    def match(self, takes: Sequence[Take], notes: Notes) -> None:
        logins = {take.values["login"] for take in takes}
        rows = self._scene.session.execute(
            select(Person.id, Person.login, Person.name, Person.phone, Person.email).where(
                Person.login.in_(logins)
            )
        ).all()
        known = {row.login: row for row in rows}
        held = self._held({row.id: row.login for row in rows})
        for take in takes:
            values = take.values
            if bool(values.get("role")) != bool(values.get("scope")):
                code = "scope" if values.get("role") else "role"
                notes.refuse(take, code, Words("岗位和范围要一起填写。", "a role and its scope go together."))
                continue
            have, login = known.get(values["login"]), values["login"]
            before = self._first.setdefault(login, values)
            if before["name"] != values["name"]:
                words = Words(
                    f"登录名“{login}”前面写的是{before['name']}。",
                    f"“{login}” is {before['name']} further up.",
                )
                notes.refuse(take, "name", words)
                continue
            if have is not None:
                take.compare(have.id, have._mapping, self.FIELDS)
            post = (login, values.get("role", ""), values.get("scope", ""))
            if values.get("role") and post not in held and post not in self._posts:
                self._posts.add(post)
                take.after["post"] = post[1:]
            elif have is None and before is not values:
                take.known = 0

    def _held(self, logins: Mapping[int, str]) -> set[tuple[str, str, str]]:
        wanted = select(Post.person_id, Post.role, Post.scope).where(
            Post.person_id.in_(logins), or_(Post.until.is_(None), Post.until >= self._scene.today)
        )
        return {(logins[who], role, scope) for who, role, scope in self._scene.session.execute(wanted)}

    def write(self, takes: Sequence[Take]) -> None:
        scene = self._scene
        logins = {take.values["login"] for take in takes}
        numbers = {
            login: n
            for n, login in scene.session.execute(
                select(Person.id, Person.login).where(Person.login.in_(logins))
            )
        }
        fresh: dict[str, Values] = {}
        for take in takes:
            if take.values["login"] not in numbers:
                names = ("login", *self.FIELDS)
                fresh.setdefault(take.values["login"], {name: take.values.get(name) for name in names})
        made = add_rows(
            scene, Person, list(fresh.values()), "registered", lambda number, row: f"person:{number}", "login"
        )
        numbers.update(zip(fresh, made, strict=True))
        posts = []
        for take in takes:
            if take.after.pop("post", None) is not None:
                posts.append(self._post(numbers[take.values["login"]], take.values))
        add_rows(
            scene,
            Post,
            posts,
            "post_given",
            lambda _number, row: f"person:{row['person_id']}",
            "role",
            "scope",
        )
        change_rows(
            scene, Person, [take for take in takes if take.known], lambda take: f"person:{take.known}"
        )

    def _post(self, person: int, values: Values) -> Values:
        scope = values["scope"]
        unit = int(scope[1:]) if scope.startswith("U") else values.get("unit")
        area: Any = None if scope.startswith("U") else scope
        if area is None:
            area = self._scene.session.scalars(select(Unit.area_code).where(Unit.id == unit)).one()
        since = values.get("since") or self._scene.today
        return {
            "person_id": person,
            "role": values["role"],
            "scope": scope,
            "unit_id": unit,
            "area_code": area,
            "since": since,
            "until": None,
        }


def _login(text: str) -> str:
    if not re.fullmatch(r"[\w.@\-]{2,100}", text):
        raise Wrong(
            f"“{text}”不能作登录名（字母、数字、点、横线）。",
            f"“{text}” cannot be a sign-in name (letters, digits, dots, hyphens).",
        )
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) or len(text) > 200:
        raise Wrong(f"“{text}”不是邮箱地址。", f"“{text}” is no mail address.")
    return text


def _begin_people(scene: Scene) -> Rows:
    return PeopleRows(scene)


PEOPLE: Final = ImportKind(
    "people",
    Words("人员和岗位", "People and posts"),
    Words(
        "按登录名识别；一人多岗分多行填写。密码由管理员另行设置。",
        "Known by sign-in name; several posts are several rows. Passwords are set by an administrator.",
    ),
    (
        Column("login", ("登录名", "账号", "用户名", "login"), "login", True, _login, example="zhangsan"),
        Column("name", ("姓名", "name"), "name", True, short(200), example="张三"),
        Column("phone", ("联系电话", "电话", "手机号", "phone", "mobile"), "phone", read=phone),
        Column("email", ("邮箱", "电子邮箱", "email", "mail"), "email", read=_email),
        Column("role", ("岗位", "角色", "role", "post"), "role", read=choice(Words("岗位", "a role"), ROLES), choices=tuple(ROLES.values()), example="帮扶责任人"),
        Column("scope", ("岗位范围", "范围", "负责区划", "scope"), "scope", example="341226100201",
               note=Words("区划代码或名称；单位负责人和行业主管部门填写单位名称。", "The area's code or name; for unit leaders and line departments the unit's name.")),
        Column("unit", ("所在单位", "单位", "unit"), "unit"),
        Column("since", ("任职日期", "起始日期", "since"), "since", read=day),
    ),
    _begin_people,
    roles=KEEPERS,
)  # fmt: skip
