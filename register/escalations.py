"""Escalations: whom the rungs of a sweep tell, one message for each person and level."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from engine.history import history_row
from engine.schema import candidates, history
from engine.words import Words
from engine.world import CLOCK
from notifications.outbox import Telling, tell_many
from register.campaigns import current_campaign, floor
from register.deputies import with_deputies
from register.posts import Post, held_on, holders
from register.published import english_names
from register.rungs import LATE, LadderStep, Rung
from register.subjects import Subject, subjects
from register.tickets import Ticket
from register.zone import local_zone

_ABOVE: Final = {"unit_leader": "town", "village": "town", "town": "county", "county": "city"}
"""Who is told when nobody stands on a rung."""


@dataclass(frozen=True, slots=True)
class Climb:
    """One work item stepped onto one rung."""

    item: Found[Any]
    rung: Rung

    @property
    def at(self) -> dt.datetime:
        """When the rung fell due."""
        at: dt.datetime = self.item.due_at + self.rung.offset
        return at


def tell(session: Session, climbs: Sequence[Climb], now: dt.datetime) -> None:
    """Tell everybody who stands on these rungs, and keep that they were told."""
    above = _Above(session, [climb.item for climb in climbs], now)
    told = [(climb, above.people(climb)) for climb in climbs]
    session.execute(insert(LadderStep), [row for climb, people in told for row in _steps(climb, people, now)])
    _raise_tickets(session, climbs)
    _write_history(session, told, now)
    tell_many(session, _messages(session, told, above, now), now)


def _steps(climb: Climb, people: Sequence[int], now: dt.datetime) -> list[dict[str, Any]]:
    rung = climb.rung
    step = {
        "work_item_id": climb.item.id,
        "rung": rung.place,
        "level": rung.level,
        "colour": rung.colour,
        "who": rung.who,
    }
    when = {"rung_at": climb.at, "at": now, "late": now - climb.at > LATE}
    return [{**step, **when, "person_id": person} for person in people or (None,)]


class _Above:
    """Who stands over the work of one sweep, read in a handful of queries."""

    def __init__(self, session: Session, items: Sequence[Found[Any]], now: dt.datetime) -> None:
        self.session = session
        self.day = now.astimezone(local_zone(session)).date()
        self.subjects = subjects(session, [item.key for item in items])
        self.floor = floor(current_campaign(session))
        self._shared = _candidates(session, [item.id for item in items if item.owner == "many"])
        owners = {owner for item in items for owner in self._owners(item)}
        offices = {office for one in self.subjects.values() for office in _offices(one)}
        self._holders = holders(session, owners | offices, self.day)
        self._told = with_deputies(session, self._holders, self.day)
        self._units = _units_of(session, {who for one in owners for who in self._holders[one]}, self.day)
        units = {unit for found in self._units.values() for unit in found}
        units |= {one.resp_unit_id for one in self.subjects.values() if one.resp_unit_id is not None}
        self._leaders = holders(session, {f"post:unit_leader@U{unit}" for unit in units}, self.day)

    def people(self, climb: Climb) -> list[int]:
        """Whom a rung tells; where nobody stands on it, whoever stands on the next."""
        who: str | None = climb.rung.who
        while who is not None:
            found = self._on(who, climb.item)
            if found or climb.rung.who == "owner":
                return found
            who = _ABOVE.get(who)
        return []

    def _on(self, who: str, item: Found[Any]) -> list[int]:
        owners = sorted({one for owner in self._owners(item) for one in self._holders[owner]})
        if who == "owner":
            return sorted({one for owner in self._owners(item) for one in self._told[owner]})
        subject = self.subjects.get(item.key)
        if who == "unit_leader":
            return [one for one in self._leading(owners, subject) if one not in owners]
        if subject is None:
            return []
        return self._holders[_offices(subject)[("village", "town", "county", "city").index(who)]]

    def _leading(self, owners: Iterable[int], subject: Subject | None) -> list[int]:
        units: set[int] = set()
        for one in owners:
            fixing = subject is not None and subject.resp_person_id == one and subject.resp_unit_id
            units |= {fixing} if fixing and subject else self._units.get(one, set())
        return sorted({one for unit in units for one in self._leaders[f"post:unit_leader@U{unit}"]})

    def _owners(self, item: Found[Any]) -> list[str]:
        return self._shared.get(item.id, []) if item.owner == "many" else [item.owner]


def _offices(one: Subject) -> tuple[str, str, str, str]:
    return (
        f"post:team_lead@{one.village}",
        f"post:town_office@{one.town}",
        f"post:county_office@{one.county}",
        f"post:city_office@{one.city}",
    )


def _candidates(session: Session, numbers: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    wanted = select(candidates.c.work_item_id, candidates.c.owner).where(
        candidates.c.work_item_id.in_(numbers)
    )
    for number, owner in session.execute(wanted) if numbers else ():
        found[number].append(owner)
    return found


def _units_of(session: Session, people: set[int], day: dt.date) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    wanted = select(Post.person_id, Post.unit_id).where(
        Post.person_id.in_(people), Post.unit_id.is_not(None), held_on(day)
    )
    for person, unit in session.execute(wanted) if people else ():
        if unit is not None:
            found[person].add(unit)
    return found


_raise = (
    update(Ticket.__table__)  # type: ignore[arg-type]
    .where(
        Ticket.__table__.c.id == bindparam("ticket_id"),
        Ticket.__table__.c.escalation_level < bindparam("level"),
    )
    .values(escalation_level=bindparam("level"))
)


def _raise_tickets(session: Session, climbs: Sequence[Climb]) -> None:
    """A ticket's level is the highest that any of its work has reached."""
    levels: dict[int, int] = {}
    for climb in climbs:
        kind, _, number = climb.item.key.partition(":")
        if kind == "ticket" and climb.rung.level:
            levels[int(number)] = max(levels.get(int(number), 0), climb.rung.level)
    if levels:
        session.execute(
            _raise, [{"ticket_id": number, "level": level} for number, level in sorted(levels.items())]
        )


def _write_history(session: Session, told: Sequence[tuple[Climb, list[int]]], now: dt.datetime) -> None:
    rows = [
        history_row(
            CLOCK,
            now,
            "escalated",
            climb.item.key,
            instance=climb.item.instance_id,
            element=climb.item.element,
            level=climb.rung.level,
            colour=climb.rung.colour,
            told=people,
            due=climb.item.due_at,
        )
        for climb, people in told
        if climb.rung.level
    ]
    if rows:
        session.execute(insert(history), rows)


def _messages(
    session: Session, told: Sequence[tuple[Climb, list[int]]], above: _Above, now: dt.datetime
) -> list[Telling]:
    """At most one for each person and level, however many items and rungs it is about."""
    groups: dict[tuple[int, int], list[Climb]] = defaultdict(list)
    for climb, people in told:
        for person in people:
            groups[person, climb.rung.level].append(climb)
    english = english_names(session, {climb.item.instance_id for climb, _ in told})
    found = []
    for (person, level), climbs in sorted(groups.items()):
        items = {climb.item.id: climb.item for climb in climbs}
        mail = any(climb.rung.mail for climb in climbs)
        must = any(climb.rung.colour in above.floor for climb in climbs)
        words = _said(list(items.values()), above, english, now)
        one = next(iter(items.values()))
        about, link = (one.key, f"/work-items/{one.id}") if len(items) == 1 else ("desk", "/")
        found.append(
            Telling(
                person,
                "escalated" if level else "reminder",
                about,
                words,
                link,
                level,
                mail=mail,
                must=mail and must,
            )
        )
    return found


def _said(
    items: Sequence[Found[Any]], above: _Above, english: dict[int, dict[str, str]], now: dt.datetime
) -> Words:
    overdue = [item for item in items if item.due_at < now]
    zone = local_zone(above.session)
    if len(items) > 1:
        first = min(item.due_at for item in items).astimezone(zone)
        return Words(
            f"{len(items)} 件事项需要留意，其中 {len(overdue)} 件已逾期，最早的期限是 {first:%m-%d %H:%M}。",
            f"{len(items)} things need attention, {len(overdue)} of them overdue; the first was due {first:%Y-%m-%d %H:%M}."
            if overdue
            else f"{len(items)} things need attention; the first is due {first:%Y-%m-%d %H:%M}.",
        )
    item = items[0]
    subject = above.subjects.get(item.key)
    about = subject.name if subject else Words(item.key, item.key)
    name_en = english.get(item.instance_id, {}).get(item.element) or item.name
    due = item.due_at.astimezone(zone)
    if overdue:
        days = max((now.astimezone(zone).date() - due.date()).days, 1)
        return Words(
            f"“{item.name}”（{about.zh}）已逾期 {days} 天。",
            f"“{name_en}” ({about.en}) is overdue by {days} day{'s' if days > 1 else ''}.",
        )
    return Words(
        f"“{item.name}”（{about.zh}）将于 {due:%m-%d %H:%M} 到期。",
        f"“{name_en}” ({about.en}) is due {due:%Y-%m-%d %H:%M}.",
    )
