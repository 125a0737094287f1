"""Rehearsals with the campaign's own dates, holidays, posts and escalations: who would get what when, and who would hear of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import NotFound
from engine.expressions import Functions, Value
from engine.host import SYSTEM, Step
from engine.instances.state import get_variables
from engine.json import Values
from engine.owners import post_in, post_owner
from engine.simulation.host import Around, RehearsedWork
from engine.simulation.rehearsal import Rehearsal
from engine.text import LocalizedText
from engine.worklist.selectables import running_instances
from rectification.escalation.policy import WHO, EscalationRule, get_levels
from rectification.escalation.schedule import get_level_times
from rectification.matters.timezone import local_zone
from rectification.matters.work_scope import written
from rectification.people.model import Person
from rectification.people.posts import holders
from rectification.people.roles import ROLES, Role
from rectification.process.host import functions
from rectification.process.instance_migrations import lies_in

_OFFICES: Final = {"village": Role.TEAM_LEAD, "town": Role.TOWN_OFFICE, "county": Role.COUNTY_OFFICE}
_UNTOLD: Final = {"judge": "与整改人无关的上一级", "verifier": "独立复核人", "extender": "批准延期的办公室"}
"""Who cannot be named without a ticket of the domain."""


@dataclass(frozen=True, slots=True)
class RehearsalEntry:
    """One thing that would happen, and whom it concerns."""

    at: dt.datetime
    kind: str
    """offered, done, cancelled, status, message, reminder or late."""
    process: str
    element: str
    words: LocalizedText
    who: str = ""
    colour: str = ""


def campaign_around(session: Session) -> Around:
    """Named functions as the domain answers them, at any moment of a rehearsal."""

    def never(*_given: object) -> Any:
        raise NotFound

    def around(now: dt.datetime, variables: Mapping[str, Value]) -> Functions:
        step = Step(session, 0, "", "", "", "", {}, dict(variables), SYSTEM, now, never, never, never)
        return functions(step)

    return around


def variables_of(session: Session, process: str, key: str, scope: str) -> Values | None:
    """What a running piece of work in a scope knows: for starting a rehearsal like it."""
    running = running_instances.c
    query = select(running.id).where(running.process == process, running.key == key, lies_in(scope))
    number = session.scalar(query.limit(1))
    return None if number is None else get_variables(session, number)


def like_which(session: Session, process: str, scope: str, most: int = 30) -> list[str]:
    """Keys of running work in a scope that a rehearsal may start like."""
    running = running_instances.c
    query = select(running.key).where(running.process == process, lies_in(scope))
    return list(session.execute(query.order_by(running.id).limit(most)).scalars())


def lines(session: Session, played: Rehearsal) -> list[RehearsalEntry]:
    """Everything that would happen, in order: desks, statuses, messages, and what the escalations would say."""
    names = _Names(session)
    end = max([work.closed_at or work.offered_at for work in played.work], default=None)
    entries: list[RehearsalEntry] = []
    for work in played.work:
        entries += _of_work(names, work)
        entries += _of_escalation(session, names, work, end)
    entries += [
        RehearsalEntry(at, "status", process, "", LocalizedText(status, status))
        for at, process, status in played.statuses
    ]
    entries += [
        RehearsalEntry(at, "message", "", "", LocalizedText(f"发出“{name}”", f"“{name}” is sent"))
        for at, _kind, name in played.messages
    ]
    return sorted(entries, key=lambda line: line.at)


def _of_work(names: _Names, work: RehearsedWork) -> list[RehearsalEntry]:
    recipients = names.of(work.owners, work.offered_at)
    result = [
        RehearsalEntry(
            work.offered_at,
            "offered",
            work.process,
            work.element,
            LocalizedText(f"收到“{work.name}”", f"gets “{work.name}”"),
            recipients,
        )
    ]
    if work.closed_at is not None:
        kind = "done" if work.outcome == "completed" else "cancelled"
        words = (
            LocalizedText(f"办完“{work.name}”", f"does “{work.name}”")
            if kind == "done"
            else LocalizedText(f"“{work.name}”不再需要办理", f"“{work.name}” is no longer needed")
        )
        result.append(RehearsalEntry(work.closed_at, kind, work.process, work.element, words, recipients))
    if work.due is not None and (work.closed_at is None or work.due < work.closed_at):
        words = LocalizedText(f"“{work.name}”逾期", f"“{work.name}” is overdue")
        result.append(RehearsalEntry(work.due, "late", work.process, work.element, words, recipients, "red"))
    return result


def _of_escalation(
    session: Session, names: _Names, work: RehearsedWork, end: dt.datetime | None
) -> list[RehearsalEntry]:
    if work.escalation is None or work.due is None:
        return []
    until = work.closed_at or max(end or work.due, work.due + dt.timedelta(days=7))
    result = []
    escalation = get_levels(session, work.escalation, written(work.variables))
    times = get_level_times(session, written(work.variables)).of(escalation, work.due, work.offered_at)
    drawn = list(zip(escalation, times, strict=True))
    ahead = [(rule, at) for rule, at in drawn if at > work.offered_at]
    if drawn and not ahead and drawn[-1][1] >= work.due:  # it came so late that nobody else is left to tell
        ahead = [(drawn[-1][0], work.offered_at)]
    for rule, at in ahead:
        if at <= until:
            words = LocalizedText(
                f"关于“{work.name}”告知{WHO[rule.who].zh}（第 {rule.level} 级）",
                f"{WHO[rule.who].en} hears of “{work.name}” (level {rule.level})",
            )
            recipients = names.of(_told(work, rule), at)
            result.append(
                RehearsalEntry(at, "reminder", work.process, work.element, words, recipients, rule.colour)
            )
    return result


def _told(work: RehearsedWork, rule: EscalationRule) -> list[str]:
    """The posts that a rule tells; those that follow from a person's unit are named by their role alone."""
    if rule.who == "owner":
        return work.owners
    if rule.who in _OFFICES and work.variables.get(rule.who):
        return [post_owner(_OFFICES[rule.who], str(work.variables[rule.who]))]
    if rule.who == "city" and work.variables.get("county"):
        return [post_owner(Role.CITY_OFFICE, f"{str(work.variables['county'])[:4]}00")]
    return []


class _Names:
    """People behind owners, each looked up once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.zone = local_zone(session)
        self._known: dict[tuple[str, dt.date], str] = {}

    def of(self, owners: Iterable[str], at: dt.datetime) -> str:
        """Names of whoever holds these posts at a moment."""
        day = at.astimezone(self.zone).date()
        return "、".join(dict.fromkeys(self._one(owner, day) for owner in owners))

    def _one(self, owner: str, day: dt.date) -> str:
        if (owner, day) not in self._known:
            try:
                numbers = holders(self.session, {owner}, day).get(owner, [])
            except ValueError:
                numbers = []
            query = select(Person.name).where(Person.id.in_(numbers[:4])).order_by(Person.id)
            names = list(self.session.scalars(query)) if numbers else []
            split = post_in(owner)
            role = ROLES.get(split[0]) if split else None
            more = "…" if len(numbers) > 4 else ""
            untold = _UNTOLD.get(owner.removeprefix("post:").partition("(")[0])
            nobody = role.zh if role else untold or owner
            self._known[owner, day] = "、".join(names) + more if names else nobody
        return self._known[owner, day]
