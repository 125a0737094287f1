"""Telling what is owed (补告): a post is held again, so its holder hears of the highest level that passed meanwhile, once."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from engine.clock import written_at
from engine.database import Database
from engine.instances.incidents import back_off, record_incident
from engine.worklist.selectables import open_work
from rectification.escalation.acknowledgements import AcknowledgementRequest
from rectification.escalation.apply import ITEM, Reached, attempts_of, keep
from rectification.escalation.owed_levels import OwedEscalation, owe
from rectification.escalation.policy import EscalationPolicies, EscalationRule, EscalationStep
from rectification.escalation.recipients import RecipientResolver
from rectification.matters.timezone import Zones
from rectification.people.deputies import reached

AT_ONCE: Final = 200
"""Work items in one transaction."""


def notify_owed(database: Database, now: dt.datetime) -> int:
    """Keep who hears of owed levels now, for the next announcement; returns how many work items that are about."""
    with database.reading() as session:
        last = session.scalar(select(func.max(OwedEscalation.id)))
        if last is None:
            return 0
        zones = Zones(session)
        days = {zone: written_at(now).astimezone(zone).date() for zone in zones.all}
        result = {day: _returned(session, now, day, last) for day in set(days.values())}
    count = 0
    for day, rows in result.items():
        here = [(row.id, row.instance_id) for row in rows if days[zones.of_work(row.work_scope)] == day]
        count += _tell_each(database, here, now, day)
    return count


def _tell_each(database: Database, keys: Sequence[tuple[int, int]], now: dt.datetime, day: dt.date) -> int:
    count = 0
    for first in range(0, len(keys), AT_ONCE):
        batch = keys[first : first + AT_ONCE]
        try:
            with database.writing() as session:
                count += _tell(session, [item for item, _instance in batch], now, day)
        except Exception:
            count += sum(_tell_alone(database, *key, now, day) for key in batch)
    return count


def _tell_alone(database: Database, item: int, instance: int, now: dt.datetime, day: dt.date) -> int:
    try:
        with database.writing() as session:
            return _tell(session, [item], now, day)
    except Exception as fault:
        with database.writing() as session:
            again = update(OwedEscalation).where(OwedEscalation.work_item_id == item)
            session.execute(again.values(look_at=back_off(now, attempts_of(session, instance))))
            record_incident(session, instance, "escalation", fault, now)
        return 0


def _returned(session: Session, now: dt.datetime, day: dt.date, last: int) -> Sequence[Any]:
    """Open work (id, instance, where it belongs) of which a desk is held again or that has another owner by now."""
    ready = or_(OwedEscalation.look_at.is_(None), OwedEscalation.look_at <= written_at(now))
    desks = session.scalars(select(OwedEscalation.desk).where(ready).distinct()).all()
    held = [desk for desk, people in reached(session, desks, day).items() if people]
    work = open_work.c
    query = (
        select(work.id, work.instance_id, work.work_scope)
        .join(OwedEscalation, OwedEscalation.work_item_id == work.id)
        .where(
            ready,
            OwedEscalation.id <= last,
            or_(OwedEscalation.desk.in_(held), OwedEscalation.work_owner != work.owner),
        )
        .distinct()
        .order_by(work.id)
    )
    return session.execute(query).all()


def _tell(session: Session, numbers: Sequence[int], now: dt.datetime, day: dt.date) -> int:
    query = select(OwedEscalation).where(OwedEscalation.work_item_id.in_(numbers)).order_by(OwedEscalation.id)
    owed = session.scalars(query.with_for_update(skip_locked=True)).all()
    taken = {escalation.work_item_id for escalation in owed}
    open_now = select(*ITEM).where(open_work.c.id.in_(taken))
    items = session.execute(open_now.order_by(open_work.c.id)).all()
    places: dict[int, set[int]] = defaultdict(set)
    for owed_rule in owed:
        places[owed_rule.work_item_id].add(owed_rule.rule)
    session.execute(
        delete(OwedEscalation).where(OwedEscalation.id.in_([escalation.id for escalation in owed]))
    )
    escalations = EscalationPolicies(session)
    resolver = RecipientResolver(day)
    resolver.load(session, items)
    resolver.load_above(session, items)
    applied = _applied(session, items)
    notices: dict[tuple[EscalationRule, dt.datetime], list[Reached]] = defaultdict(list)
    still: list[dict[str, object]] = []
    for item in items:
        notified: set[int] = set()
        drawn = escalations.of(session, item.escalation, item.work_scope)
        for place in sorted(places[item.id], reverse=True):
            steps = applied.get((item.id, place))
            if not steps:
                continue
            vacant = resolver.vacant(steps[0].who, item)
            still += [
                {"work_item_id": item.id, "rule": place, "desk": desk, "work_owner": item.owner}
                for desk in vacant
            ]
            people = [person for person in resolver.on(steps[0].who, item) if person not in notified]
            if people:
                notified.update(people)
                new = [person for person in people if person not in {step.person_id for step in steps}]
                notices[_rule(steps[0], drawn), steps[0].escalation_at].append(Reached(item, new))
    owe(session, still)
    keep(session, notices, now, owed=True)
    return len(items)


def _applied(session: Session, items: Sequence[Any]) -> Mapping[tuple[int, int], Sequence[Any]]:
    """The steps of these work items, by work item and rule, each saying whether somebody was asked to acknowledge it."""
    query = (
        select(*EscalationStep.__table__.c, AcknowledgementRequest.id.label("awaited"))
        .outerjoin(
            AcknowledgementRequest,
            (AcknowledgementRequest.work_item_id == EscalationStep.work_item_id)
            & (AcknowledgementRequest.rule == EscalationStep.rule),
        )
        .where(EscalationStep.work_item_id.in_([item.id for item in items]))
        .order_by(EscalationStep.id)
    )
    steps: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in session.execute(query):
        steps[row.work_item_id, row.rule].append(row)
    return steps


def _rule(step: Any, drawn: Sequence[EscalationRule]) -> EscalationRule:
    """The rule as it was applied; it is to be acknowledged unless somebody was asked to already."""
    escalation_level = EscalationRule(
        step.rule, dt.timedelta(), step.level, step.who, step.colour, step.channel
    )
    asks = step.awaited is None and step.rule < len(drawn)
    return replace(escalation_level, acknowledge=drawn[step.rule].acknowledge) if asks else escalation_level
