"""Moving many running pieces of work to another version: chosen by filter, judged one by one, done in the background."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, String, cast, exists, false, or_, select, true
from sqlalchemy.orm import Session

from engine.definitions.versions import Version
from engine.diagrams.activities import CallActivity, SubProcess
from engine.diagrams.elements import Element, UserTask
from engine.diagrams.events import BoundaryEvent, CatchEvent, StartEvent
from engine.engine import Engine
from engine.host import Actor
from engine.instances.incidents import words_of
from engine.json import Json, as_int, as_list, as_object, as_text
from engine.migration.move import MoveVerdict, judge, migrate
from engine.migration.tokens import MovePlan
from engine.migration.undo import undo
from engine.worklist.selectables import definitions, instances, moves, open_work, running_instances
from rectification.core.jobs import Job, Run
from rectification.households.model import Household
from rectification.matters.case import Case
from rectification.matters.result import HouseholdResult
from rectification.matters.ticket import Ticket
from rectification.people.model import Person
from rectification.places.areas import Area
from rectification.places.units import Unit

logger = logging.getLogger("huitoukan.jobs")

MOST: Final = 1_000
"""Pieces of work that are judged before somebody's eyes."""


@dataclass(frozen=True, slots=True)
class InstanceChoice:
    """Which running work of a process: what is empty does not narrow it."""

    process: str
    version: int | None = None
    step: str = ""
    status: str = ""
    area: str = ""
    scopes: Sequence[str] = ("",)
    """What whoever chooses owns of the scope of the target; the empty one is everything."""

    def condition(self, target: int) -> ColumnElement[bool]:
        """Running instances that do not yet run on the target."""
        running = running_instances.c
        condition = (running.process == self.process) & (running.definition_id != target)
        if self.version is not None:
            condition &= running.definition_id == self.version
        if self.status:
            condition &= running.status == self.status
        if self.step:
            stands = select(open_work.c.id).where(
                open_work.c.instance_id == running.id, open_work.c.element == self.step
            )
            condition &= exists(stands)
        if self.area:
            condition &= lies_in(self.area)
        return condition & lie_in(self.scopes)


def lie_in(areas: Sequence[str], key: ColumnElement[str] = running_instances.c.key) -> ColumnElement[bool]:
    """Running instances (or other rows with a business key) about what lies in one of these areas."""
    return or_(false(), *(lies_in(area, key) for area in areas))


def lies_in(area: str, key: ColumnElement[str] = running_instances.c.key) -> ColumnElement[bool]:
    """Running instances (or other rows with a business key) about what lies in an area or below it; empty: all."""
    if not area:
        return true()
    inside = select(Area.code).where(("/" + Area.path).contains(f"/{area}/", autoescape=True))
    rows: tuple[tuple[str, Any, Any], ...] = (
        ("ticket", Ticket.id, Ticket.village),
        ("household", Household.id, Household.village),
        ("case", Case.id, Case.village),
        ("result", HouseholdResult.id, HouseholdResult.village),
        ("unit", Unit.id, Unit.area_code),
        ("village", Area.code, Area.code),
    )
    return or_(
        *(
            key.in_(select(f"{kind}:" + cast(name, String)).where(place.in_(inside)))
            for kind, name, place in rows
        )
    )


def chosen(session: Session, choice: InstanceChoice, target: int) -> list[int]:
    """The instances that a choice means, the oldest first."""
    query = select(running_instances.c.id).where(choice.condition(target)).order_by(running_instances.c.id)
    return list(session.execute(query).scalars())


def versions_in_use(session: Session, process: str, areas: Sequence[str]) -> list[tuple[int, int]]:
    """(id, number) of the versions on which work of a process runs that lies in some areas."""
    running = running_instances.c
    used = select(running.definition_id).where(running.process == process, lie_in(areas))
    query = select(definitions.c.id, definitions.c.number).where(definitions.c.id.in_(used.distinct()))
    return [(row.id, row.number) for row in session.execute(query.order_by(definitions.c.id))]


def judge_all(engine: Engine, session: Session, numbers: Sequence[int], plan: MovePlan) -> list[MoveVerdict]:
    """A verdict for each, as far as :data:`MOST`."""
    return [judge(engine, session, number, plan) for number in numbers[:MOST]]


def lost_elements(verdicts: Sequence[MoveVerdict]) -> dict[str, tuple[str, int]]:
    """Elements that need a place: id to name, and how many wait there; the most first."""
    names = {element: name for verdict in verdicts for element, name in verdict.elements}
    counted = Counter(element for verdict in verdicts for element, _ in verdict.elements)
    return {element: (names[element] or element, count) for element, count in counted.most_common()}


def places_in(version: Version, process: str) -> list[Element]:
    """Where a token may be put: user tasks and waiting events of the process."""
    return [
        element
        for (name, _), element in version.elements.items()
        if name == process
        and isinstance(element, (UserTask, CatchEvent))
        and not isinstance(element, (BoundaryEvent, StartEvent, SubProcess, CallActivity))
    ]


def changed_times(old: Version, new: Version, process: str) -> list[Element]:
    """Elements of the new version whose deadline or timer reads otherwise than in the old one."""
    result = []
    for (name, number), element in new.elements.items():
        was = old.elements.get((process, number))
        if name == process and was is not None and _time_of(was) != _time_of(element):
            result.append(element)
    return result


def _time_of(element: Element) -> tuple[str, str]:
    due = element.particulars.due_date
    timer = element.event.value if isinstance(element, CatchEvent) else None
    return due.text if due else "", timer.text if timer else ""


# -- the work itself ---------------------------------------------------------------------------


def migrate_chosen(run: Run) -> None:
    """The job: each in a transaction of its own; what was moved before it was stopped is not moved again."""
    params: Mapping[str, object] = run.params
    with run.database.reading() as session:
        version = run.engine.definitions.version(session, as_int(params["target"]))
        person = session.get_one(Person, run.asked_by)
    plan = MovePlan(
        version,
        {was: as_text(now) for was, now in as_object(params["places"]).items()},
        frozenset(as_text(element) for element in as_list(params["rearm"])),
    )
    actor, numbers = (
        Actor(person.name, person.id),
        [as_int(number) for number in as_list(params["instances"])],
    )
    refused: list[list[Json]] = []
    for done, number in enumerate(numbers, 1):
        run.stop_if_paused()
        try:
            verdict = migrate(
                run.engine, number, plan, actor, as_text(params["reason"]), batch=f"job:{run.id}"
            )
        except Exception as fault:  # whatever one instance holds, the others are moved
            logger.exception("instance %s could not be moved", number)
            words = words_of(fault)
            refused.append([number, f"instance:{number}", words.zh, words.en])
        else:
            if verdict.outcome in ("place", "cannot"):
                refused.append([number, verdict.key, verdict.words.zh, verdict.words.en])
        if done % 20 == 0 or done == len(numbers):
            run.progress(done, len(numbers))
    run.finish(refused=refused)


def moves_of(session: Session, job: Job) -> list[Row[Any]]:
    """What a job moved, with whether it can still be undone."""
    columns = (moves, instances.c.key, instances.c.version, instances.c.status, instances.c.process)
    query = select(*columns).join(instances, instances.c.id == moves.c.instance_id)
    return list(session.execute(query.where(moves.c.batch == f"job:{job.id}").order_by(moves.c.id)).all())


def undo_moves(engine: Engine, numbers: Sequence[int], actor: Actor) -> None:
    """Take moves back, each by itself; the newest first."""
    for number in sorted(numbers, reverse=True):
        undo(engine, number, actor)
