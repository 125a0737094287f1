"""The catalogue: what a campaign checks, in categories; a failed item becomes a ticket."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Final

from sqlalchemy import ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.text import LocalizedText
from rectification.core.model import Id, LongText, Model, Name

SWEEP: Final = "sweep"
"""The work that every campaign has: the household visits and what comes of them."""


class Category(Model):
    """A heading of the catalogue."""

    __tablename__ = "categories"
    __table_args__ = (UniqueConstraint("campaign_id", "code"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    code: Mapped[str] = mapped_column(String(20))
    position: Mapped[int]
    title_zh: Mapped[Name]
    title_en: Mapped[Name]

    @property
    def title(self) -> LocalizedText:
        """The heading in both languages."""
        return LocalizedText(self.title_zh, self.title_en)


class CheckItem(Model):
    """One question. ``levels`` says at whom it is asked: H household, V village, C county, - nobody.

    ``evidence`` are the kinds of proof that closing a ticket of this item takes: photo, document.
    """

    __tablename__ = "check_items"
    __table_args__ = (UniqueConstraint("campaign_id", "code"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    code: Mapped[str] = mapped_column(String(20))
    work: Mapped[str] = mapped_column(String(40), default=SWEEP)
    category: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10), comment="item or indicator")
    levels: Mapped[str] = mapped_column(String(3))
    position: Mapped[int]
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    question_zh: Mapped[LongText]
    question_en: Mapped[LongText]
    fail_when: Mapped[str] = mapped_column(String(3), default="no", comment="the answer that makes an issue")
    photo_on_failure: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[list[str]] = mapped_column(default=list)
    field: Mapped[str | None] = mapped_column(String(40), comment="whose standard it is")
    bears_on: Mapped[str | None] = mapped_column(
        String(20),
        comment="the fact of a household's result that it bears on; none: it never touches a result",
    )

    @property
    def name(self) -> LocalizedText:
        """The item's short name in both languages."""
        return LocalizedText(self.name_zh, self.name_en)

    @property
    def question(self) -> LocalizedText:
        """The question in both languages."""
        return LocalizedText(self.question_zh, self.question_en)

    def fails(self, answer: Mapping[str, object] | None) -> bool:
        """Whether an answer makes an issue."""
        return bool(answer) and answer is not None and answer.get("answer") == self.fail_when


def add_shipped_catalogue(session: Session, campaign_id: int) -> None:
    """Give a campaign the plan's categories and items, as they come with the product."""
    for place, line in enumerate(_shipped("check_categories.csv")):
        session.add(Category(campaign_id=campaign_id, position=place, **line))
    for place, line in enumerate(_shipped("check_items.csv")):
        asks = {
            "photo_on_failure": line.pop("photo_on_failure") == "yes",
            "evidence": line.pop("evidence").split(),
            "field": line.pop("field") or None,
            "bears_on": line.pop("bears_on") or None,
        }
        session.add(CheckItem(campaign_id=campaign_id, position=place, **line, **asks))


def _shipped(name: str) -> Iterator[dict[str, str]]:
    text = resources.files("rectification").joinpath(f"data/{name}").read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


def copy_catalogue(session: Session, source: int, target: int) -> None:
    """Give a campaign what another one asks at its visits."""
    items = get_check_items(session, source)
    named = {item.category for item in items}
    for category in get_categories(session, source):
        if category.code in named:
            session.add(Category(campaign_id=target, **_facts(category)))
    for item in items:
        session.add(CheckItem(campaign_id=target, **_facts(item)))


def _facts(row: Category | CheckItem) -> dict[str, object]:
    names = (column.key for column in type(row).__mapper__.column_attrs)
    return {name: getattr(row, name) for name in names if name not in ("id", "campaign_id")}


def get_check_items(
    session: Session, campaign_id: int, level: str | None = None, work: str = SWEEP
) -> list[CheckItem]:
    """The questions of a campaign's work in their order, all or those of one level."""
    return items_of_campaigns(session, [campaign_id], level, work)


def items_of_campaigns(
    session: Session, campaigns: Sequence[int], level: str | None = None, work: str = SWEEP
) -> list[CheckItem]:
    """The same of several campaigns."""
    query = select(CheckItem).where(CheckItem.campaign_id.in_(campaigns), CheckItem.work == work)
    query = query.order_by(CheckItem.position)
    return [item for item in session.scalars(query) if level is None or level in item.levels]


def get_check_item(session: Session, campaign_id: int, code: str) -> CheckItem:
    """One question of a campaign.

    Raises:
        NotFound: the campaign does not ask it.
    """
    query = select(CheckItem).where(CheckItem.campaign_id == campaign_id, CheckItem.code == code)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(LocalizedText(f"没有检查项“{code}”。", f"There is no check item “{code}”."))
    return row


def get_categories(session: Session, campaign_id: int) -> list[Category]:
    """The headings of a campaign in their order."""
    query = select(Category).where(Category.campaign_id == campaign_id)
    return list(session.scalars(query.order_by(Category.position)))
