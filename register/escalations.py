"""Escalations: who stands on the rungs that a sweep climbs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from engine.history import history_row
from engine.schema import history, work_items
from engine.world import CLOCK
from register.acknowledging import Awaited, take_unacknowledged, told_on
from register.rung_times import Reckoning
from register.rungs import HIGHEST, LATE, PASSED_OVER, LadderStep, Rung, rungs
from register.standing import Standing
from register.tickets import Ticket

ITEM: Final = tuple(
    work_items.c[name]
    for name in (
        "id",
        "instance_id",
        "key",
        "element",
        "owner",
        "due_at",
        "ladder",
        "rung",
        "created_at",
        "belongs_to",
    )
)
"""What is read of work items whose ladders are climbed."""


@dataclass(frozen=True, slots=True)
class Climb:
    """One work item stepped onto one rung, which fell due at an instant."""

    item: Found[Any]
    rung: Rung
    at: dt.datetime


def keep(session: Session, standing: Standing, climbs: Sequence[Climb], now: dt.datetime) -> None:
    """Keep who stands on these rungs; :mod:`register.announcements` tells them when the night is climbed."""
    standing.learn(session, [climb.item for climb in climbs])
    climbs = [replace(climb, rung=standing.rung(climb.rung, climb.item)) for climb in climbs]
    told = [(climb, standing.people(climb.rung.who, climb.item)) for climb in climbs]
    _write(session, told, now)
    awaited = [_awaited(climb, now) for climb, people in told if climb.rung.acknowledge and people]
    if awaited:
        session.execute(insert(Awaited.__table__), awaited)  # type: ignore[arg-type]


def pass_over(session: Session, standing: Standing, now: dt.datetime, limit: int) -> int:
    """Tell those above of what nobody acknowledged in time, one level up and once; returns how many it took on.

    Where the work's date moved so that the rung lies ahead again, nothing is left to acknowledge.
    """
    rows = take_unacknowledged(session, now, limit)
    numbers = {row.work_item_id for row in rows}
    wanted = select(*ITEM).where(work_items.c.id.in_(numbers), work_items.c.closed_at.is_(None))
    items = {item.id: item for item in session.execute(wanted)}
    told = told_on(session, rows)
    standing.learn(session, list(items.values()))
    reckoning, above = Reckoning(), []
    for row in rows:
        row.passed_over_at = now
        item = items.get(row.work_item_id)
        if item is not None and _lies_ahead(session, reckoning, item, row.rung, now):
            session.delete(row)
        elif item is not None:
            who, people = standing.above(row.who, item, told[item.id, row.rung])
            level = min(row.level + 1, HIGHEST)
            rung = Rung(PASSED_OVER - row.rung, dt.timedelta(), level, who, row.colour, row.channel)
            above.append((Climb(item, rung, row.due_at), people))
    _write(session, above, now)
    return len(rows)


def _lies_ahead(
    session: Session, reckoning: Reckoning, item: Found[Any], rung: int, now: dt.datetime
) -> bool:
    ladder = rungs(session, item.ladder) if item.ladder else ()
    times = reckoning.of(session, item.belongs_to)
    return rung < len(ladder) and times.of(ladder, item.due_at, item.created_at)[rung] > now


def _write(session: Session, told: Sequence[tuple[Climb, list[int]]], now: dt.datetime) -> None:
    if told:
        rows = [row for climb, people in told for row in _steps(climb, people, now)]
        session.execute(insert(LadderStep.__table__), rows)  # type: ignore[arg-type]
        _raise_tickets(session, [climb for climb, _people in told])
        _write_history(session, told, now)


def _awaited(climb: Climb, now: dt.datetime) -> dict[str, Any]:
    rung = climb.rung
    return {
        "work_item_id": climb.item.id,
        "rung": rung.place,
        "level": rung.level,
        "who": rung.who,
        "colour": rung.colour,
        "channel": rung.channel,
        "asked_at": now,
        "due_at": now + rung.acknowledge,
    }


def _steps(climb: Climb, people: Sequence[int], now: dt.datetime) -> list[dict[str, Any]]:
    rung, at = climb.rung, climb.at
    step = {
        "work_item_id": climb.item.id,
        "rung": rung.place,
        "level": rung.level,
        "colour": rung.colour,
        "who": rung.who,
        "channel": rung.channel,
        "rung_at": at,
        "at": now,
        "late": now - at > LATE,
    }
    return [{**step, "person_id": person} for person in people or (None,)]


_raise = (
    update(Ticket.__table__)  # type: ignore[arg-type]
    .where(
        Ticket.__table__.c.id.in_(bindparam("numbers", expanding=True)),
        Ticket.__table__.c.escalation_level < bindparam("level"),
    )
    .values(escalation_level=bindparam("level"))
)


def _raise_tickets(session: Session, climbs: Sequence[Climb]) -> None:
    """A ticket's level is the highest that any of its work has reached."""
    reached: dict[int, set[int]] = defaultdict(set)
    for climb in climbs:
        kind, _, number = climb.item.key.partition(":")
        if kind == "ticket" and climb.rung.level:
            reached[climb.rung.level].add(int(number))
    for level, numbers in sorted(reached.items()):
        session.execute(_raise, {"numbers": sorted(numbers), "level": level})


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
            **({"unacknowledged": True} if climb.rung.place < 0 else {}),
        )
        for climb, people in told
        if climb.rung.level
    ]
    if rows:
        session.execute(insert(history), rows)
