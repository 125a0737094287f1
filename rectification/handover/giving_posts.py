"""Giving and taking posts (任免岗位): for which area or unit, from when until when, and who may."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from engine.errors import DomainError, NotAllowed, WrongValues
from engine.owners import person_owner
from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.handover.workload import get_workload
from rectification.people.model import Person
from rectification.people.posts import INSTALLATION, Post, administrators, pass_post, posts_of, wrong_level
from rectification.people.roles import ROLES, UNIT_ROLES, Role
from rectification.places.areas import Area
from rectification.places.units import Unit


@dataclass(frozen=True, slots=True)
class Realm:
    """Where somebody administers people: everywhere, or in areas (their paths) and what lies below."""

    everywhere: bool = False
    paths: tuple[str, ...] = ()

    def covers(self, path: str | None) -> bool:
        """Whether an area lies in it; None stands for the whole installation."""
        return self.everywhere or (path is not None and path.startswith(self.paths))


COMMAND: Final = Realm(everywhere=True)
"""Whoever runs the machine."""


def realm_of(session: Session, person_id: int, today: dt.date) -> Realm:
    """Where a person is administrator by their own posts; a deputy names nobody."""
    posts = [post for post in posts_of(session, person_id, today) if post.role == Role.ADMIN]
    codes = [post.area_code for post in posts if post.area_code]
    paths = session.scalars(select(Area.path).where(Area.code.in_(codes)).order_by(Area.path))
    return Realm(any(post.is_installation_wide for post in posts), tuple(paths))


def people_in(realm: Realm, today: dt.date) -> ColumnElement[bool]:
    """Whose account somebody looks after, as a condition on :class:`Person`.

    Those all of whose posts lie in the realm; of whoever holds none any more, the posts that they held.
    """
    if realm.everywhere:
        return true()
    below = or_(false(), *(Area.path.startswith(path, autoescape=True) for path in realm.paths))
    place = func.coalesce(
        Post.area_code, select(Unit.area_code).where(Unit.id == Post.unit_id).scalar_subquery()
    )
    inside = and_(place.is_not(None), place.in_(select(Area.code).where(below)))
    now = or_(Post.until.is_(None), Post.until >= today)
    holds = Person.id.in_(select(Post.person_id).where(now))
    current = and_(
        Person.id.in_(select(Post.person_id).where(now, inside)),
        Person.id.not_in(select(Post.person_id).where(now, ~func.coalesce(inside, false()))),
    )
    former = and_(
        ~holds,
        Person.id.in_(select(Post.person_id).where(inside)),
        Person.id.not_in(select(Post.person_id).where(~func.coalesce(inside, false()))),
    )
    return or_(current, former)


def may_administer(session: Session, realm: Realm, person_id: int, today: dt.date) -> bool:
    """Whether somebody looks after this person's account."""
    query = select(Person.id).where(Person.id == person_id, people_in(realm, today))
    return session.scalar(query) is not None


def may_change(session: Session, realm: Realm, post: Post) -> bool:
    """Whether somebody may give or take this post."""
    return realm.covers(_path_of(session, post))


def new_post(session: Session, role: str, scope: str) -> Post:
    """A post by its role and the code or name of its area, the name or number (``U12``) of its unit.

    ``installation`` (全系统) in place of an area is said in words: nobody administers the installation because a field
    was left empty. Nobody holds it yet; whether somebody may
    at an area of this level, :func:`give_post` says.

    Raises:
        WrongValues: there is no such role, area or unit, or there are several; says what to do.
    """
    if role not in ROLES:
        raise WrongValues(
            {
                "role": LocalizedText(
                    f"没有岗位“{role}”；有：{'、'.join(ROLES)}。",
                    f"There is no role “{role}”; there are: {', '.join(ROLES)}.",
                )
            }
        )
    scope = scope.strip()
    if role == Role.ADMIN and scope in (INSTALLATION, _WHOLE):
        return Post(role=role, scope=INSTALLATION)
    if not scope:
        raise WrongValues({"scope": _NO_SCOPE_OF_ADMINISTRATOR if role == Role.ADMIN else _NO_SCOPE})
    if role in UNIT_ROLES:
        unit = _unit(session, scope)
        return Post(role=role, scope=f"U{unit.id}", unit_id=unit.id, area_code=unit.area_code)
    code = _area(session, scope).code
    return Post(role=role, scope=code, area_code=code)


def give_post(context: ActionContext, realm: Realm, person_id: int, post: Post) -> None:
    """Let somebody hold a post from today on (or from ``post.since``), until its last day if it has one.

    Raises:
        NotAllowed: it is not the actor's to give.
        WrongValues: its area is of another level, they hold it already, or it would end before it begins.
    """
    session, today = context.session, context.today
    if not may_change(session, realm, post):
        raise NotAllowed(NOT_YOURS)
    if post.role not in UNIT_ROLES and (place := session.get(Area, post.scope)) is not None:
        wrong = wrong_level(post.role, place)
        if wrong is not None:
            raise WrongValues({"scope": wrong})
    post.since = post.since or today
    if post.until is not None and post.until < max(post.since, today):
        raise WrongValues(
            {"until": LocalizedText("截止日期不能早于今天。", "The last day cannot lie before today.")}
        )
    if post.until is not None and post.is_installation_wide and not administrators(session, today):
        words = LocalizedText(
            "第一位全系统管理员的任职不能有截止日期。",
            "The first administrator of the installation holds the post without a last day.",
        )
        raise WrongValues({"until": words})
    if any(held.owner == post.owner for held in posts_of(session, person_id, today)):
        raise WrongValues({"role": LocalizedText("已担任这个岗位。", "They hold this post already.")})
    post.person_id = person_id
    session.add(post)
    session.flush()
    until = None if post.until is None else post.until.isoformat()
    facts = {"role": post.role, "scope": post.scope, "until": until}
    record_event(context, "post_given", person_owner(person_id), **facts)


def take_post(context: ActionContext, realm: Realm, post: Post) -> None:
    """End a post with yesterday.

    Raises:
        NotAllowed: it is not the actor's to take.
        DomainError: work waits on its desk and nobody else holds it.
        LastAdministrator: nobody else administers the installation.
    """
    if not may_change(context.session, realm, post):
        raise NotAllowed(NOT_YOURS)
    if post.id in get_workload(context.session, post.person_id, context.today).lonely:
        words = LocalizedText(
            "这个岗位没有其他人担任，还有待办事项：请先移交工作，或先让别人担任这个岗位。",
            "Nobody else holds this post and work waits on its desk: hand the work over, or give the post to somebody else first.",
        )
        raise DomainError("work_left", words)
    pass_post(context, post, 0)


_WHOLE: Final = "全系统"
_NO_SCOPE: Final = LocalizedText("请填写区划或单位。", "Say for which area or unit.")
_NO_SCOPE_OF_ADMINISTRATOR: Final = LocalizedText(
    f"请填写区划；管理整个系统的填写“{_WHOLE}”。",
    f"Say for which area; for the whole installation write “{INSTALLATION}”.",
)
NOT_YOURS: Final = LocalizedText(
    "只能任免本人所管区划内的岗位。", "You may give and take posts only in the areas that you administer."
)


def _path_of(session: Session, post: Post) -> str | None:
    code = post.area_code
    if code is None and post.unit_id is not None:
        code = session.scalar(select(Unit.area_code).where(Unit.id == post.unit_id))
    return None if code is None else session.scalar(select(Area.path).where(Area.code == code))


def _area(session: Session, text: str) -> Area:
    area = session.get(Area, text)
    if area is not None:
        return area
    several = session.scalars(select(Area).where(Area.name == text).order_by(Area.code).limit(6)).all()
    if len(several) == 1:
        return several[0]
    if several:
        codes = "、".join(area.code for area in several)
        words = LocalizedText(
            f"有多个“{text}”（{codes}），请填写区划代码。",
            f"Several areas are called “{text}” ({codes}): give the code.",
        )
    else:
        words = LocalizedText(
            f"没有区划“{text}”。请先导入区划：huitoukan import rows areas 文件，或在“导入”页面选择“区划”。",
            f"There is no area “{text}”. Import the areas first: huitoukan import rows areas FILE, or Import → Areas on the pages.",
        )
    raise WrongValues({"scope": words})


def _unit(session: Session, text: str) -> Unit:
    if text.startswith("U") and text[1:].isascii() and text[1:].isdecimal() and len(text) < 19:
        unit = session.get(Unit, int(text[1:]))
        several = [unit] if unit is not None else []
    else:
        several = list(session.scalars(select(Unit).where(Unit.name == text).order_by(Unit.id).limit(6)))
    if len(several) == 1:
        return several[0]
    if several:
        numbers = "、".join(f"U{unit.id}" for unit in several)
        words = LocalizedText(
            f"有多个单位叫“{text}”（{numbers}），请填写编号。",
            f"Several units are called “{text}” ({numbers}): give the number.",
        )
    else:
        words = LocalizedText(
            f"没有单位“{text}”。请先导入单位：huitoukan import rows units 文件，或在“导入”页面选择“单位”。",
            f"There is no unit “{text}”. Import the units first: huitoukan import rows units FILE, or Import → Units on the pages.",
        )
    raise WrongValues({"scope": words})
