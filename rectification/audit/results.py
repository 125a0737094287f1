"""Whether the results of households are what the history says was decided about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.text import LocalizedText
from engine.worklist.selectables import history
from rectification.core.keys import result_key
from rectification.matters.result import HouseholdResult, ResultDecision

Faults = Iterator[LocalizedText]


def compare_results(session: Session) -> Faults:
    """Everything that differs, one sentence each: decisions are told in their order, the last one is the result."""
    told = _told(session)
    last: dict[int, tuple[object, ...]] = {}
    for row in session.scalars(select(ResultDecision).order_by(ResultDecision.id)).yield_per(1_000):
        kept = [row.id, row.how, row.outcome, row.reason, row.approval_number, _day(row.approved_on)]
        said = told.get(result_key(row.result_id), [])
        if not said or said.pop(0) != kept:
            yield _differs(row.result_id)
        if row.how not in ("reopened", "kept"):
            last[row.result_id] = (row.outcome, row.reason, row.approval_number, row.approved_on)
    for key, more in told.items():
        if more:
            yield LocalizedText(
                f"{key} 的认定结果在数据库里少了。", f"A decision about {key} is no longer in the database."
            )
    for result in session.scalars(select(HouseholdResult).order_by(HouseholdResult.id)).yield_per(1_000):
        now = (result.outcome, result.reason, result.approval_number, result.approved_on)
        if now != last.get(result.id, (None, "", None, None)):
            yield _differs(result.id)


def _differs(number: int) -> LocalizedText:
    return LocalizedText(
        f"第 {number} 号农户结果与历史记录不符。", f"The result {number} differs from the history."
    )


def _told(session: Session) -> dict[str, list[list[object]]]:
    told: dict[str, list[list[object]]] = {}
    rows = select(history.c.key, history.c.detail).where(history.c.action == "result_decided")
    for row in session.execute(rows.order_by(history.c.id)).yield_per(1_000):
        detail = orjson.loads(row.detail)
        names = ("decision", "how", "outcome", "reason", "number", "approved_on")
        told.setdefault(row.key, []).append([detail[name] for name in names])
    return told


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day is not None else None
