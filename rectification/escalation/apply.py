"""Escalations: the recipients of the rules that a sweep applies."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Insert, bindparam, func, insert, select, update
from sqlalchemy import Row as Found
from sqlalchemy.orm import Session

from engine.audit.history import record_about_work
from engine.clock import written_at
from engine.database import BigId, dumps, rows_of
from engine.host import CLOCK
from engine.sql_arrays import in_list, parameter_rows
from engine.worklist.selectables import open_incidents, open_work
from rectification.core.keys import kind_of, row_number, ticket_key
from rectification.escalation.acknowledgements import (
    AcknowledgementRequest,
    notified_people,
    take_unacknowledged,
)
from rectification.escalation.batches import current_batch
from rectification.escalation.owed_levels import owe
from rectification.escalation.policy import HIGHEST, LATE, PASSED_OVER, EscalationRule, EscalationStep
from rectification.escalation.recipients import RecipientResolver
from rectification.matters.ticket import Ticket

ITEM: Final = tuple(
    open_work.c[name]
    for name in (
        "id",
        "instance_id",
        "key",
        "element",
        "owner",
        "due_at",
        "escalation",
        "escalation_step",
        "created_at",
        "work_scope",
    )
)
"""What is read of open work whose escalations are applied."""


class Alike(NamedTuple):
    """Work items to which the same rules apply, each rule with the instant at which it fell due."""

    items: Sequence[Found[Any]]
    applied: Sequence[tuple[EscalationRule, dt.datetime]]
    behind: int
    """So many rules are behind them then."""
    next_at: dt.datetime | None
    """When the next one falls due."""
    day: dt.date
    """The day on which their recipients are looked up."""


class Reached(NamedTuple):
    """A work item to which a rule was applied, and its recipients."""

    item: Found[Any]
    people: Sequence[int]
    vacant: Sequence[str] = ()
    """The desks that it should have told, and on which is nobody: it is owed to them."""


Notices = Mapping[tuple[EscalationRule, dt.datetime], Sequence[Reached]]
"""The rules that were applied, with the work items of each."""


def attempts_of(session: Session, instance: int | None) -> int:
    """How often an escalation of an instance has failed since somebody saw to it."""
    theirs = open_incidents.c.instance_id == instance, open_incidents.c.doing == "escalation"
    return session.scalar(select(func.count()).where(*theirs)) or 0


def load(session: Session, resolver: RecipientResolver, groups: Sequence[Alike]) -> None:
    """Load the recipients of the rules that apply to these."""
    resolver.load(session, [item for group in groups for item in group.items])
    above = [
        item for group in groups if any(rule.goes_up for rule, _at in group.applied) for item in group.items
    ]
    others = (
        group.items
        for group in groups
        if not any(rule.goes_up for rule, _at in group.applied)
        if group.applied
    )
    resolver.load_above(session, [*above, *resolver.unheld(item for items in others for item in items)])


def without_held(session: Session, groups: Sequence[Alike]) -> list[Alike]:
    """Without work whose ticket is locked: writers lock the ticket, then its work item; the sweep locks the work item first,
    and therefore skips tickets that are locked. They are taken at the next look.
    """
    result = {number for group in groups if _raises(group) for number in _tickets_of(group.items)}
    rows = rows_of(session, _take_tickets, {"numbers": sorted(result)}) if result else ()
    held = result.difference(number for (number,) in rows)
    if not held:
        return list(groups)
    keys = {ticket_key(number) for number in held}
    left = (group._replace(items=[item for item in group.items if item.key not in keys]) for group in groups)
    return [group for group in left if group.items]


def _raises(alike: Alike) -> bool:
    return any(rule.level for rule, _at in alike.applied)


def _tickets_of(items: Iterable[Found[Any]]) -> Iterator[int]:
    return (row_number(item.key) for item in items if kind_of(item.key) == "ticket")


def notices_of(resolver: RecipientResolver, groups: Sequence[Alike]) -> Notices:
    """The recipients of the rules that apply to these; they were loaded."""
    notices: dict[tuple[EscalationRule, dt.datetime], list[Reached]] = defaultdict(list)
    for items, applied, *_rest in groups:
        for drawn, at in applied:
            for rule, raised in _raised_where_reopened(resolver, drawn, items):
                notices[rule, at] += [
                    Reached(item, resolver.people(rule.who, item), resolver.vacant(rule.who, item))
                    for item in raised
                ]
    return notices


def keep(session: Session, notices: Notices, now: dt.datetime, *, owed: bool = False) -> None:
    """Keep the recipients of these rules; :mod:`rectification.escalation.digests` notifies them when the batch is closed.

    ``owed``: they were applied before, when the post was vacant; it is marked late whatever the hour.
    """
    _write(session, notices, now, owed=owed)
    awaited = [
        _awaited(rule, reach.item, now)
        for (rule, _at), reached in notices.items()
        if rule.acknowledge
        for reach in reached
        if reach.people
    ]
    if awaited:
        session.execute(insert(AcknowledgementRequest.__table__), awaited)  # type: ignore[arg-type]
    owe(
        session,
        [
            {"work_item_id": reach.item.id, "rule": rule.place, "desk": desk, "work_owner": reach.item.owner}
            for (rule, _at), reached in notices.items()
            for reach in reached
            for desk in reach.vacant
        ],
    )


def _raised_where_reopened(
    resolver: RecipientResolver, drawn: EscalationRule, items: Sequence[Found[Any]]
) -> Iterator[tuple[EscalationRule, Sequence[Found[Any]]]]:
    """The escalation of a ticket that was reopened starts one step higher."""
    again = [item for item in items if resolver.reopened(item)] if drawn.level else []
    if again:
        yield drawn.raised, again
        yield drawn, [item for item in items if not resolver.reopened(item)]
    else:
        yield drawn, items


def pass_over(
    session: Session,
    resolvers: Callable[[Iterable[Found[Any]]], Iterable[tuple[RecipientResolver, Sequence[Found[Any]]]]],
    now: dt.datetime,
    limit: int,
    only: int | None = None,
) -> int:
    """Tell those above of what nobody acknowledged in time, one level up and once; returns how many it took on."""
    rows = take_unacknowledged(session, now, limit, only)
    numbers = {row.work_item_id for row in rows}
    query = select(*ITEM).where(open_work.c.id.in_(numbers))
    items = {item.id: item for item in session.execute(query)}
    notified = notified_people(session, rows)
    resolver_of: dict[int, RecipientResolver] = {}
    for resolver, group in resolvers(items.values()):
        resolver.load(session, group)
        resolver.load_above(session, group)
        resolver_of |= {item.id: resolver for item in group}
    above: dict[tuple[EscalationRule, dt.datetime], list[Reached]] = defaultdict(list)
    for row in rows:
        row.passed_over_at = now
        item = items.get(row.work_item_id)
        if item is not None:
            recipient, people = resolver_of[item.id].above(row.who, item, notified[item.id, row.rule])
            level = min(row.level + 1, HIGHEST)
            rule = EscalationRule(
                PASSED_OVER - row.rule, dt.timedelta(), level, recipient, row.colour, row.channel
            )
            above[rule, row.due_at].append(Reached(item, people))
    _write(session, above, now)
    return len(rows)


def _write(session: Session, notices: Notices, now: dt.datetime, *, owed: bool = False) -> None:
    if not notices:
        return
    batch, written = current_batch(session, now), written_at(now)
    for (rule, at), reached in notices.items():
        nobody = () if owed else (None,)
        whom = [(reach.item.id, person) for reach in reached for person in reach.people or nobody]
        values = {"rule": rule.place, "level": rule.level, "colour": rule.colour, "who": rule.who}
        values |= {
            "channel": rule.channel,
            "escalation_at": at,
            "at": written,
            "late": owed or written - at > LATE,
            "batch_id": batch,
        }
        session.connection().execute(_insert_steps, {"whom": whom, **values})
    _raise_tickets(session, notices)
    _write_history(session, notices, now)


def _awaited(rule: EscalationRule, item: Found[Any], now: dt.datetime) -> dict[str, object]:
    return {
        "work_item_id": item.id,
        "rule": rule.place,
        "level": rule.level,
        "who": rule.who,
        "colour": rule.colour,
        "channel": rule.channel,
        "asked_at": written_at(now),
        "due_at": written_at(now) + rule.acknowledge,
    }


def _steps() -> Insert:
    table = EscalationStep.__table__
    same = [
        table.c[name]
        for name in ("rule", "level", "colour", "who", "channel", "escalation_at", "at", "late", "batch_id")
    ]
    whom = parameter_rows("whom", item=BigId, person=BigId)
    query = select(*(bindparam(column.name, type_=column.type) for column in same), *whom.c)
    return insert(EscalationStep).from_select([*same, "work_item_id", "person_id"], query)


_insert_steps = _steps()
_take_tickets = (
    select(Ticket.id).where(in_list(Ticket.id, "numbers")).with_for_update(skip_locked=True, key_share=True)
)
_raise = (
    update(Ticket.__table__)  # type: ignore[arg-type]
    .where(in_list(Ticket.id, "numbers"), Ticket.escalation_level < bindparam("level"))
    .values(escalation_level=bindparam("level"))
)


def _raise_tickets(session: Session, notices: Notices) -> None:
    """A ticket's level is the highest that any of its work has reached."""
    reached: dict[int, set[int]] = defaultdict(set)
    for (rule, _at), group in notices.items():
        if rule.level:
            reached[rule.level].update(_tickets_of(reach.item for reach in group))
    for level, numbers in sorted(reached.items()):
        session.connection().execute(_raise, {"numbers": sorted(numbers), "level": level})


def _write_history(session: Session, notices: Notices, now: dt.datetime) -> None:
    rows: list[tuple[int, str]] = []
    for (rule, _at), reached in notices.items():
        details: dict[tuple[object, ...], str] = {}
        for item, people, _vacant in reached if rule.level else ():
            alike = (item.due_at, *people)
            if alike not in details:
                details[alike] = _detail(rule, item.due_at, people)
            rows.append((item.id, details[alike]))
    if rows:
        record_about_work(session, CLOCK, now, "escalated", rows)


def _detail(rule: EscalationRule, due_at: dt.datetime, people: Sequence[int]) -> str:
    result = {"level": rule.level, "colour": rule.colour, "told": people, "due": due_at}
    return dumps(result | ({"unacknowledged": True} if rule.place < 0 else {}))
