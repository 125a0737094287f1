"""Criteria (口径): what counts as in order, item by item; owned by the line department, every version kept.

A criterion is in force in its owner's area and below; that of the nearest area upwards counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotAllowed, WrongValues
from engine.text import LocalizedText
from rectification.campaigns.catalogue import CheckItem, get_check_item
from rectification.campaigns.model import Campaign, get_campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.core.model import Code, Id, LongText, Model
from rectification.people.deputies import acting_posts
from rectification.people.roles import Role
from rectification.places.areas import areas_above
from rectification.places.scopes import Owner
from rectification.places.units import Unit

LONGEST: Final = 2000


class Criterion(Model):
    """One version of an item's criterion for an area; the newest of the nearest area counts."""

    __tablename__ = "criteria"
    __table_args__ = (UniqueConstraint("campaign_id", "area", "item", "version"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    area: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    item: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    text_zh: Mapped[LongText]
    text_en: Mapped[LongText] = mapped_column(default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]

    @property
    def words(self) -> LocalizedText:
        """The text; one that nobody translated is said in Chinese."""
        return LocalizedText(self.text_zh, self.text_en or self.text_zh)


def get_criteria(session: Session, campaign_id: int, area: str) -> dict[str, Criterion]:
    """The criterion that counts in an area now, by item."""
    above = areas_above(session, area)
    query = select(Criterion).where(Criterion.campaign_id == campaign_id, Criterion.area.in_(above))
    rows = session.scalars(query.order_by(Criterion.version)).all()
    return {row.item: row for row in sorted(rows, key=lambda criterion: -above.index(criterion.area))}


def versions_of(session: Session, campaign_id: int, area: str, item: str) -> list[Criterion]:
    """Every version of an item's criterion in an area and those above it, the nearest and newest first."""
    above = areas_above(session, area)
    of_item = (Criterion.campaign_id == campaign_id, Criterion.item == item, Criterion.area.in_(above))
    rows = session.scalars(select(Criterion).where(*of_item).order_by(Criterion.version.desc()))
    return sorted(rows, key=lambda criterion: above.index(criterion.area))


def speaks_for(
    session: Session, person_id: int, campaign: Campaign, today: dt.date
) -> Callable[[CheckItem], list[str]]:
    """Says of an item for which areas of a campaign somebody speaks.

    Its line department speaks for the area of that department; the county's or city's office for its own.
    """
    posts = acting_posts(session, person_id, today)
    offices = [post.area_code for post in posts if post.role in (Role.COUNTY_OFFICE, Role.CITY_OFFICE)]
    numbers = [post.unit_id for post in posts if post.role == Role.LINE_DEPT and post.unit_id is not None]
    units = session.execute(select(Unit.field, Unit.area_code).where(Unit.id.in_(numbers))).all()

    def areas(item: CheckItem) -> list[str]:
        fields = [unit.area_code for unit in units if item.field is not None and unit.field == item.field]
        own = [area for area in (*offices, *fields) if area is not None]
        return Owner(session, own).places_in(campaign.area_code)

    return areas


def set_criterion(context: ActionContext, campaign_id: int, area: str, code: str, zh: str, en: str) -> None:
    """Give an item a new version of its criterion in an area; the same text again is no new version.

    Raises:
        NotAllowed: the item belongs to another department.
        WrongValues: there is no text, or too much of it.
    """
    session = context.session
    item = get_check_item(session, campaign_id, code)
    campaign = get_campaign(session, campaign_id)
    if context.actor.person is None or area not in speaks_for(
        session, context.actor.person, campaign, context.today
    )(item):
        raise NotAllowed(
            LocalizedText(
                "该项口径由行业主管部门确定。", "The line department in charge says what counts here."
            )
        )
    text = zh.strip()
    if not text:
        raise WrongValues({"text_zh": LocalizedText("请填写口径。", "Say what counts as in order.")})
    if len(text) > LONGEST or len(en.strip()) > LONGEST:
        raise WrongValues(
            {"text_zh": LocalizedText(f"最多 {LONGEST} 字。", f"At most {LONGEST} characters.")}
        )
    known = [row for row in versions_of(session, campaign_id, area, code) if row.area == area]
    if known and (known[0].text_zh, known[0].text_en) == (text, en.strip()):
        return
    row = Criterion(campaign_id=campaign_id, area=area, item=code, version=len(known) + 1, text_zh=text)
    row.text_en, row.by_id, row.at = en.strip(), context.actor.person, context.now
    session.add(row)
    details = {"area": area, "item": code, "version": row.version}
    record_event(context, "criterion_set", campaign_key(campaign_id), **details)
