"""Campaigns: one plan with its area, its milestones and the few figures that rules need."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from engine.database import read_once, rows_of
from engine.errors import DomainError, NotFound
from engine.json import Json
from engine.text import LocalizedText
from rectification.core.model import Code, Id, Model, Name

MILESTONES: Final[dict[str, LocalizedText]] = {
    "visits": LocalizedText("入户工作完成", "Visits done"),
    "list": LocalizedText("问题清单上报", "Issue list submitted"),
    "reverify": LocalizedText("复核整改成效", "Re-verification"),
    "explanation": LocalizedText("情况说明提交", "Written explanations"),
    "closing": LocalizedText("系统内销号", "Closed in the provincial system"),
}
"""The five dates of a look-back."""


class NoCampaign(DomainError):
    """What was asked for belongs to a campaign, and none has been founded yet."""

    def __init__(self) -> None:
        words = LocalizedText(
            "还没有专项行动。请先导入区划、单位和人员，再新建专项行动。",
            "There is no campaign yet. Import areas, units and people first, then found the campaign.",
        )
        super().__init__("no_campaign", words)


class Milestone(Model):
    """An absolute date of a campaign; it never moves by itself, not even off a holiday."""

    __tablename__ = "milestones"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[dt.date]
    cutoff: Mapped[dt.time | None] = mapped_column(comment="local time; none: the end of the day")


class Campaign(Model):
    """One look-back: what is inspected where, and by when."""

    __tablename__ = "campaigns"

    id: Mapped[Id]
    name: Mapped[Name]
    name_en: Mapped[Name]
    year: Mapped[int]
    area_code: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    zone_name: Mapped[str] = mapped_column("zone", String(60), default="Asia/Shanghai")
    buffer_days: Mapped[int] = mapped_column(default=3, comment="days from due dates to re-verification")
    income_from: Mapped[dt.date | None]
    income_to: Mapped[dt.date | None]
    settings: Mapped[dict[str, Json]] = mapped_column(default=dict)
    demo: Mapped[bool] = mapped_column(default=False)
    milestones: Mapped[list[Milestone]] = relationship(lazy="selectin", order_by=Milestone.day)

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the campaign's days are meant."""
        return ZoneInfo(self.zone_name)

    def milestone(self, name: str) -> Milestone:
        """One of the campaign's dates.

        Raises:
            NotFound: the campaign has no such date.
        """
        for milestone in self.milestones:
            if milestone.name == name:
                return milestone
        raise NotFound(
            LocalizedText(f"专项行动没有节点“{name}”。", f"The campaign has no milestone “{name}”.")
        )


COLOURS: Final[dict[str, LocalizedText]] = {
    "blue": LocalizedText("蓝色", "blue"),
    "yellow": LocalizedText("黄色", "yellow"),
    "red": LocalizedText("红色", "red"),
}
"""The colours of what is pressed, from mild to grave."""


def floor(settings: Mapping[str, object]) -> frozenset[str]:
    """The colours that nobody can mute: red, unless the campaign says from which colour on."""
    colours = list(COLOURS)
    chosen = settings.get("floor", "red")
    return frozenset(colours[colours.index(chosen) :] if chosen in COLOURS else ("red",))


def get_campaign(session: Session, number: int) -> Campaign:
    """One campaign; read once per session.

    Raises:
        NotFound: there is none with this number.
    """
    campaign = session.get(Campaign, number)
    if campaign is None:
        raise NotFound(LocalizedText("没有这个专项行动。", "There is no such campaign."))
    return campaign


def get_current_campaign(session: Session) -> Campaign | None:
    """The campaign that was begun last."""
    return session.scalars(select(Campaign).order_by(Campaign.id.desc()).limit(1)).first()


class CampaignRow(NamedTuple):
    """What lists, desks and deadlines of several campaigns go by."""

    number: int
    zone: str
    area: str
    settings: Mapping[str, object]


def campaign_rows(session: Session) -> Sequence[CampaignRow]:
    """Every campaign, the one begun last first; once in a reading transaction."""
    return read_once(session, "campaigns", lambda: [CampaignRow(*row) for row in rows_of(session, _ROWS, {})])


_ROWS: Final = select(Campaign.id, Campaign.zone_name, Campaign.area_code, Campaign.settings).order_by(
    Campaign.id.desc()
)
