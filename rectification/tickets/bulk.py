"""One act on many tickets: each by itself, through the same door as the single form, each with its answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from engine.engine import Check, Engine, WorkItem
from engine.errors import DomainError, NotFound, WrongValues
from engine.expressions import Expression, ExpressionError
from engine.forms.fields import Field
from engine.forms.form import Form
from engine.host import Actor, Values
from engine.json import JsonObject
from engine.text import LocalizedText
from engine.worklist.selectables import candidates, open_work, work_items
from rectification.access.permissions import owners
from rectification.core.context import ActionContext
from rectification.core.keys import ticket_key
from rectification.people.roles import Role
from rectification.tickets.nudges import nudge

MOST: Final = 500
"""Tickets in one act; each takes a transaction of its own."""


@dataclass(frozen=True, slots=True)
class BulkStep:
    """A task that an act completes, what that means, and what the act itself has chosen in its form."""

    element: str
    words: LocalizedText
    chosen: Values = field(default_factory=dict)

    def form(self, whole: Form) -> Form:
        """What the single form would still ask once this much is chosen."""
        fields = [
            field
            for field in whole.fields
            if field.id not in self.chosen and _holds(field.shown_if, self.chosen)
        ]
        return Form(tuple(self._settled(field) for field in fields))

    def _settled(self, field: Field) -> Field:
        """A field without the conditions that the choice has answered."""
        demand = field.required_if
        if demand is None or not demand.names <= self.chosen.keys():
            return replace(field, shown_if=None)
        required = field.required or _holds(demand, self.chosen)
        return replace(field, shown_if=None, required_if=None, required=required)


ACTS: Final[Mapping[str, Sequence[BulkStep]]] = {
    "dispatch": (BulkStep("dispatch", LocalizedText("交办", "Dispatch")),),
    "assign": (
        BulkStep("settle_transfer", LocalizedText("确定责任单位", "Say whose they are")),
        BulkStep("rectify", LocalizedText("申请转办", "Ask to transfer"), {"outcome": "transfer"}),
    ),
    "extend": (
        BulkStep(
            "decide_extension", LocalizedText("同意延期", "Grant more time"), {"extension_granted": "yes"}
        ),
        BulkStep("rectify", LocalizedText("申请延期", "Ask for more time"), {"outcome": "extend"}),
    ),
}
"""What may be done to many at once. An office decides; whoever is responsible asks."""
OFFICES: Final = frozenset({Role.TOWN_OFFICE, Role.COUNTY_OFFICE, Role.CITY_OFFICE})
_ONLY_LOOK: Final = frozenset({Role.INSPECTOR, Role.PROCESS_OWNER, Role.ADMIN})
_NOT_THERE: Final = LocalizedText("这张工单还没有到这一步。", "This ticket has not come to this step.")


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """What came of one ticket: done, or why not."""

    ticket: int
    why_not: LocalizedText | None = None


def acts_of(roles: frozenset[str]) -> list[str]:
    """The acts that somebody with these roles may have work for."""
    if roles & OFFICES:
        return list(ACTS)
    return ["assign", "extend"] if roles - _ONLY_LOOK else []


def first_door(
    engine: Engine, session: Session, person: int, today: dt.date, act: str, numbers: Sequence[int]
) -> tuple[BulkStep, WorkItem] | None:
    """Through which door the act goes: the first at which one of the tickets stands on this person's desk."""
    mine = owners(session, person, today)
    shared = select(candidates.c.work_item_id).where(candidates.c.owner.in_(mine))
    on_desk = or_(open_work.c.owner.in_(mine), and_(open_work.c.owner == "many", open_work.c.id.in_(shared)))
    for door in ACTS.get(act, ()):
        query = select(open_work.c.id).where(
            open_work.c.key.in_([ticket_key(number) for number in numbers]),
            open_work.c.element == door.element,
            on_desk,
        )
        row = session.scalars(query.order_by(open_work.c.id).limit(1)).first()
        if row is not None:
            return door, engine.work_item(session, row)
    return None


def complete_many(
    engine: Engine,
    door: BulkStep,
    numbers: Sequence[int],
    values: JsonObject,
    actor: Actor,
    check: Check,
    key: str,
) -> list[BulkOutcome]:
    """Complete the same task of many tickets with the same values; the same ``key`` again changes nothing."""

    def one(number: int) -> None:
        with engine.database.reading() as session:
            item = _item_of(session, number, door.element)
        engine.complete(item, {**values, **door.chosen}, actor, receipt=f"{key}:{number}", check=check)

    return _each(numbers, one)


def nudge_many(
    engine: Engine, numbers: Sequence[int], acting: Callable[[Session], ActionContext]
) -> list[BulkOutcome]:
    """Remind whoever each ticket waits for; ``acting`` says who does, in the transaction of each."""

    def one(number: int) -> None:
        with engine.database.writing() as session:
            nudge(acting(session), number)

    return _each(numbers, one)


def _item_of(session: Session, number: int, element: str) -> int:
    """A ticket's open task of this element, or the last one, which says who was first.

    Raises:
        NotFound: the ticket has not come that far.
    """
    query = select(work_items.c.id).where(
        work_items.c.key == ticket_key(number), work_items.c.element == element
    )
    work_item: int | None = session.scalars(query.order_by(work_items.c.id.desc()).limit(1)).first()
    if work_item is None:
        raise NotFound(_NOT_THERE)
    return work_item


def _holds(condition: Expression | None, chosen: Values) -> bool:
    try:
        return condition is None or condition.evaluate(chosen) is True
    except ExpressionError:
        return False


def _each(numbers: Iterable[int], act: Callable[[int], None]) -> list[BulkOutcome]:
    outcomes = []
    for number in list(dict.fromkeys(numbers))[:MOST]:
        try:
            act(number)
        except WrongValues as wrong:
            outcomes.append(BulkOutcome(number, _joined(wrong)))
        except DomainError as refusal:
            outcomes.append(BulkOutcome(number, refusal.words))
        else:
            outcomes.append(BulkOutcome(number))
    return outcomes


def _joined(wrong: WrongValues) -> LocalizedText:
    texts = list(wrong.problems.values())
    return LocalizedText("".join(text.zh for text in texts), " ".join(text.en for text in texts))
