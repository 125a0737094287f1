"""People and the posts that they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import or_, select

from engine.owners import person_owner
from engine.text import LocalizedText
from rectification.handover.giving_posts import Realm, people_in
from rectification.imports.cells import WrongCell, choice, day, phone, short
from rectification.imports.kinds import (
    ADMINISTRATORS,
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
from rectification.imports.sheets import ImportColumn, SheetRow, find_sheet
from rectification.imports.workbooks import opened
from rectification.people.model import LOGIN, MAIL, Person
from rectification.people.posts import Post, wrong_level
from rectification.people.roles import ROLES, UNIT_ROLES, Role
from rectification.places.areas import Area
from rectification.places.units import Unit

_SPELLED_OTHERWISE: Final = LocalizedText(
    "与另一个登录名只有大小写不同。", "differs from another sign-in name only in capital letters."
)
_NO_POST: Final = LocalizedText(
    "新人员须同时填写您负责区域内的岗位。",
    "somebody new needs a post in the areas that you look after.",
)
_NO_UNIT: Final = LocalizedText(
    "没有填写所在单位：工单的责任单位要落实到单位，没有单位的帮扶责任人不能承办工单。",
    "is empty: tickets are handed to a unit and one of its people, so a helper without a unit cannot be given one.",
)


class PeopleRows:
    """People: known by sign-in name; a row may give them a post, several rows several posts."""

    FIELDS = ("name", "phone", "email")

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._areas, self._units = Areas(scene.session), Units(scene.session, scene.reaches)
        self._first: dict[str, Values] = {}
        self._posts: set[tuple[str, str, str]] = set()
        self._elsewhere: set[str] = set()
        self._spelled = {login.casefold(): login for login in scene.session.scalars(select(Person.login))}
        self._is_everywhere = scene.within is None

    @property
    def lookups(self) -> Mapping[str, Lookup]:
        return {"scope": self._scope, "unit": lambda text, line, values: self._units.find(text)}

    def _scope(self, text: str, line: SheetRow, values: Values) -> str:
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
        logins_of = {row.id: row.login for row in rows}
        held, self._elsewhere = self._held(logins_of), self._not_looked_after(logins_of)
        for take in takes:
            values = take.values
            if bool(values.get("role")) != bool(values.get("scope")):
                code = "scope" if values.get("role") else "role"
                notes.refuse(
                    take, code, LocalizedText("岗位和范围要一起填写。", "a role and its scope go together.")
                )
                continue
            have, login = known.get(values["login"]), values["login"]
            if (
                have is None
                and login not in self._first
                and not values.get("role")
                and not self._is_everywhere
            ):
                notes.refuse(take, "role", _NO_POST)
                continue
            if self._spelled.setdefault(login.casefold(), login) != login:
                notes.refuse(take, "login", _SPELLED_OTHERWISE)
                continue
            before = self._first.setdefault(login, values)
            if before["name"] != values["name"]:
                words = LocalizedText(
                    f"登录名“{login}”前面写的是{before['name']}。",
                    f"“{login}” is {before['name']} further up.",
                )
                notes.refuse(take, "name", words)
                continue
            if have is not None:
                take.compare(have.id, have._mapping, self.FIELDS)
            post = (login, values.get("role", ""), values.get("scope", ""))
            if values.get("role") and post not in held and post not in self._posts:
                wrong = self._wrong_level(*post[1:])
                if wrong is not None:
                    notes.refuse(take, "scope", wrong)
                    continue
                if values["role"] == Role.HELPER and values.get("unit") is None:
                    notes.doubt(take, "unit", _NO_UNIT)
                self._posts.add(post)
                take.after["post"] = post[1:]
            elif have is None and before is not values:
                take.known = 0

    def _wrong_level(self, role: str, scope: str) -> LocalizedText | None:
        place = self._areas.by_code.get(scope)
        return wrong_level(role, place) if place is not None else None

    def place_of(self, take: Take) -> tuple[str, str] | None:
        """Where the post is that a row gives; nowhere, if it names somebody or a unit that the importer does not look after."""
        scope = take.values.get("scope")
        if take.values["login"] in self._elsewhere:
            return "login", ""
        unit = take.values.get("unit")
        if unit is not None and not self._scene.covers(self._units.paths[unit]):
            return "unit", ""
        if scope is None:
            return None
        if scope.startswith("U"):
            unit = self._scene.session.get_one(Unit, int(scope[1:]))
            return "scope", self._areas.by_code[unit.area_code].path
        return "scope", self._areas.by_code[scope].path

    def _not_looked_after(self, logins: Mapping[int, str]) -> set[str]:
        """Those of these people whose account the importer does not look after, as the page of accounts asks it."""
        scene = self._scene
        if scene.within is None:
            return set()
        paths = scene.session.scalars(select(Area.path).where(Area.code.in_(scene.within)))
        theirs = people_in(Realm(paths=tuple(paths)), scene.context.today)
        query = select(Person.id).where(Person.id.in_(logins), theirs)
        return {logins[login] for login in logins.keys() - set(scene.session.scalars(query))}

    def _held(self, logins: Mapping[int, str]) -> set[tuple[str, str, str]]:
        query = select(Post.person_id, Post.role, Post.scope).where(
            Post.person_id.in_(logins), or_(Post.until.is_(None), Post.until >= self._scene.context.today)
        )
        return {(logins[login], role, scope) for login, role, scope in self._scene.session.execute(query)}

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
            scene,
            Person,
            list(fresh.values()),
            "registered",
            lambda number, row: person_owner(number),
            "login",
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
            lambda _number, row: person_owner(row["person_id"]),
            "role",
            "scope",
        )
        change_rows(
            scene, Person, [take for take in takes if take.known], lambda take: person_owner(take.known)
        )

    def _post(self, person: int, values: Values) -> Values:
        scope = values["scope"]
        unit = int(scope[1:]) if scope.startswith("U") else values.get("unit")
        area: Any = None if scope.startswith("U") else scope
        if area is None:
            area = self._scene.session.scalars(select(Unit.area_code).where(Unit.id == unit)).one()
        since = values.get("since") or self._scene.context.today
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
    if not LOGIN.fullmatch(text):
        raise WrongCell(
            f"“{text}”不能作登录名（字母、数字、点、横线）。",
            f"“{text}” cannot be a sign-in name (letters, digits, dots, hyphens).",
        )
    return text


def _email(text: str) -> str:
    if not MAIL.fullmatch(text) or len(text) > 200:
        raise WrongCell(f"“{text}”不是邮箱地址。", f"“{text}” is no mail address.")
    return text


PEOPLE: Final = ImportKind(
    "people",
    LocalizedText("人员和岗位", "People and posts"),
    LocalizedText(
        "按登录名识别；一人多岗分多行填写。导入后可打印首次登录单，密码由本人设置。",
        "Known by sign-in name; several posts are several rows. Afterwards a list of first sign-ins can be printed; people set their own passwords.",
    ),
    (
        ImportColumn("login", ("登录名", "账号", "用户名", "login"), "login", True, _login, example="zhangsan"),
        ImportColumn("name", ("姓名", "name"), "name", True, short(200), example="张三"),
        ImportColumn("phone", ("联系电话", "电话", "手机号", "phone", "mobile"), "phone", read=phone),
        ImportColumn("email", ("邮箱", "电子邮箱", "email", "mail"), "email", read=_email),
        ImportColumn("role", ("岗位", "角色", "role", "post"), "role", read=choice(LocalizedText("岗位", "a role"), ROLES), choices=tuple(ROLES.values()), example="帮扶责任人"),
        ImportColumn("scope", ("岗位范围", "范围", "负责区划", "scope"), "scope", example="341226100201",
               note=LocalizedText("区划代码或名称；单位负责人和行业主管部门填写单位名称。", "The area's code or name; for unit leaders and line departments the unit's name.")),
        ImportColumn("unit", ("所在单位", "单位", "unit"), "unit"),
        ImportColumn("since", ("任职日期", "起始日期", "since"), "since", read=day),
    ),
    PeopleRows,
    roles=ADMINISTRATORS,
    of_campaign=False,
)  # fmt: skip


def logins_in(data: bytes, mapping: Mapping[str, str] | None = None) -> list[str]:
    """The sign-in names in a file of people.

    Raises:
        UnreadableSheet: it is no such file.
    """
    with opened(data) as grids:
        lines = find_sheet(grids, PEOPLE.columns, mapping).lines()
        return sorted({login for line in lines if (login := line.cells.get("login"))})
