"""Criteria (口径): what counts as in order, item by item; owned by the line department, every version kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotAllowed, WrongValues
from engine.history import record
from engine.words import Words
from engine.world import Actor
from register.catalogue import CheckItem, check_item
from register.deputies import acting_posts
from register.row import Id, LongText, Row
from register.units import Unit

LONGEST: Final = 2000


class Criterion(Row):
    """One version of an item's criterion; the newest counts."""

    __tablename__ = "criteria"
    __table_args__ = (UniqueConstraint("campaign_id", "item", "version"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    item: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    text_zh: Mapped[LongText]
    text_en: Mapped[LongText] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]

    @property
    def words(self) -> Words:
        """The text; one that nobody translated is said in Chinese."""
        return Words(self.text_zh, self.text_en or self.text_zh)


def criteria(session: Session, campaign_id: int) -> dict[str, Criterion]:
    """The criterion that counts now, by item."""
    wanted = select(Criterion).where(Criterion.campaign_id == campaign_id).order_by(Criterion.version)
    return {one.item: one for one in session.scalars(wanted)}


def versions_of(session: Session, campaign_id: int, item: str) -> list[Criterion]:
    """Every version of an item's criterion, the newest first."""
    wanted = select(Criterion).where(Criterion.campaign_id == campaign_id, Criterion.item == item)
    return list(session.scalars(wanted.order_by(Criterion.version.desc())))


def speaks_for(session: Session, person_id: int, today: dt.date) -> Callable[[CheckItem], bool]:
    """Says of an item whether somebody speaks for it: its line department, or the county's or city's office."""
    posts = acting_posts(session, person_id, today)
    if any(post.role in ("county_office", "city_office") for post in posts):
        return lambda _item: True
    units = [post.unit_id for post in posts if post.role == "line_dept" and post.unit_id is not None]
    fields = set(session.scalars(select(Unit.field).where(Unit.id.in_(units))))
    return lambda item: item.field is not None and item.field in fields


def set_criterion(
    session: Session,
    campaign_id: int,
    code: str,
    zh: str,
    en: str,
    actor: Actor,
    now: dt.datetime,
    today: dt.date,
) -> None:
    """Give an item a new version of its criterion; the same text again is no new version.

    Raises:
        NotAllowed: the item belongs to another department.
        WrongValues: there is no text, or too much of it.
    """
    item = check_item(session, campaign_id, code)
    if actor.person is None or not speaks_for(session, actor.person, today)(item):
        raise NotAllowed(
            Words("该项口径由行业主管部门确定。", "The line department in charge says what counts here.")
        )
    text = zh.strip()
    if not text:
        raise WrongValues({"text_zh": Words("请填写口径。", "Say what counts as in order.")})
    if len(text) > LONGEST or len(en.strip()) > LONGEST:
        raise WrongValues({"text_zh": Words(f"最多 {LONGEST} 字。", f"At most {LONGEST} characters.")})
    known = versions_of(session, campaign_id, code)
    if known and (known[0].text_zh, known[0].text_en) == (text, en.strip()):
        return
    row = Criterion(campaign_id=campaign_id, item=code, version=len(known) + 1, text_zh=text)
    row.text_en, row.by_id, row.at = en.strip(), actor.person, now
    session.add(row)
    record(session, actor, now, "criterion_set", f"campaign:{campaign_id}", item=code, version=row.version)
