"""Changing a calendar: days typed in, out of a file, or as announced; what moves is looked at first.

The change of an area's calendar concerns every campaign in it. What would move in each is worked out in the
background (:mod:`rectification.rescheduling.model`); the calendar itself changes when somebody applies it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import DomainError, NotFound, WrongValues
from engine.json import Values
from engine.text import LocalizedText
from rectification.access.jurisdiction import offices_of
from rectification.calendar.calendar import calendars_above
from rectification.calendar.holidays import EVERYWHERE, KINDS, Day, own_days, put, read_days
from rectification.campaigns.model import Campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Code, Id, LongText, Model
from rectification.imports.cells import WrongCell, choice, day
from rectification.imports.sheets import ImportColumn, find_sheet
from rectification.imports.workbooks import UnreadableSheet, opened
from rectification.people.roles import Role
from rectification.people.scopes import owner_with
from rectification.places.scopes import INSTALLATION
from rectification.rescheduling import model
from rectification.rescheduling.model import Rescheduling

YEARS: Final = (2000, 2099)
"""The first and the last year that a calendar speaks of."""
MOST_DAYS: Final = 400
"""Days in one change; a year has no more."""


class CalendarChange(Model):
    """Days that the calendar of an area is to say otherwise: which, why, who asked, who applied it."""

    __tablename__ = "calendar_changes"
    __table_args__ = (Index("ix_calendar_changes_area", "area", "id"),)

    id: Mapped[Id]
    area: Mapped[Code]
    days: Mapped[list[dict[str, str | None]]] = mapped_column(
        JSON, comment="day, kind and name, as they are to be"
    )
    before: Mapped[list[dict[str, str | None]]] = mapped_column(JSON, comment="the same days as they were")
    reason: Mapped[LongText]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), comment="open, applied or dropped")
    applied_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    applied_at: Mapped[dt.datetime | None]


def calendars_of(session: Session, person: int, day: dt.date) -> list[str]:
    """The calendars that somebody may change: those of their offices.

    The national one holds in every area and belongs to the installation: its administrators, those of no area, keep it.
    """
    mine = offices_of(session, person, day)
    everywhere = INSTALLATION in owner_with(session, person, {Role.ADMIN}, day).areas
    return [EVERYWHERE, *mine] if everywhere else mine


def ask(context: ActionContext, area: str, days: Iterable[Day], reason: str) -> CalendarChange:
    """Ask what a change would move; nothing changes before :func:`apply`.

    Raises:
        WrongValues: ``days`` say nothing new or cannot stand; ``reason`` is missing.
    """
    session = context.session
    assert context.actor.person is not None
    days = sorted(days, key=lambda element: element.day)
    problems = _wrong(days)
    if not reason.strip():
        problems["reason"] = LocalizedText("请写明理由。", "Say why.")
    if problems:
        raise WrongValues(problems)
    had = own_days(session, area, days[0].day, days[-1].day)
    new = [
        calendar_day
        for calendar_day in days
        if had.get(calendar_day.day, Day(calendar_day.day, None)) != calendar_day
    ]
    if not new:
        raise WrongValues({"days": LocalizedText("日历上已经是这样。", "The calendar says so already.")})
    row = CalendarChange(area=area, days=[calendar_day.kept() for calendar_day in new], reason=reason.strip())
    row.before = [had.get(calendar_day.day, Day(calendar_day.day, None)).kept() for calendar_day in new]
    row.asked_by_id, row.asked_at, row.state = context.actor.person, context.now, "open"
    session.add(row)
    session.flush()
    for campaign in campaigns_under(session, area):
        proposal: Values = {"area": area, "days": row.days}
        model.follow_calendar(context, campaign, row.id, proposal, row.reason)
    return row


def _wrong(days: Sequence[Day]) -> dict[str, LocalizedText]:
    if not days:
        return {"days": LocalizedText("请给出日期。", "Give the days.")}
    if len(days) > MOST_DAYS:
        words = LocalizedText(f"一次最多 {MOST_DAYS} 天。", f"At most {MOST_DAYS} days at once.")
        return {"days": words}
    if len({calendar_day.day for calendar_day in days}) < len(days):
        return {"days": LocalizedText("同一天出现了两次。", "A day is named twice.")}
    if days[0].day.year < YEARS[0] or days[-1].day.year > YEARS[1]:
        words = LocalizedText(
            f"年份应在 {YEARS[0]}—{YEARS[1]} 之间。", f"The year must lie in {YEARS[0]}–{YEARS[1]}."
        )
        return {"days": words}
    if any(calendar_day.kind and not calendar_day.name.strip() for calendar_day in days):
        return {"name": LocalizedText("请写明是什么日子。", "Say what day it is.")}
    return {}


def campaigns_under(session: Session, area: str) -> list[Campaign]:
    """The campaigns for whose work a calendar counts: those of the area, of one above and of one below."""
    above = calendars_above(session, area)
    campaigns = session.scalars(select(Campaign).order_by(Campaign.id))
    return [
        campaign
        for campaign in campaigns
        if campaign.area_code in above or area in calendars_above(session, campaign.area_code)
    ]


def change(session: Session, number: int) -> CalendarChange:
    """One of them.

    Raises:
        NotFound: there is none with this number.
    """
    calendar_change = session.get(CalendarChange, number)
    if calendar_change is None:
        raise NotFound(LocalizedText("没有这次日历调整。", "There is no such change of a calendar."))
    return calendar_change


def changes_of(session: Session, area: str) -> Sequence[CalendarChange]:
    """Those of a calendar that were not dropped, the newest first."""
    query = select(CalendarChange).where(CalendarChange.area == area, CalendarChange.state != "dropped")
    return session.scalars(query.order_by(CalendarChange.id.desc()).limit(20)).all()


def what_follows(session: Session, number: int) -> Sequence[Rescheduling]:
    """What moves with a change, campaign by campaign."""
    query = select(Rescheduling).where(Rescheduling.calendar_change_id == number)
    return session.scalars(query.order_by(Rescheduling.id)).all()


def apply(context: ActionContext, number: int) -> CalendarChange:
    """Change the calendar, and queue what moves with it.

    Raises:
        DomainError: it was dealt with already, is still being looked at, or the calendar is no longer as it was.
    """
    session = context.session
    assert context.actor.person is not None
    row, following = _taken(session, number, "open"), what_follows(session, number)
    if any(rescheduling.state != "ready" for rescheduling in following):
        raise DomainError(
            "not_ready", LocalizedText("影响还在测算，请稍候。", "What moves is still being worked out.")
        )
    days, before = read_days(row.days), read_days(row.before)
    had = own_days(session, row.area, days[0].day, days[-1].day)
    if any(had.get(calendar_day.day, Day(calendar_day.day, None)) != calendar_day for calendar_day in before):
        words = LocalizedText(
            "这些日子在此期间已被他人调整，请重新填写。",
            "Somebody changed these days meanwhile; fill it in again.",
        )
        raise DomainError("changed_meanwhile", words)
    put(session, row.area, days)
    for change in following:
        model.apply_following(context, change.id)
    row.state, row.applied_by_id, row.applied_at = "applied", context.actor.person, context.now
    about = f"calendar:{row.area}"
    record_event(context, "calendar_changed", about, text=row.reason, before=row.before, after=row.days)
    return row


def look_again(context: ActionContext, number: int) -> None:
    """Work out anew what would move; once it is applied, go on moving where that failed.

    Raises:
        DomainError: it was dealt with already, or is still being looked at.
    """
    session = context.session
    row = _taken(session, number, "open", "applied")
    following = what_follows(session, number)
    if row.state == "applied":
        following = [rescheduling for rescheduling in following if model.failed(session, rescheduling)]
        if not following:
            raise DomainError("not_ready", _DONE)
    for change in following:
        model.look_again_following(context, change.id)


def drop(session: Session, number: int) -> CalendarChange:
    """Let it be: nothing was changed and nothing will be."""
    row = _taken(session, number, "open")
    row.state = "dropped"
    for what_follow in what_follows(session, number):
        what_follow.state = "dropped"
    return row


_DONE: Final = LocalizedText("这次调整已经处理过了。", "This was dealt with already.")


def _taken(session: Session, number: int, *states: str) -> CalendarChange:
    session.execute(select(CalendarChange.id).where(CalendarChange.id == number).with_for_update()).all()
    row = change(session, number)
    if row.state not in states:
        raise DomainError("not_ready", _DONE)
    return row


# -- a file ------------------------------------------------------------------------------------------


_NAMED: Final = {"休": "holiday", "休息": "holiday", "节假日": "holiday", "off": "holiday"} | {
    "班": "makeup", "补班": "makeup", "上班": "makeup", "work": "makeup", "make-up": "makeup"
}  # fmt: skip
_COLUMNS: Final = (
    ImportColumn("day", ("日期", "day", "date"), "Date", required=True, read=day),
    ImportColumn(
        "kind",
        ("安排", "类型", "kind", "type"),
        "Kind",
        required=True,
        read=choice(LocalizedText("安排", "kind"), KINDS, _NAMED),
    ),
    ImportColumn("name", ("名称", "节日", "说明", "name", "holiday"), "Name", required=True),
)


def days_in(data: bytes) -> list[Day]:
    """The days in a workbook or CSV file with the columns 日期, 安排 (放假 or 上班) and 名称.

    Raises:
        UnreadableSheet: the file or one of its rows cannot be taken.
    """
    with opened(data) as grids:
        sheet = find_sheet(grids, _COLUMNS)
        return [_read(line.number, line.cells) for line in sheet.lines()]


def _read(number: int, cells: Mapping[str, str]) -> Day:
    result: dict[str, Any] = {}
    for column in _COLUMNS:
        try:
            text = cells.get(column.code, "")
            if not text:
                raise WrongCell("没有填写。", "is empty.")
            result[column.code] = column.read(text)
        except WrongCell as wrong:
            title = column.words
            raise UnreadableSheet(
                f"第 {number} 行“{title.zh}”{wrong.words.zh}", f"Row {number}, “{title.en}” {wrong.words.en}"
            ) from None
    return Day(result["day"], result["kind"], str(result["name"])[:200])
