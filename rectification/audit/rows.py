"""Whether the rows that acts kept are what the history says: visits, dispatches, requests, re-verifications, closings."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.text import LocalizedText
from engine.worklist.selectables import history
from rectification.core.digest import digest_of
from rectification.core.keys import ticket_key
from rectification.matters.ticket import Ticket
from rectification.matters.visit import Visit
from rectification.tickets.closures import Closure, ClosureRequest
from rectification.tickets.dispatch import Dispatch
from rectification.tickets.reverifications import Reverification

AT_ONCE: Final = 500

Faults = Iterator[LocalizedText]


@dataclass(frozen=True, slots=True)
class _Kind:
    """Rows of a ticket: what they are called, and which of their columns the history states under which name."""

    model: Any
    words: LocalizedText
    stated: Mapping[str, str]


_KINDS: Final = {
    "dispatched": _Kind(
        Dispatch,
        LocalizedText("交办", "dispatch"),
        {"unit_id": "unit", "person_id": "person", "due_at": "due_at"},
    ),
    "closure_requested": _Kind(
        ClosureRequest,
        LocalizedText("销号申请", "request for closure"),
        {"evidence": "evidence", "late": "late"},
    ),
    "reverified": _Kind(
        Reverification, LocalizedText("复核", "re-verification"), {"result": "result", "demand": "demand"}
    ),
    "closed": _Kind(
        Closure,
        LocalizedText("销号", "closing"),
        {"close_type": "close_type", "number": "number", "late": "late"},
    ),
}
"""By the action that keeps one."""


@dataclass(frozen=True, slots=True)
class _RecordedRow:
    """One row of the history that keeps one."""

    number: int
    instance: int | None
    at: dt.datetime
    detail: Mapping[str, object]


def compare_rows(session: Session) -> Faults:
    """Everything that differs, one sentence each."""
    yield from _visits(session)
    after = 0
    numbers = select(Ticket.id, Ticket.measure).order_by(Ticket.id).limit(AT_ONCE)
    while rows := session.execute(numbers.where(Ticket.id > after)).all():
        after = rows[-1].id
        yield from _of_tickets(session, {row.id: row.measure for row in rows})


def _of_tickets(session: Session, measures: Mapping[int, str | None]) -> Faults:
    recorded = _told(session, [ticket_key(number) for number in measures])
    for action, kind in _KINDS.items():
        rows_of: dict[int, list[Row[Any]]] = defaultdict(list)
        table = kind.model.__table__
        query = select(table).where(table.c.ticket_id.in_(list(measures))).order_by(table.c.id)
        for row in session.execute(query):
            rows_of[row.ticket_id].append(row)
        for number, measure in measures.items():
            rows = rows_of[number]
            yield from _compared(number, kind, rows, recorded[action, ticket_key(number)])
            if kind.model is Dispatch and rows and rows[-1].measure != measure:
                yield LocalizedText(
                    f"第 {number} 号工单的整改措施与交办时不符。",
                    f"The measure of ticket {number} differs from that of its dispatch.",
                )


def _compared(number: int, kind: _Kind, rows: Sequence[Row[Any]], records: Sequence[_RecordedRow]) -> Faults:
    name = LocalizedText(f"第 {number} 号工单的{kind.words.zh}", f"{kind.words.en} of ticket {number}")
    if len(rows) != len(records):
        yield LocalizedText(
            f"{name.zh}有 {len(rows)} 条，历史记录里有 {len(records)} 条。",
            f"The {name.en}: {len(rows)} are kept, the history tells of {len(records)}.",
        )
        return
    for row, record in zip(rows, records, strict=True):
        if not _is_same(row, kind.model, kind.stated, record.detail):
            yield LocalizedText(f"{name.zh}与历史记录不符。", f"A {name.en} differs from the history.")


def _is_same(row: Row[Any], model: Any, stated: Mapping[str, str], detail: Mapping[str, object]) -> bool:
    """Whether a row is what its row of history states, and what it has a digest of if it has one."""
    for column, name in stated.items():
        if name in detail and orjson.loads(orjson.dumps(getattr(row, column))) != detail[name]:
            return False
    return bool(detail.get("kept", "") in ("", digest_of(row, model.KEPT)))


def _told(session: Session, keys: Sequence[str]) -> defaultdict[tuple[str, str], list[_RecordedRow]]:
    """What the history says was kept, the oldest first, without what was taken back since."""
    records: defaultdict[tuple[str, str], list[_RecordedRow]] = defaultdict(list)
    done: defaultdict[int, list[tuple[int, dt.datetime | None]]] = defaultdict(lambda: [(0, None)])
    columns = (
        history.c.id,
        history.c.key,
        history.c.action,
        history.c.instance_id,
        history.c.at,
        history.c.detail,
    )
    query = select(*columns)
    actions = (*_KINDS, "completed", "taken_back")
    query = query.where(history.c.key.in_(keys), history.c.action.in_(actions)).order_by(history.c.id)
    for row in session.execute(query).yield_per(1_000):
        if row.action == "completed":
            done[row.instance_id].append((row.id, row.at))
        elif row.action == "taken_back":
            at = done[row.instance_id].pop()[1]
            step = row.instance_id, at, done[row.instance_id][-1][0]
            for action in _KINDS:
                kept = records[action, row.key]
                kept[:] = [record for record in kept if not _is_of_step(record, *step)]
        else:
            records[row.action, row.key].append(
                _RecordedRow(row.id, row.instance_id, row.at, orjson.loads(row.detail))
            )
    return records


def _is_of_step(record: _RecordedRow, instance: int, at: dt.datetime | None, since: int) -> bool:
    """Whether it was kept by the step of an instance that was completed at an instant, after the step before."""
    return (record.instance, record.at) == (instance, at) and record.number > since


# -- visits ----------------------------------------------------------------------------------------


def _visits(session: Session) -> Faults:
    """The history names each visit by its number."""
    query = select(history.c.id, history.c.detail).where(history.c.action == "visited")
    after = 0
    while page := session.execute(
        query.where(history.c.id > after).order_by(history.c.id).limit(AT_ONCE)
    ).all():
        after = page[-1].id
        recorded = {
            detail["visit"]: detail for row in page if "visit" in (detail := orjson.loads(row.detail))
        }
        table = Visit.__table__
        rows = {row.id: row for row in session.execute(select(table).where(table.c.id.in_(list(recorded))))}
        for number, detail in recorded.items():
            if number not in rows:
                yield LocalizedText(
                    f"第 {number} 号入户记录已不在数据库里。", f"Visit {number} is no longer in the database."
                )
            elif not _is_same(rows[number], Visit, {"met": "met", "late": "late"}, detail):
                yield LocalizedText(
                    f"第 {number} 号入户记录与历史记录不符。", f"Visit {number} differs from the history."
                )
