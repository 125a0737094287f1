"""Whether households and milestones are what the history says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.text import LocalizedText
from engine.worklist.selectables import history
from rectification.campaigns.model import Milestone
from rectification.core.keys import household_key, number_in
from rectification.households.model import Household

AT_ONCE: Final = 500

Faults = Iterator[LocalizedText]


def compare_register(session: Session) -> Faults:
    """Everything that differs, one sentence each."""
    yield from _households(session)
    yield from _milestones(session)


def _households(session: Session) -> Faults:
    """The kind of a household is what was said of it last, and whoever was registered is there."""
    query = select(history.c.id, history.c.key).where(history.c.action == "registered")
    query = query.where(history.c.key.like("household:%")).order_by(history.c.id).limit(AT_ONCE)
    after = 0
    while rows := session.execute(query.where(history.c.id > after)).all():
        after = rows[-1].id
        keys = [row.key for row in rows]
        recorded, numbers = (
            _recorded_kinds(session, keys),
            [number_in(key, "household") for key in keys],
        )
        result: dict[str, str] = {
            household_key(number): kind
            for number, kind in session.execute(
                select(Household.id, Household.kind).where(Household.id.in_(numbers))
            )
        }
        for key in keys:
            name = key.removeprefix("household:")
            if key not in result:
                yield LocalizedText(
                    f"第 {name} 号农户已不在数据库里。", f"Household {name} is no longer in the database."
                )
            elif recorded.get(key, result[key]) != result[key]:
                yield LocalizedText(
                    f"第 {name} 号农户的户类型与历史记录不符。",
                    f"The type of household {name} differs from the history.",
                )


def _recorded_kinds(session: Session, keys: list[str]) -> dict[str, str]:
    query = select(history.c.key, history.c.action, history.c.detail).where(
        history.c.key.in_(keys), history.c.action.in_(("registered", "changed"))
    )
    recorded: dict[str, str] = {}
    for row in session.execute(query.order_by(history.c.id)):
        detail = orjson.loads(row.detail)
        facts: Mapping[str, object] = detail if row.action == "registered" else detail.get("after") or {}
        if "kind" in facts:
            recorded[row.key] = str(facts["kind"])
    return recorded


def _milestones(session: Session) -> Faults:
    """A milestone lies where the founding or its last move put it."""
    recorded: dict[tuple[int, str], str] = {}
    query = select(history.c.key, history.c.action, history.c.detail).where(
        history.c.action.in_(("founded", "milestones_changed"))
    )
    for row in session.execute(query.order_by(history.c.id)):
        number = number_in(row.key, "campaign")
        detail = orjson.loads(row.detail)
        moved = {name: value["day"] for name, value in (detail.get("after") or {}).items()}
        if number is not None:
            recorded |= {(number, name): day for name, day in {**detail.get("days", {}), **moved}.items()}
    result = {(row.campaign_id, row.name): row.day.isoformat() for row in session.scalars(select(Milestone))}
    for (number, name), day in recorded.items():
        if result.get((number, name)) != day:
            yield LocalizedText(
                f"第 {number} 号专项行动的节点“{name}”与历史记录不符。",
                f"The milestone “{name}” of campaign {number} differs from the history.",
            )
