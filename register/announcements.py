"""What rungs told: one message for each person and level, however many things and rungs it is about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    bindparam,
    case,
    cast,
    distinct,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from engine.schema import work_items
from engine.words import Words
from notifications.outbox import Telling, tell_many
from register.acknowledging import Awaited
from register.belonging import cannot_be_muted
from register.people import Person
from register.published import english_names
from register.rungs import LadderStep
from register.subjects import subjects
from register.zone import local_zone

AT_ONCE: Final = 200
"""People in one transaction."""
STEPS_AT_ONCE: Final = 1_000
"""Steps in one transaction, unless one person has more."""
PATIENCE: Final = dt.timedelta(minutes=1)
"""So long a step waits for the rest of its night to be climbed."""

_steps = LadderStep.__table__.c
_pending = _steps.told_in.is_(None), _steps.person_id.is_not(None)


def notice_key() -> ColumnElement[str]:
    """The ``dedupe`` of the notice that told a step to its person; no notice has it while nobody was told."""
    told_in, person, level = (cast(one, String) for one in (_steps.told_in, _steps.person_id, _steps.level))
    return literal("ladder:") + told_in + ":" + person + ":" + level


def _key(told_in: int, person: int, level: int) -> str:
    return f"ladder:{told_in}:{person}:{level}"


def anything_to_announce(session: Session, now: dt.datetime, *, swept: bool) -> bool:
    """Whether somebody is to be told. Not ``swept``: more may follow for the same people, unless it is too long."""
    wanted = select(_steps.id).where(*_pending)
    if not swept:
        wanted = wanted.where(_steps.at <= now - PATIENCE)
    return session.execute(wanted.limit(1)).first() is not None


def announce(session: Session, now: dt.datetime) -> int:
    """Tell some of those whose rungs were climbed; returns how many people were told."""
    people = _take_people(session)
    if not people:
        return 0
    first = session.scalars(select(func.min(_steps.id)).where(*_pending, _steps.person_id.in_(people))).one()
    if first is None:  # another told them between the two questions
        return len(people)
    session.execute(_claim, {"people": people, "number": first})
    groups = _groups(session, people, first, now)
    sayings = _Sayings(session, groups, now)
    tell_many(session, [sayings.telling(first, group) for group in groups], now)
    return len(people)


def _take_people(session: Session) -> list[int]:
    """People are locked, not their steps: two who tell at once never tell the same person."""
    most = select(_steps.person_id, func.count()).where(*_pending).group_by(_steps.person_id)
    people: list[int] = []
    steps = 0
    for person, count in session.execute(most.order_by(_steps.person_id).limit(AT_ONCE)):
        if people and steps + count > STEPS_AT_ONCE:
            break
        people.append(person)
        steps += count
    locked = select(Person.id).where(Person.id.in_(people)).order_by(Person.id)
    return list(session.scalars(locked.with_for_update(skip_locked=True, key_share=True)))


_claim = (
    update(LadderStep.__table__)  # type: ignore[arg-type]
    .where(_steps.person_id.in_(bindparam("people", expanding=True)), _steps.told_in.is_(None))
    .values(told_in=bindparam("number"))
)


def _groups(session: Session, people: Sequence[int], told_in: int, now: dt.datetime) -> Sequence[Row[Any]]:
    """What was claimed, counted by person and level."""
    grave = cannot_be_muted(session, _steps.colour)
    work = work_items.c
    wanted = (
        select(
            _steps.person_id,
            _steps.level,
            func.count(distinct(work.id)).label("things"),
            func.count(distinct(case((work.due_at < now, work.id)))).label("overdue"),
            func.min(work.due_at).label("due_at"),
            func.min(work.id).label("item"),
            func.max(case((_steps.channel == "mail", 1), else_=0)).label("mail"),
            func.max(case((grave, 1), else_=0)).label("grave"),
            func.min(_steps.rung).label("rung"),
            func.min(Awaited.due_at).label("acknowledge_by"),
        )
        .join_from(LadderStep.__table__, work_items, work.id == _steps.work_item_id)
        .outerjoin(
            Awaited,
            (Awaited.work_item_id == _steps.work_item_id)
            & (Awaited.rung == _steps.rung)
            & Awaited.acknowledged_at.is_(None),
        )
        .where(_steps.person_id.in_(people), _steps.told_in == told_in)
        .group_by(_steps.person_id, _steps.level)
        .order_by(_steps.person_id, _steps.level)
    )
    return session.execute(wanted).all()


_ITEM: Final = tuple(work_items.c[name] for name in ("id", "instance_id", "key", "element", "name", "due_at"))


class _Sayings:
    """What is said, with what must be read for those who are told about one thing alone."""

    def __init__(self, session: Session, groups: Sequence[Row[Any]], now: dt.datetime) -> None:
        self.now = now
        self.zone = local_zone(session)
        alone = [group.item for group in groups if group.things == 1]
        self._items = {
            row.id: row for row in session.execute(select(*_ITEM).where(work_items.c.id.in_(alone)))
        }
        self._subjects = subjects(session, {item.key for item in self._items.values()})
        self._english = english_names(session, {item.instance_id for item in self._items.values()})

    def telling(self, told_in: int, group: Row[Any]) -> Telling:
        """One message about everything that one person is told at one level."""
        if group.things == 1:
            item = self._items[group.item]
            words, about, link = self._of_one(item), item.key, f"/work-items/{item.id}"
        else:
            words, about, link = self._of_many(group), "desk", "/"
        if group.acknowledge_by is not None:
            words = _joined(words, self._asking(group))
            link = link if group.things == 1 else "/acknowledgements"
        if group.rung < 0:
            words = _joined(words, _PASSED_OVER)
        mail = bool(group.mail)
        kind = "escalated" if group.level else "reminder"
        dedupe = _key(told_in, group.person_id, group.level)
        must = mail and bool(group.grave)
        return Telling(
            group.person_id, kind, about, words, link, group.level, dedupe=dedupe, mail=mail, must=must
        )

    def _asking(self, group: Row[Any]) -> Words:
        by = group.acknowledge_by.astimezone(self.zone)
        return Words(f"请在 {by:%m-%d %H:%M} 前签收。", f"Please acknowledge it by {by:%Y-%m-%d %H:%M}.")

    def _of_many(self, group: Row[Any]) -> Words:
        things, overdue, first = group.things, group.overdue, group.due_at.astimezone(self.zone)
        late = f"{overdue} of them overdue; the first was" if overdue else "the first is"
        return Words(
            f"{things} 件事项需要留意，其中 {overdue} 件已逾期，最早的期限是 {first:%m-%d %H:%M}。",
            f"{things} things need attention{',' if overdue else ';'} {late} due {first:%Y-%m-%d %H:%M}.",
        )

    def _of_one(self, item: Row[Any]) -> Words:
        subject = self._subjects.get(item.key)
        about = subject.name if subject else Words(item.key, item.key)
        name_en = self._english.get(item.instance_id, {}).get(item.element) or item.name
        due = item.due_at.astimezone(self.zone)
        if item.due_at < self.now:
            days = max((self.now.astimezone(self.zone).date() - due.date()).days, 1)
            return Words(
                f"“{item.name}”（{about.zh}）已逾期 {days} 天。",
                f"“{name_en}” ({about.en}) is overdue by {days} day{'s' if days > 1 else ''}.",
            )
        return Words(
            f"“{item.name}”（{about.zh}）将于 {due:%m-%d %H:%M} 到期。",
            f"“{name_en}” ({about.en}) is due {due:%Y-%m-%d %H:%M}.",
        )


def _joined(one: Words, other: Words) -> Words:
    return Words(one.zh + other.zh, f"{one.en} {other.en}")


_PASSED_OVER: Final = Words("下级未按时签收。", "The level below did not acknowledge it in time.")
