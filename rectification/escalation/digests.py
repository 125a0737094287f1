"""What rules told: one message for each person, however many things, rules and levels it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    case,
    cast,
    distinct,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from engine.database import Database
from engine.instances.incidents import record_incident
from engine.owners import person_owner
from engine.text import LocalizedText
from engine.worklist.selectables import work_items
from notifications.outbox import NotificationRequest, notify_many
from rectification.escalation import batches
from rectification.escalation.acknowledgements import AcknowledgementRequest
from rectification.escalation.batches import EscalationBatch
from rectification.escalation.owed_levels import is_owed
from rectification.escalation.policy import EscalationStep
from rectification.matters.subjects import subjects
from rectification.matters.timezone import Zones
from rectification.matters.work_scope import cannot_be_muted
from rectification.people.posts import held_by
from rectification.people.roles import Role
from rectification.published_models.tables import english_names

AT_ONCE: Final = 50
"""People in one transaction."""

_steps = EscalationStep.__table__.c


def notice_key() -> ColumnElement[str]:
    """The ``dedupe`` of the notice that told a step to its person; no notice has it while nobody was told."""
    batch, person = (cast(column, String) for column in (_steps.batch_id, _steps.person_id))
    return literal("escalation:") + batch + ":" + person


def _key(batch: int, person: int) -> str:
    return f"escalation:{batch}:{person}"


def announce(database: Database, batch: EscalationBatch, now: dt.datetime) -> bool:
    """Tell everybody who was reached in a closed batch; False: another is about it.

    What is said is read before it is anybody's turn to write.
    """
    with database.reading() as session:
        groups = _groups(session, batch, now)
    up_to = batch.notified_up_to
    for page in _pages(groups):
        tellings, faults = _tellings(database, batch, page, now)
        with database.writing() as session:
            if not batches.claim(session, batch.id, up_to):
                return False
            notify_many(session, tellings, now)
            up_to = page[-1].person_id
            batches.note_progress(session, batch.id, up_to)
            for person, fault in faults:
                record_incident(session, person_owner(person), "escalation", fault, now)
    with database.writing() as session:
        if not batches.claim(session, batch.id, up_to):
            return False
        batches.mark_announced(session, batch.id, now)
    return True


def _tellings(
    database: Database, batch: EscalationBatch, groups: Sequence[Row[Any]], now: dt.datetime
) -> tuple[list[NotificationRequest], list[tuple[int, Exception]]]:
    """What these people are told; where the words about one thing cannot be made, its person hears of it by number."""
    try:
        with database.reading() as session:
            sayings = _Sayings(session, batch.id, groups, now)
            return [sayings.telling(batch.id, group) for group in groups], []
    except Exception:
        result: list[NotificationRequest] = []
        faults: list[tuple[int, Exception]] = []
        for group in groups:
            try:
                with database.reading() as session:
                    result.append(_Sayings(session, batch.id, [group], now).telling(batch.id, group))
            except Exception as fault:
                with database.reading() as session:
                    result.append(_Sayings(session, batch.id, [], now).plain(batch.id, group))
                faults.append((group.person_id, fault))
        return result, faults


def _pages(groups: Sequence[Row[Any]]) -> Iterator[Sequence[Row[Any]]]:
    """In transactions of some people each."""
    return (groups[first : first + AT_ONCE] for first in range(0, len(groups), AT_ONCE))


def _groups(session: Session, batch: EscalationBatch, now: dt.datetime) -> Sequence[Row[Any]]:
    """What they are told, counted by person; the highest level that is among it says how grave it is."""
    grave = cannot_be_muted(session, _steps.colour)
    work = work_items.c
    query = (
        select(
            _steps.person_id,
            func.max(_steps.level).label("level"),
            func.count(distinct(work.id)).label("things"),
            func.count(distinct(case((work.due_at < now, work.id)))).label("overdue"),
            func.min(work.due_at).label("due_at"),
            func.min(work.id).label("item"),
            func.max(case((_steps.channel == "mail", 1), else_=0)).label("mail"),
            func.max(case((grave, 1), else_=0)).label("grave"),
            func.min(_steps.rule).label("rule"),
            func.min(AcknowledgementRequest.due_at).label("acknowledge_by"),
            func.max(case((is_owed(_steps.work_item_id, _steps.rule), 1), else_=0)).label("vacant"),
        )
        .join_from(EscalationStep.__table__, work_items, work.id == _steps.work_item_id)
        .outerjoin(
            AcknowledgementRequest,
            (AcknowledgementRequest.work_item_id == _steps.work_item_id)
            & (AcknowledgementRequest.rule == _steps.rule)
            & AcknowledgementRequest.acknowledged_at.is_(None),
        )
        .where(
            _steps.batch_id == batch.id, _steps.id > batch.first_step, _steps.person_id > batch.notified_up_to
        )
        .group_by(_steps.person_id)
        .order_by(_steps.person_id)
    )
    return session.execute(query).all()


_ITEM: Final = tuple(
    work_items.c[name] for name in ("id", "instance_id", "key", "element", "name", "due_at", "work_scope")
)


def _first_due(session: Session, batch: int, groups: Sequence[Row[Any]]) -> dict[int, str | None]:
    """Where the work belongs that is due first among what each of these people is told."""
    people = [group.person_id for group in groups]
    query = (
        select(_steps.person_id, work_items.c.work_scope)
        .join_from(EscalationStep.__table__, work_items, work_items.c.id == _steps.work_item_id)
        .where(_steps.batch_id == batch, _steps.person_id.in_(people))
        .order_by(work_items.c.due_at.desc(), work_items.c.id.desc())
    )
    return {row.person_id: row.work_scope for row in session.execute(query)}


class _Sayings:
    """What is said, with what must be read for those who are told about one thing alone."""

    def __init__(self, session: Session, batch: int, groups: Sequence[Row[Any]], now: dt.datetime) -> None:
        self.now = now
        self._zones = Zones(session)
        self._first = _first_due(session, batch, groups) if len(self._zones.all) > 1 else {}
        alone = [group.item for group in groups if group.things == 1]
        self._items = {
            row.id: row for row in session.execute(select(*_ITEM).where(work_items.c.id.in_(alone)))
        }
        self._subjects = subjects(session, {item.key for item in self._items.values()})
        self._english = english_names(session, {item.instance_id for item in self._items.values()})
        vacant = any(group.vacant for group in groups)
        self._administrators = (
            held_by(session, Role.ADMIN, now.astimezone(self._zones.general).date()) if vacant else set()
        )

    def telling(self, batch: int, group: Row[Any]) -> NotificationRequest:
        """One message about everything that one person is told; an administrator is not told what it is about."""
        if group.vacant and group.person_id in self._administrators:
            return self.plain(batch, group)
        if group.things == 1:
            item = self._items[group.item]
            words, about, link = self._of_one(item), item.key, f"/work-items/{item.id}"
        else:
            words, about, link = self._of_many(group), "desk", "/"
        return self._telling(batch, group, words, about, link)

    def plain(self, batch: int, group: Row[Any]) -> NotificationRequest:
        """The same without naming what it is about."""
        return self._telling(batch, group, self._of_many(group), "desk", "/")

    def _telling(
        self, batch: int, group: Row[Any], words: LocalizedText, about: str, link: str
    ) -> NotificationRequest:
        if group.acknowledge_by is not None:
            words = _joined(words, self._asking(group))
            link = link if group.things == 1 else "/acknowledgements"
        if group.rule < 0:
            words = _joined(words, _PASSED_OVER)
        if group.vacant:
            words = _joined(words, _VACANT)
            link = "/people" if group.person_id in self._administrators else link
        mail = bool(group.mail)
        kind = "escalated" if group.level else "reminder"
        dedupe = _key(batch, group.person_id)
        must = mail and bool(group.grave)
        return NotificationRequest(
            group.person_id, kind, about, words, link, group.level, dedupe=dedupe, mail=mail, must=must
        )

    def _zone_of(self, group: Row[Any]) -> ZoneInfo:
        """The zone of the campaign whose deadline a message about several things names."""
        return self._zones.of_work(self._first.get(group.person_id))

    def _asking(self, group: Row[Any]) -> LocalizedText:
        by = _said(group.acknowledge_by.astimezone(self._zone_of(group)))
        return LocalizedText(f"请在 {by.zh} 前签收。", f"Please acknowledge it by {by.en}.")

    def _of_many(self, group: Row[Any]) -> LocalizedText:
        things, overdue, first = (
            group.things,
            group.overdue,
            _said(group.due_at.astimezone(self._zone_of(group))),
        )
        late_zh = f"其中 {overdue} 件已逾期，" if overdue else ""
        late = f"{overdue} of them overdue; the first was" if overdue else "the first is"
        return LocalizedText(
            f"{things} 件事项需要留意，{late_zh}最早的期限是 {first.zh}。",
            f"{things} things need attention{',' if overdue else ';'} {late} due {first.en}.",
        )

    def _of_one(self, item: Row[Any]) -> LocalizedText:
        subject = self._subjects.get(item.key)
        about = subject.name if subject else LocalizedText(item.key, item.key)
        name_en = self._english.get(item.instance_id, {}).get(item.element) or item.name
        zone = self._zones.of_work(item.work_scope)
        due = item.due_at.astimezone(zone)
        if item.due_at < self.now:
            days = max((self.now.astimezone(zone).date() - due.date()).days, 1)
            return LocalizedText(
                f"“{item.name}”（{about.zh}）已逾期 {days} 天。",
                f"“{name_en}” ({about.en}) is overdue by {days} day{'s' if days > 1 else ''}.",
            )
        by = _said(due)
        return LocalizedText(
            f"“{item.name}”（{about.zh}）将于 {by.zh} 到期。", f"“{name_en}” ({about.en}) is due {by.en}."
        )


def _said(local: dt.datetime) -> LocalizedText:
    """As pages say it: 9月24日 24:00 / Tue 24 Sep, end of day; a day ends at its last second."""
    ends = (local.hour, local.minute) == (23, 59)
    zh, en = ("24:00", "end of day") if ends else (f"{local:%H:%M}", f"{local:%H:%M}")
    return LocalizedText(f"{local.month}月{local.day}日 {zh}", f"{local:%a} {local.day} {local:%b}, {en}")


def _joined(localized_text: LocalizedText, other: LocalizedText) -> LocalizedText:
    return LocalizedText(localized_text.zh + other.zh, f"{localized_text.en} {other.en}")


_VACANT: Final = LocalizedText(
    "本应告知的岗位现在无人在岗，请尽快安排人员。",
    "Nobody holds the post that would be told; please see that somebody does.",
)
_PASSED_OVER: Final = LocalizedText("下级未按时签收。", "The level below did not acknowledge it in time.")
