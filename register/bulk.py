"""One act on many tickets: each by itself, through the same door as the single form, each with its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.engine import Check, Engine
from engine.errors import NotFound, Refusal, WrongValues
from engine.schema import work_items
from engine.words import Words
from engine.world import Actor, Values
from register.nudges import nudge

MOST: Final = 500
"""Tickets in one act; each takes a transaction of its own."""
DISPATCH: Final = "dispatch"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one ticket: done, or why not."""

    ticket: int
    why_not: Words | None = None


def dispatch_many(
    engine: Engine, numbers: Sequence[int], values: Values, actor: Actor, check: Check, key: str
) -> list[Outcome]:
    """Hand out many tickets with the same measure, unit, person and due date; the same ``key`` again changes nothing."""

    def one(number: int) -> None:
        with engine.database.reading() as session:
            item = open_item(session, number)
        engine.complete(item, values, actor, receipt=f"{key}:{number}", check=check)

    return _each(numbers, one)


def nudge_many(engine: Engine, numbers: Sequence[int], actor: Actor) -> list[Outcome]:
    """Remind whoever each ticket waits for."""

    def one(number: int) -> None:
        with engine.database.writing() as session:
            nudge(session, actor, engine.clock.now(), number)

    return _each(numbers, one)


def open_item(session: Session, number: int) -> int:
    """The open dispatch of a ticket, or the last one, which says who was first.

    Raises:
        NotFound: the ticket has not come that far.
    """
    wanted = select(work_items.c.id).where(
        work_items.c.key == f"ticket:{number}", work_items.c.element == DISPATCH
    )
    found: int | None = session.scalars(wanted.order_by(work_items.c.id.desc()).limit(1)).first()
    if found is None:
        raise NotFound(
            Words("这张工单还没有到交办这一步。", "This ticket has not come to be dispatched yet.")
        )
    return found


def _each(numbers: Iterable[int], act: Callable[[int], None]) -> list[Outcome]:
    outcomes = []
    for number in list(dict.fromkeys(numbers))[:MOST]:
        try:
            act(number)
        except WrongValues as wrong:
            outcomes.append(Outcome(number, _joined(wrong)))
        except Refusal as refusal:
            outcomes.append(Outcome(number, refusal.words))
        else:
            outcomes.append(Outcome(number))
    return outcomes


def _joined(wrong: WrongValues) -> Words:
    said = list(wrong.problems.values())
    return Words("".join(one.zh for one in said), " ".join(one.en for one in said))
