"""Work that nobody sees: its person has left, its post has no holder, and nobody stands in for either.

Once a day the office above is told: the town, the county where the town has nobody, the city after that, and the administrators where no office has anybody.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.audit.history import record
from engine.host import CLOCK
from engine.owners import post_owner
from engine.text import LocalizedText, plural
from engine.worklist.selectables import candidates, open_work
from notifications.outbox import NotificationRequest, notify_many
from rectification.matters.subjects import Subject, subjects
from rectification.matters.timezone import Zones
from rectification.people.deputies import reached
from rectification.people.posts import INSTALLATION, administrators_over, held_by, offices
from rectification.people.roles import Role

_AT_ONCE: Final = 5_000
_NAMED: Final = 3
"""Pieces of work that a message names."""


def unattended_work(session: Session, day: dt.date, zone: ZoneInfo | None = None) -> list[Row[Any]]:
    """Open work that stands in front of no living person on a day, the oldest first; with ``zone``, of its campaigns."""
    owners = set(session.scalars(select(open_work.c.owner).distinct())) - {"many"}
    shared = select(candidates.c.work_item_id, candidates.c.owner).join(
        open_work, open_work.c.id == candidates.c.work_item_id
    )
    offers: dict[int, set[str]] = defaultdict(set)
    for number, owner in session.execute(shared.where(open_work.c.owner == "many")):
        offers[number].add(owner)
    alive = _seen(session, owners.union(*offers.values()), day)
    lost = [number for number, owners in offers.items() if alive.isdisjoint(owners)]
    rows: list[Row[Any]] = []
    for column, values in ((open_work.c.owner, sorted(owners - alive)), (open_work.c.id, sorted(lost))):
        for first in range(0, len(values), _AT_ONCE):
            here = select(open_work).where(column.in_(values[first : first + _AT_ONCE]))
            rows += session.execute(here).all()
    if zone is not None and rows:
        zones = Zones(session)
        rows = [row for row in rows if zones.of_work(row.work_scope) == zone]
    return sorted(rows, key=lambda row: int(row.id))


def _seen(session: Session, owners: Collection[str], day: dt.date) -> set[str]:
    """The owner strings behind which somebody who can sign in stands, in their own name or as a deputy."""
    owner_list, held = sorted(owners), set()
    for first in range(0, len(owner_list), _AT_ONCE):
        batch = owner_list[first : first + _AT_ONCE]
        held |= {owner for owner, people in reached(session, batch, day).items() if people}
    return held


def escalate_unattended(
    session: Session, now: dt.datetime, day: dt.date, zone: ZoneInfo | None = None
) -> int:
    """Tell the offices above, and their deputies, each person once a day; returns how many were told now."""
    rows = unattended_work(session, day, zone)
    if not rows:
        return 0
    about = subjects(session, {row.key for row in rows})
    offices = _offices_of(session, rows, about, day)
    of_whom: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        for person in offices[row.id]:
            of_whom[person].append(row)
    keepers = held_by(session, Role.ADMIN, day)
    tellings = [
        _telling(person, work, about, day, named=person not in keepers) for person, work in of_whom.items()
    ]
    new = notify_many(session, tellings, now)
    if new:
        for row in rows:
            record(session, CLOCK, now, "unseen", row.key, told=offices[row.id], owner=row.owner)
    return new


def unattended_by_office_of(session: Session, person_id: int, day: dt.date) -> list[Row[Any]]:
    """The work in front of nobody of which a person hears, as they are to see to it; the oldest first."""
    rows = unattended_work(session, day)
    about = subjects(session, {row.key for row in rows})
    offices = _offices_of(session, rows, about, day)
    return [row for row in rows if person_id in offices[row.id]]


def _offices_of(
    session: Session, rows: list[Row[Any]], about: dict[str, Subject], day: dt.date
) -> dict[int, list[int]]:
    """Who hears of each work item: the nearest office above that somebody holds, and whoever stands in for them.

    Where nobody holds any, the nearest administrators.
    """
    general = post_owner(Role.ADMIN, INSTALLATION)
    ways = {key: _above(subject) for key, subject in about.items()}
    behind = reached(session, {general}.union(*ways.values()), day)
    result: dict[int, list[int]] = {}
    for row in rows:
        above = ways.get(row.key, [general])
        result[row.id] = sorted(next((behind[owner] for owner in above if behind[owner]), ()))
    return result


def _above(subject: Subject) -> list[str]:
    """The offices above the village and then the administrators, the nearest first."""
    return [*list(offices(subject.place).values())[1:], *administrators_over(subject.place)]


def _telling(
    person: int, rows: list[Row[Any]], about: dict[str, Subject], day: dt.date, *, named: bool
) -> NotificationRequest:
    """Administrators see to it that there is somebody; what the work is about is not theirs to read (``named``)."""
    names = list(dict.fromkeys(about[row.key].name for row in rows))[:_NAMED] if named else []
    zh = f"{len(rows)} 件事项无人在岗办理，请尽快安排人员"
    en = f"Nobody at work sees {plural(len(rows), 'piece', 'pieces')} of work; please see to it"
    words = (
        LocalizedText(f"{zh}：{_joined(names, 'zh', '、')}", f"{en}: {_joined(names, 'en', ', ')}")
        if named
        else LocalizedText(f"{zh}。", f"{en}.")
    )
    is_one = len(rows) == 1 and named
    about_one = rows[0].key if is_one else "desk"
    link = f"/work-items/{rows[0].id}" if is_one else "/unseen"
    return NotificationRequest(
        person, "unseen", about_one, words, link, urgent=True, dedupe=f"unseen:{person}:{day}"
    )


def _joined(names: Iterable[LocalizedText], language: str, comma: str) -> str:
    return comma.join(getattr(name, language) for name in names)
