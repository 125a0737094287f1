"""The world of a rehearsal: dates are real, services give rehearsed answers, and what is offered is written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from engine.diagrams.tokens import BusinessError
from engine.expressions import Functions, Value
from engine.host import Actor, Deadline, Guard, Handler, OpenWork, Step, Values
from engine.schema import candidates
from engine.simulation.answers import RehearsedAnswers
from engine.simulation.functions import RehearsedFunctions, or_as_written

Around = Callable[[dt.datetime, Mapping[str, Value]], Functions]
"""Named functions at a moment, for the variables of one instance: how the installation answers them."""


@dataclass(slots=True)
class RehearsedWork:
    """A task that stood on somebody's desk; ``outcome`` is empty while it stands there."""

    process: str
    key: str
    element: str
    name: str
    owners: list[str]
    due: dt.datetime | None
    escalation: str | None
    offered_at: dt.datetime
    closed_at: dt.datetime | None = None
    outcome: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict)


class RehearsedWorld:
    """Answers what the engine asks, from rehearsed answers; every guard lets everything through."""

    def __init__(self, zone: ZoneInfo, people: RehearsedAnswers, around: Around | None) -> None:
        self._zone, self._people, self._around = zone, people, around
        self.work: list[RehearsedWork] = []
        self.desk: dict[int, tuple[OpenWork, RehearsedWork]] = {}
        """What is open now, by the id of the work item."""
        self.statuses: list[tuple[dt.datetime, str, str]] = []

    def zone_of(self, _session: Session, _variables: Mapping[str, Value]) -> ZoneInfo:
        return self._zone

    def scope_of(self, _session: Session, _key: str, _variables: Mapping[str, Value]) -> str:
        return ""

    def scopes_above(self, _session: Session, scope: str) -> Sequence[str]:
        return (scope,)

    def begins_with(self, _session: Session, _scope: str, _others: Collection[str]) -> Values:
        return {}

    def functions(self, step: Step) -> Functions:
        rehearsed_functions = RehearsedFunctions(step.now, self._zone)
        if self._around is not None:
            known = self._around(step.now, step.variables)
            rehearsed_functions.update({name: or_as_written(name, work) for name, work in known.items()})
        return rehearsed_functions

    def handler(self, topic: str) -> Handler:
        return self._serve

    def _serve(self, step: Step) -> Mapping[str, Value]:
        answer = self._people.answer(step.element, step.name)
        if set(answer) == {"error"}:
            raise BusinessError(str(answer["error"]))
        return dict(answer)

    def guard(self, name: str) -> Guard:
        return lambda _step, _values: {}

    def status_changed(self, step: Step, status: str) -> None:
        self.statuses.append((step.now, step.process, status))

    def ended(self, step: Step, status: str | None) -> None:
        """Nothing follows from it."""

    def work_scope(self, variables: Mapping[str, Value]) -> str | None:
        return None

    def first_escalation(self, session: Session, deadline: Deadline) -> dt.datetime | None:
        return None

    def escalation_after_move(
        self, session: Session, item: int, deadline: Deadline, now: dt.datetime
    ) -> tuple[int, dt.datetime | None]:
        return 0, None

    def cancelled(self, session: Session, work: Sequence[int], actor: Actor, now: dt.datetime) -> None:
        for number in work:
            self.close(number, "cancelled", now)

    def close(self, number: int, outcome: str, now: dt.datetime) -> None:
        """A work item is no longer on a desk."""
        _, work = self.desk.pop(number)
        work.closed_at, work.outcome = now, outcome

    def offered(self, session: Session, work: Sequence[OpenWork], now: dt.datetime) -> None:
        for item in work:
            owners = _who_may_take(session, item.id) if item.owner == "many" else [item.owner]
            written = RehearsedWork(
                item.process, item.key, item.element, item.name, owners, item.due_at, item.escalation, now,
                variables=dict(item.variables),
            )  # fmt: skip
            self.work.append(written)
            self.desk[item.id] = item, written


def _who_may_take(session: Session, item: int) -> list[str]:
    """In the order in which they are drawn."""
    query = select(candidates.c.owner).where(candidates.c.work_item_id == item)
    return list(session.execute(query.order_by(literal_column("rowid"))).scalars())
