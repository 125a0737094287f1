"""Filters of the ledger that people keep and share, and the columns that each of them looks at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from sqlalchemy import ForeignKey, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotAllowed, NotFound, WrongValues
from engine.host import Actor
from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Id, LongText, Model, Name
from rectification.ledger.filters import Filters
from rectification.people.posts import Post, posts_of
from rectification.people.roles import Role
from rectification.places.areas import Area
from rectification.places.units import Unit

EVERYBODY: Final = "all"
_MOST: Final = 50
_MAY_TELL_ALL: Final = frozenset({Role.COUNTY_OFFICE, Role.CITY_OFFICE, Role.PROCESS_OWNER, Role.ADMIN})


class SavedFilter(Model):
    """A filter under a name. ``shared_to``: nobody, ``all``, ``area:CODE`` with what lies in it, ``unit:ID``.

    Whoever opens it sees their own tickets through it: a filter is a condition, never a right.
    """

    __tablename__ = "saved_filters"

    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    name: Mapped[Name]
    query: Mapped[LongText]
    columns: Mapped[list[str]] = mapped_column(default=list, comment="none: those of whoever opens it")
    shared_to: Mapped[str] = mapped_column(String(40), default="", index=True)
    created_at: Mapped[dt.datetime]


class LedgerColumns(Model):
    """The columns that somebody wants to see, in their order."""

    __tablename__ = "ledger_columns"

    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True, autoincrement=False)
    columns: Mapped[list[str]]


def columns_of(session: Session, person_id: int, usual: Sequence[str]) -> list[str]:
    """What somebody chose, or what is usual."""
    chosen = session.get(LedgerColumns, person_id)
    return list(usual) if chosen is None else list(chosen.columns)


def choose_columns(session: Session, person_id: int, columns: Sequence[str]) -> None:
    """Remember the columns for the next time."""
    chosen = session.get(LedgerColumns, person_id)
    if chosen is None:
        session.add(LedgerColumns(person_id=person_id, columns=list(columns)))
    else:
        chosen.columns = list(columns)


def get_saved_filters(session: Session, person_id: int, today: dt.date) -> list[SavedFilter]:
    """A person's own filters, then those that others share with them."""
    circles = [
        EVERYBODY,
        *(circle for post in posts_of(session, person_id, today) for circle in _reaching(session, post)),
    ]
    query = select(SavedFilter).where(
        or_(SavedFilter.person_id == person_id, SavedFilter.shared_to.in_(circles))
    )
    filters = session.scalars(query.order_by(SavedFilter.name, SavedFilter.id).limit(4 * _MOST))
    return sorted(filters, key=lambda element: element.person_id != person_id)


def get_saved_filter(session: Session, person_id: int, number: int, today: dt.date) -> SavedFilter:
    """One of the filters that a person may open.

    Raises:
        NotFound: there is none, or it is not for them.
    """
    next_ = next(
        (
            saved_filter
            for saved_filter in get_saved_filters(session, person_id, today)
            if saved_filter.id == number
        ),
        None,
    )
    if next_ is None:
        raise NotFound(LocalizedText("没有这个筛选。", "There is no such filter."))
    return next_


def circles(session: Session, person_id: int, today: dt.date) -> dict[str, LocalizedText | str]:
    """With whom a person may share: their units, their areas, and everybody for those who lead."""
    posts = posts_of(session, person_id, today)
    result: dict[str, LocalizedText | str] = {}
    for post in posts:
        if post.unit_id is not None:
            result[f"unit:{post.unit_id}"] = _unit_name(session, post.unit_id)
        area = session.get(Area, post.area_code) if post.area_code else None
        if area is not None and post.role != Role.HELPER:
            result[f"area:{area.code}"] = area.name
    if any(post.role in _MAY_TELL_ALL for post in posts):
        result[EVERYBODY] = LocalizedText("所有人", "Everybody")
    return result


def save_filter(
    context: ActionContext, *, name: str, query: str, shared_to: str, columns: Sequence[str] = ()
) -> SavedFilter:
    """Keep a filter; the same name again replaces one's own.

    Raises:
        WrongValues: no name, too many filters, or shared with others than one's own.
    """
    session = context.session
    person, restricted = _person(context.actor), Filters.from_query(query).query
    if not name.strip():
        raise WrongValues({"name": LocalizedText("请给筛选起个名字。", "Give the filter a name.")})
    if shared_to and shared_to not in circles(session, person, context.today):
        raise WrongValues(
            {
                "shared_to": LocalizedText(
                    "只能共享给您所在的单位或区划。", "Share it with your own unit or area."
                )
            }
        )
    mine = list(session.scalars(select(SavedFilter).where(SavedFilter.person_id == person)))
    row = next((saved_filter for saved_filter in mine if saved_filter.name == name.strip()), None)
    if row is None:
        if len(mine) >= _MOST:
            raise WrongValues(
                {
                    "name": LocalizedText(
                        "最多保存 50 个筛选，请先删除不用的。", "At most 50 filters: delete one first."
                    )
                }
            )
        row = SavedFilter(person_id=person, name=name.strip(), created_at=context.now)
        session.add(row)
    row.query, row.shared_to, row.columns = restricted, shared_to, list(columns)
    session.flush()
    record_event(
        context, "filter_saved", f"filter:{row.id}", name=row.name, query=row.query, shared_to=shared_to
    )
    return row


def forget_filter(context: ActionContext, number: int) -> None:
    """Delete a filter of one's own.

    Raises:
        NotFound: it is not for the asker. NotAllowed: it is somebody else's.
    """
    row = get_saved_filter(context.session, _person(context.actor), number, context.today)
    if row.person_id != context.actor.person:
        raise NotAllowed(
            LocalizedText("只有创建人可以修改这个筛选。", "Only its owner may change this filter.")
        )
    record_event(context, "filter_forgotten", f"filter:{row.id}", name=row.name)
    context.session.delete(row)


def _reaching(session: Session, post: Post) -> list[str]:
    area = session.get(Area, post.area_code) if post.area_code else None
    codes = area.path.strip("/").split("/") if area else []
    return [*(f"area:{code}" for code in codes), *([f"unit:{post.unit_id}"] if post.unit_id else [])]


def _unit_name(session: Session, number: int) -> str:
    return session.get_one(Unit, number).name


def _person(actor: Actor) -> int:
    if actor.person is None:
        raise NotAllowed(LocalizedText("只有人员可以保存筛选。", "Only people keep filters."))
    return actor.person
