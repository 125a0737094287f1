"""What happens next: the dates ahead of open work, who will be told then, and what the clock will move."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.definitions.versions import Version
from engine.diagrams.elements import Element, UserTask
from engine.diagrams.events import EndEvent
from engine.engine import Engine
from engine.text import LocalizedText
from engine.worklist.selectables import instances, open_work, timers
from rectification.escalation.policy import EscalationPolicies, EscalationRule
from rectification.escalation.recipients import RecipientResolver
from rectification.escalation.schedule import LevelSchedule
from rectification.matters.timezone import Zones
from rectification.people.model import names_of
from rectification.rescheduling.due_rules import rule_words
from rectification.rescheduling.ticket_due_date import reads_due, set_by

Kind = Literal["told", "due", "timer"]
_IN_ORDER: Final[tuple[Kind, ...]] = ("due", "told", "timer")


@dataclass(frozen=True, slots=True)
class UpcomingNotice:
    """Those who stand on one rule as things are today."""

    who: str
    names: tuple[str, ...]
    level: int
    colour: str
    channel: str
    acknowledge_hours: float = 0


@dataclass(frozen=True, slots=True)
class UpcomingDate:
    """One date ahead: work falls due, somebody is told of it, or the diagram's own clock moves on.

    ``step`` is the work, or what the diagram calls its timer; ``rule`` says which rule made the date (due),
    ``leads_to`` where the token goes (timer).
    """

    at: dt.datetime
    kind: Kind
    step: LocalizedText
    rule: LocalizedText | None = None
    notices: tuple[UpcomingNotice, ...] = ()
    leads_to: tuple[LocalizedText, ...] = ()


def get_timeline(
    session: Session, engine: Engine, items: Sequence[int], now: dt.datetime
) -> list[UpcomingDate]:
    """What lies ahead of these open work items and of the instances that they belong to, the next first.

    What is overdue already comes first, with the rule that made its date.
    """
    query = select(open_work).where(open_work.c.id.in_(items))
    return timeline_of(session, engine, session.execute(query).all(), now)


def timeline_of(
    session: Session, engine: Engine, rows: Sequence[Row[Any]], now: dt.datetime
) -> list[UpcomingDate]:
    """The same of open work items that were read already."""
    result = [*_deadlines(session, engine, rows, now), *_timers(session, engine, rows, now)]
    return sorted(result, key=lambda date: (date.at, _IN_ORDER.index(date.kind)))


def _deadlines(
    session: Session, engine: Engine, rows: Sequence[Row[Any]], now: dt.datetime
) -> Iterator[UpcomingDate]:
    dated = [row for row in rows if row.due_at is not None]
    zones = Zones(session)
    origins = set_by(session, [row.key for row in dated])
    resolver = RecipientResolver(now.astimezone(zones.general).date())
    resolver.load_all(session, dated)
    reckoning, policies = LevelSchedule(), EscalationPolicies(session)
    drawn = {
        row.id: [
            (at, rule.raised if resolver.reopened(row) else rule)
            for at, rule in _ahead_on(session, policies, reckoning, row, now)
        ]
        for row in dated
    }
    on = {(row.id, rule.place): resolver.people(rule.who, row) for row in dated for _, rule in drawn[row.id]}
    names = names_of(session, {person for people in on.values() for person in people})
    for row in dated:
        element = engine.definitions.version(session, row.definition_id).elements.get(
            (row.process, row.element)
        )
        step = _name(element, row.name)
        rule = rule_words(element.particulars.due_date) if element is not None else None
        by_hand = origins.get((row.key, row.due_at))
        if by_hand and element is not None and reads_due(element.particulars.due_date):
            rule = _set_by(*by_hand, zones.of_work(row.work_scope))
        yield UpcomingDate(row.due_at, "due", step, rule)
        for at, parts in groupby(drawn[row.id], key=lambda part: part[0]):
            notices = tuple(
                _told(rule, [names[person] for person in on[row.id, rule.place]]) for _, rule in parts
            )
            yield UpcomingDate(at, "told", step, notices=notices)


def _set_by(name: str, at: dt.datetime, zone: ZoneInfo) -> LocalizedText:
    day = at.astimezone(zone).date()
    return LocalizedText(f"{name}于{day.month}月{day.day}日确定", f"set by {name} on {day.isoformat()}")


def _ahead_on(
    session: Session,
    policies: EscalationPolicies,
    reckoning: LevelSchedule,
    row: Row[Any],
    now: dt.datetime,
) -> list[tuple[dt.datetime, EscalationRule]]:
    escalation = policies.of(session, row.escalation, row.work_scope) if row.escalation else ()
    times = reckoning.of(session, row.work_scope)
    moments = zip(times.of(escalation, row.due_at, row.created_at), escalation, strict=True)
    return [(at, rule) for at, rule in list(moments)[row.escalation_step :] if at > now]


def _told(rule: EscalationRule, names: Sequence[str]) -> UpcomingNotice:
    hours = rule.acknowledge / dt.timedelta(hours=1)
    return UpcomingNotice(rule.who, tuple(names), rule.level, rule.colour, rule.channel, hours)


def _timers(
    session: Session, engine: Engine, rows: Sequence[Row[Any]], now: dt.datetime
) -> Iterator[UpcomingDate]:
    query = (
        select(timers.c.element, timers.c.due_at, instances.c.definition_id, instances.c.process)
        .join(instances, instances.c.id == timers.c.instance_id)
        .where(timers.c.instance_id.in_({row.instance_id for row in rows}), timers.c.due_at > now)
    )
    for timer in session.execute(query):
        version = engine.definitions.version(session, timer.definition_id)
        element = _drawn(version, timer.process, timer.element)
        if element is not None:
            leads_to = tuple(dict.fromkeys(_name(element) for element in after(element)))
            yield UpcomingDate(timer.due_at, "timer", _name(element), leads_to=leads_to)


def _drawn(version: Version, process: str, element: str) -> Element | None:
    """The element of the process, or of one that it calls."""
    own = version.elements.get((process, element))
    return own or next((drawn for (_p, name), drawn in version.elements.items() if name == element), None)


def after(here: Element) -> Iterator[Element]:
    """The next people's steps and ends, past everything that the installation does by itself."""
    beside = here._wf_spec.task_specs
    waiting, visited = deque(here.flows), set[str]()
    while waiting:
        name = waiting.popleft()
        if name in visited:
            continue
        visited.add(name)
        element = beside[name]
        if isinstance(element, UserTask | EndEvent) or hasattr(element, "inside"):
            yield element
        else:
            waiting.extend(element.flows)


def _name(element: Element | None, written: str = "") -> LocalizedText:
    if element is None:
        return LocalizedText(written, written)
    name = str(element.bpmn_name or written or element.bpmn_id)
    return LocalizedText(name, str(element.particulars.properties.get("name_en", name)))
