"""Offers: new work stands on a desk, and whoever sits there is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.schema import candidates
from engine.words import Words
from engine.world import OpenWork
from notifications.outbox import Telling, tell_many
from register.deputies import reached
from register.published import english_names
from register.subjects import Subject, subjects
from register.zone import local_zone


def tell_offers(session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
    """One notice for each person and piece of work; a round of household visits is one notice a day."""
    visits, others = _apart(work)
    day = now.astimezone(local_zone(session)).date()
    rows = _visit_round(session, visits, day)
    if others:
        rows += _offers(session, others, day)
    if rows:
        tell_many(session, rows, now)


def _apart(work: Iterable[OpenWork]) -> tuple[list[OpenWork], list[OpenWork]]:
    """Visits that wait for their helper, and everything else."""
    visits = [one for one in work if one.key.startswith("household:") and one.owner.startswith("person:")]
    return visits, [one for one in work if one not in visits]


def _visit_round(session: Session, visits: Iterable[OpenWork], day: dt.date) -> list[Telling]:
    words = Words(
        "您有新的入户任务，请在期限前完成。",
        "You have households to visit; please do so before the milestone.",
    )
    helpers = reached(session, {one.owner for one in visits}, day)
    people = sorted({who for found in helpers.values() for who in found})
    return [
        Telling(who, "offered", "desk", words, "/", dedupe=f"visits:{who}:{day.isoformat()}")
        for who in people
    ]


def _offers(session: Session, work: Sequence[OpenWork], day: dt.date) -> list[Telling]:
    owners = {one.id: _owners(session, one) for one in work}
    people = reached(session, {owner for some in owners.values() for owner in some}, day)
    about = subjects(session, {one.key for one in work})
    english = english_names(session, {one.instance for one in work})
    rows = []
    for one in work:
        words = _said(one, english.get(one.instance, {}), about.get(one.key))
        for person in sorted({who for owner in owners[one.id] for who in people[owner]}):
            rows.append(
                Telling(
                    person,
                    "offered",
                    one.key,
                    words,
                    f"/work-items/{one.id}",
                    dedupe=f"offered:{one.id}:{person}",
                )
            )
    return rows


def _owners(session: Session, one: OpenWork) -> list[str]:
    if one.owner != "many":
        return [one.owner]
    return list(session.scalars(select(candidates.c.owner).where(candidates.c.work_item_id == one.id)))


def _said(one: OpenWork, english: dict[str, str], about: Subject | None) -> Words:
    name = about.name if about else Words(one.key, one.key)
    english_name = english.get(one.element) or one.name
    return Words(f"新事项“{one.name}”：{name.zh}", f"New work “{english_name}”: {name.en}")
