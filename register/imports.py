"""Importing households from a spreadsheet: all rows or none, and the same file twice changes nothing.

An empty cell leaves what is known. A household is known by its number; it does not move to another
village, because its work stands on the desks of the first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from engine.history import history_row, record
from engine.schema import history, work_items
from engine.words import Words
from engine.world import Actor
from register.campaigns import Campaign, current_campaign
from register.deadlines import local_day
from register.household_rows import COLUMNS, Problem, Reader, problem_at
from register.households import Household, masked
from register.sheets import Column, UnreadableSheet, read_sheet

_BY_CODE: Final[dict[str, Column]] = {one.code: one for one in COLUMNS}
_FIELDS: Final = ("group_no", "head", "head_id_number", "phone", "kind", "members_registered", "helper_id")
"""What a later sheet may change."""
_AT_ONCE: Final = 500


@dataclass(slots=True)
class Report:
    """What came of an import; with problems nothing was written unless bad rows were to be skipped."""

    problems: list[Problem] = field(default_factory=list)
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    ignored: tuple[str, ...] = ()
    """Headings of columns that were not read."""


@dataclass(frozen=True, slots=True)
class _Found:
    """One good row: the household that it is about, if there is one, and what the row says."""

    row: int
    values: dict[str, Any]
    known: Household | None


def import_households(
    session: Session, data: bytes, file_name: str, now: dt.datetime, actor: Actor, *, skip_bad: bool = False
) -> Report:
    """Add and change the households of the campaign begun last, in the caller's transaction.

    ``data`` is a CSV file in UTF-8, UTF-16 or GBK, cut by commas, semicolons or tabs. Every new or changed
    household leaves a row of history. Nothing raises: what is wrong stands in the report.
    """
    one = current_campaign(session)
    if one is None:
        words = Words("还没有专项行动，无法导入农户。", "There is no campaign yet to import households into.")
        return Report([Problem(0, "", words)])
    try:
        sheet = read_sheet(data, COLUMNS)
    except UnreadableSheet as fault:
        words = Words(f"{file_name}：{fault.words.zh}", f"{file_name}: {fault.words.en}")
        return Report([Problem(0, "", words)])
    reader = Reader(session, one, local_day(now, one.zone))
    report = Report(ignored=sheet.ignored)
    read: list[tuple[int, dict[str, Any]]] = []
    for line in sheet.lines:
        values, problems = reader.read(line)
        report.problems.extend(problems)
        if not problems:
            read.append((line.number, values))
    found = _matched(session, one, read, report)
    if report.problems and not skip_bad:
        return report
    _write(session, one, found, report, now, actor)
    if report.created or report.changed:
        digest = hashlib.sha256(data).hexdigest()
        counts = {"created": report.created, "changed": report.changed, "skipped": len(report.problems)}
        record(session, actor, now, "imported", f"campaign:{one.id}", file=file_name, sha256=digest, **counts)
    return report


# -- which household a row is about -------------------------------------------------------------


def _matched(
    session: Session, one: Campaign, read: Sequence[tuple[int, dict[str, Any]]], report: Report
) -> list[_Found]:
    """Rows beside the households they are about; rows that contradict the register or each other are problems."""
    known = _known(session, one, [values["number"] for _, values in read])
    holders = _holders(session, one, [values.get("head_id_number") for _, values in read])
    rows: dict[str, int] = {}
    found: list[_Found] = []
    for row, values in read:
        number, identity = values["number"], values.get("head_id_number")
        wrong: tuple[str, Words] | None = None
        if number in rows:
            wrong = "number", Words(f"与第 {rows[number]} 行重复。", f"is the same as in row {rows[number]}.")
        elif number in known and known[number].village != values["village"].code:
            wrong = "village", _moved(known[number])
        elif identity and holders.setdefault(identity, number) != number:
            other = holders[identity]
            wrong = (
                "head_id_number",
                Words(f"已登记在户 {other} 名下。", f"is already that of household {other}."),
            )
        rows.setdefault(number, row)
        if wrong is not None:
            report.problems.append(problem_at(row, _BY_CODE[wrong[0]], wrong[1]))
        else:
            found.append(_Found(row, values, known.get(number)))
    report.problems.sort(key=lambda problem: problem.row)
    return found


def _moved(known: Household) -> Words:
    return Words(
        f"该户已登记在村 {known.village}，不能通过导入改到别的村。",
        f"the household is registered in village {known.village}; an import cannot move it.",
    )


def _known(session: Session, one: Campaign, numbers: Sequence[str]) -> dict[str, Household]:
    found: dict[str, Household] = {}
    for first in range(0, len(numbers), _AT_ONCE):
        wanted = select(Household).where(
            Household.campaign_id == one.id, Household.number.in_(numbers[first : first + _AT_ONCE])
        )
        found.update({home.number: home for home in session.scalars(wanted)})
    return found


def _holders(session: Session, one: Campaign, identities: Sequence[str | None]) -> dict[str, str]:
    """The household numbers under which identity numbers are registered already."""
    asked = [identity for identity in identities if identity]
    found: dict[str, str] = {}
    for first in range(0, len(asked), _AT_ONCE):
        wanted = select(Household.head_id_number, Household.number).where(
            Household.campaign_id == one.id, Household.head_id_number.in_(asked[first : first + _AT_ONCE])
        )
        found.update({identity: number for identity, number in session.execute(wanted) if identity})
    return found


# -- writing ------------------------------------------------------------------------------------


def _write(
    session: Session, one: Campaign, found: Sequence[_Found], report: Report, now: dt.datetime, actor: Actor
) -> None:
    new = [_new_row(one, each.values) for each in found if each.known is None]
    for first in range(0, len(new), _AT_ONCE):
        some = new[first : first + _AT_ONCE]
        made = session.execute(insert(Household).returning(Household.id, Household.number), some)
        rows = [
            history_row(actor, now, "registered", f"household:{number}", number=name) for number, name in made
        ]
        session.execute(insert(history), rows)
    report.created = len(new)
    for each in found:
        if each.known is not None:
            changed = _change(session, each.known, each.values, now, actor)
            report.changed += changed
            report.unchanged += not changed
    session.flush()


def _new_row(one: Campaign, values: dict[str, Any]) -> dict[str, Any]:
    village = values["village"]
    place = {"village": village.code, "town": village.above("town"), "county": village.above("county")}
    facts = {name: values.get(name) for name in _FIELDS}
    return {"campaign_id": one.id, "number": values["number"], **place, **facts}


def _change(
    session: Session, home: Household, values: dict[str, Any], now: dt.datetime, actor: Actor
) -> bool:
    before: dict[str, Any] = {name: getattr(home, name) for name in _FIELDS if name in values}
    after: dict[str, Any] = {name: values[name] for name in before if values[name] != before[name]}
    if not after:
        return False
    if "helper_id" in after:
        _hand_over_visit(session, home, after["helper_id"], now, actor)
    for name, value in after.items():
        setattr(home, name, value)
    shown = {"before": _shown({name: before[name] for name in after}), "after": _shown(after)}
    record(session, actor, now, "changed", f"household:{home.id}", **shown)
    return True


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as history may keep them: nobody's identity number."""
    return {name: masked(value) if name == "head_id_number" else value for name, value in values.items()}


def _hand_over_visit(session: Session, home: Household, helper: int, now: dt.datetime, actor: Actor) -> None:
    """A visit that still waits for the old helper moves to the new one's desk."""
    key, old, new = f"household:{home.id}", f"person:{home.helper_id}", f"person:{helper}"
    waits = (work_items.c.key == key, work_items.c.owner == old, work_items.c.closed_at.is_(None))
    moved = session.execute(
        update(work_items)
        .where(*waits)
        .values(owner=new)
        .returning(work_items.c.instance_id, work_items.c.element)
    )
    for instance, element in moved.all():
        row = history_row(actor, now, "assigned", key, instance=instance, element=element, owner=[old, new])
        session.execute(insert(history), row)
