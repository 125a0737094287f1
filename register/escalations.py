"""Escalations: who stands on the rungs that a sweep climbs."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row as Found
from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import Session

from engine.history import history_row
from engine.schema import history
from engine.world import CLOCK
from register.rungs import LATE, LadderStep, Rung
from register.standing import Standing
from register.tickets import Ticket


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
    rows = [row for climb, people in told for row in _steps(climb, people, now)]
    session.execute(insert(LadderStep.__table__), rows)  # type: ignore[arg-type]
    _raise_tickets(session, climbs)
    _write_history(session, told, now)


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
        )
        for climb, people in told
        if climb.rung.level
    ]
    if rows:
        session.execute(insert(history), rows)
