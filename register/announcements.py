"""What rungs told: one message for each person and level, however many things and rungs it is about."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, String, bindparam, cast, func, literal, select, update
from sqlalchemy.orm import Session

from engine.schema import work_items
from engine.words import Words
from notifications.outbox import Telling, tell_many
from register.campaigns import current_campaign, floor
from register.people import Person
from register.published import english_names
from register.rungs import LadderStep
from register.subjects import subjects
from register.zone import local_zone

AT_ONCE: Final = 200
"""People in one transaction."""
_IN_ONE_QUESTION: Final = 1_000
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
    groups = _take_steps(session, people, first)
    sayings = _Sayings(session, groups.values(), now)
    tell_many(session, [sayings.telling(first, *place, steps) for place, steps in groups.items()], now)
    return len(people)


def _take_people(session: Session) -> list[int]:
    """People are locked, not their steps: two who tell at once never tell the same person."""
    wanted = select(_steps.person_id).where(*_pending).distinct().limit(AT_ONCE)
    locked = select(Person.id).where(Person.id.in_(wanted)).order_by(Person.id)
    return list(session.scalars(locked.with_for_update(skip_locked=True, key_share=True)))


_claim = (
    update(LadderStep.__table__)  # type: ignore[arg-type]
    .where(_steps.person_id.in_(bindparam("people", expanding=True)), _steps.told_in.is_(None))
    .values(told_in=bindparam("number"))
    .returning(_steps.person_id, _steps.level, _steps.work_item_id, _steps.colour, _steps.channel)
)


def _take_steps(
    session: Session, people: Sequence[int], number: int
) -> dict[tuple[int, int], list[Row[Any]]]:
    """By person and level."""
    groups: dict[tuple[int, int], list[Row[Any]]] = defaultdict(list)
    for step in session.execute(_claim, {"people": list(people), "number": number}):
        groups[step.person_id, step.level].append(step)
    return dict(sorted(groups.items()))


_ITEM: Final = tuple(work_items.c[name] for name in ("id", "instance_id", "key", "element", "name", "due_at"))


class _Sayings:
    """What is said about the work of some steps, read in a handful of queries."""

    def __init__(self, session: Session, groups: Collection[Sequence[Row[Any]]], now: dt.datetime) -> None:
        self.now = now
        self.zone = local_zone(session)
        self.floor = floor(current_campaign(session))
        self._items = _items(session, sorted({step.work_item_id for steps in groups for step in steps}))
        alone = [self._items[steps[0].work_item_id] for steps in groups if _alone(steps)]
        self._subjects = subjects(session, {item.key for item in alone})
        self._english = english_names(session, {item.instance_id for item in alone})

    def telling(self, told_in: int, person: int, level: int, steps: Sequence[Row[Any]]) -> Telling:
        """One message about everything that one person is told at one level."""
        mail = any(step.channel == "mail" for step in steps)
        must = mail and any(step.colour in self.floor for step in steps)
        kind = "escalated" if level else "reminder"
        if _alone(steps):
            item = self._items[steps[0].work_item_id]
            words, about, link = self._of_one(item), item.key, f"/work-items/{item.id}"
        else:
            items = [self._items[number] for number in {step.work_item_id for step in steps}]
            words, about, link = self._of_many(items), "desk", "/"
        dedupe = _key(told_in, person, level)
        return Telling(person, kind, about, words, link, level, dedupe=dedupe, mail=mail, must=must)

    def _of_many(self, items: Sequence[Row[Any]]) -> Words:
        overdue = sum(item.due_at < self.now for item in items)
        first = min(item.due_at for item in items).astimezone(self.zone)
        late = f"{overdue} of them overdue; the first was" if overdue else "the first is"
        return Words(
            f"{len(items)} 件事项需要留意，其中 {overdue} 件已逾期，最早的期限是 {first:%m-%d %H:%M}。",
            f"{len(items)} things need attention{',' if overdue else ';'} {late} due {first:%Y-%m-%d %H:%M}.",
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


def _alone(steps: Sequence[Row[Any]]) -> bool:
    """Whether they are all about one piece of work."""
    return len({step.work_item_id for step in steps}) == 1


def _items(session: Session, numbers: Sequence[int]) -> dict[int, Row[Any]]:
    found: dict[int, Row[Any]] = {}
    for first in range(0, len(numbers), _IN_ONE_QUESTION):
        wanted = select(*_ITEM).where(work_items.c.id.in_(numbers[first : first + _IN_ONE_QUESTION]))
        found |= {row.id: row for row in session.execute(wanted)}
    return found
