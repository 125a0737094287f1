"""Offers: new work is offered to an owner, and its people are told."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ForeignKey, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.clock import is_made_up_for
from engine.database import BigId
from engine.host import OpenWork
from engine.text import LocalizedText
from engine.worklist.selectables import candidates, work_items
from notifications.outbox import NotificationRequest, notify_many
from rectification.core.model import Model
from rectification.matters.subjects import Subject, subjects
from rectification.matters.timezone import zone_of_campaign
from rectification.matters.work_scope import read
from rectification.people.deputies import reached
from rectification.published_models.tables import english_names


class UnnotifiedOffer(Model):
    """New work that was offered while missed deadlines were made up for, and of which nobody has heard yet."""

    __tablename__ = "unnotified_offers"

    work_item_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("work_items.id"), primary_key=True, autoincrement=False
    )


def notify_offers(session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
    """One notice for each person and piece of work; a round of household visits is one notice a day.

    While an outage is made up for, nobody is told: what is offered may have passed a moment later.
    """
    if is_made_up_for():
        session.execute(insert(UnnotifiedOffer), [{"work_item_id": item.id} for item in work])
    else:
        _tell(session, work, now)


def notify_pending_offers(session: Session, now: dt.datetime) -> int:
    """Tell of the work that was offered meanwhile and is still open; returns how many pieces that are."""
    offered = select(UnnotifiedOffer.work_item_id)
    rows = session.execute(
        select(work_items).where(work_items.c.id.in_(offered)).order_by(work_items.c.id)
    ).all()
    session.execute(delete(UnnotifiedOffer).where(UnnotifiedOffer.work_item_id.in_([row.id for row in rows])))
    still_open = [row for row in rows if row.closed_at is None]
    work = [
        OpenWork(
            row.id, row.instance_id, row.process, row.key, row.element, row.name, row.owner, row.due_at,
            row.escalation, None, {"campaign": read(row.work_scope)[0]},
        )
        for row in still_open
    ]  # fmt: skip
    _tell(session, work, now)
    return len(work)


def has_pending_offers(session: Session) -> bool:
    """Whether somebody has yet to hear of work."""
    return session.scalar(select(UnnotifiedOffer.work_item_id).limit(1)) is not None


def _tell(session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
    visits, others = _apart(work)
    rows = []
    for day, items in _by_day(session, visits, now):
        rows += _visit_round(session, items, day)
    for day, items in _by_day(session, others, now):
        rows += _offers(session, items, day)
    if rows:
        notify_many(session, rows, now)


def _by_day(
    session: Session, work: Iterable[OpenWork], now: dt.datetime
) -> Iterable[tuple[dt.date, list[OpenWork]]]:
    """Work by the day that it is in its campaign's zone."""
    days: dict[dt.date, list[OpenWork]] = defaultdict(list)
    zones = {number: zone_of_campaign(session, number) for number in {_campaign(item) for item in work}}
    for item in work:
        days[now.astimezone(zones[_campaign(item)]).date()].append(item)
    return days.items()


def _campaign(open_work: OpenWork) -> Any:
    return open_work.variables.get("campaign")


def _apart(work: Iterable[OpenWork]) -> tuple[list[OpenWork], list[OpenWork]]:
    """Visits, of whose many households a person hears in one notice, and everything else."""
    visits = [item for item in work if item.process == "household_visit" and item.element == "visit"]
    return visits, [item for item in work if item not in visits]


def _visit_round(session: Session, visits: Iterable[OpenWork], day: dt.date) -> list[NotificationRequest]:
    words = LocalizedText(
        "您有新的入户任务，请在期限前完成。",
        "You have households to visit; please do so before the milestone.",
    )
    helpers = reached(session, {visit.owner for visit in visits}, day)
    people = sorted({person for helper in helpers.values() for person in helper})
    return [
        NotificationRequest(
            person, "offered", "desk", words, "/", dedupe=f"visits:{person}:{day.isoformat()}"
        )
        for person in people
    ]


def _offers(session: Session, work: Sequence[OpenWork], day: dt.date) -> list[NotificationRequest]:
    owners = {item.id: _owners(session, item) for item in work}
    people = reached(session, {owner for group in owners.values() for owner in group}, day)
    about = subjects(session, {item.key for item in work})
    english = english_names(session, {item.instance for item in work})
    rows = []
    for item in work:
        words = _said(item, english.get(item.instance, {}), about.get(item.key))
        for person in sorted({person for owner in owners[item.id] for person in people[owner]}):
            rows.append(
                NotificationRequest(
                    person,
                    "offered",
                    item.key,
                    words,
                    f"/work-items/{item.id}",
                    dedupe=f"offered:{item.id}:{person}",
                )
            )
    return rows


def _owners(session: Session, open_work: OpenWork) -> list[str]:
    if open_work.owner != "many":
        return [open_work.owner]
    return list(session.scalars(select(candidates.c.owner).where(candidates.c.work_item_id == open_work.id)))


def _said(open_work: OpenWork, english: dict[str, str], about: Subject | None) -> LocalizedText:
    name = about.name if about else LocalizedText(open_work.key, open_work.key)
    english_name = english.get(open_work.element) or open_work.name
    return LocalizedText(f"新事项“{open_work.name}”：{name.zh}", f"New work “{english_name}”: {name.en}")
