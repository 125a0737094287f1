"""Seals make the history tamper-evident: each seal holds the hashes of its rows and of the seal before.

Rows are sealed a moment after they were written, so that no writer waits for another's hash. The
head of the chain is also written to a file outside the database (the anchor): a chain alone cannot
notice that its end was cut off. It is written there once the database has it: a seal of which the anchor
alone knows would look like one that was cut off.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import DDL, Row, event, func, insert, select, text
from sqlalchemy.orm import Session

from engine.database import dumps
from engine.schema import history, seals
from engine.words import Words

BATCH = 2_000
LOOK_BACK = 10_000
"""Rows of a slow transaction may appear this many ids late and are still sealed."""
_FIRST = "0" * 64
_ENTRY = 8 + 32


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: how much was checked, and the first thing that is wrong."""

    rows: int
    head: str
    fault: Words | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """A new seal, and how many rows it holds."""

    number: int
    hash: str
    rows: int


def _hash_row(row: Row[Any]) -> bytes:
    at = int(row.at.timestamp() * 1_000_000)
    parts = [
        row.id,
        at,
        row.actor,
        row.person,
        row.on_behalf_of,
        row.action,
        row.key,
        row.instance_id,
        row.element,
        row.detail,
    ]
    return hashlib.sha256(dumps(parts).encode()).digest()


def _hash_seal(previous: str, first: int, last: int, rows: bytes) -> str:
    return hashlib.sha256(f"{previous}|{first}|{last}|".encode() + rows).hexdigest()


def seal(session: Session, now: dt.datetime) -> Seal | None:
    """Seal what is not sealed yet, at most one batch; None where everything is. One server after the other does."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE seals IN SHARE ROW EXCLUSIVE MODE"))
    last = session.execute(select(seals).order_by(seals.c.id.desc()).limit(1)).one_or_none()
    floor = 0 if last is None else max(last.last_id - LOOK_BACK, 0)
    recent = session.execute(select(seals.c.rows).where(seals.c.last_id > floor)).scalars()
    known = {number for blob in recent for number, _ in _entries(blob)}
    found = session.execute(
        select(history).where(history.c.id > floor).order_by(history.c.id).limit(BATCH + len(known))
    ).all()
    fresh = [row for row in found if row.id not in known][:BATCH]
    if not fresh:
        return None
    rows = b"".join(row.id.to_bytes(8, "big") + _hash_row(row) for row in fresh)
    previous = _FIRST if last is None else last.hash
    top = max(fresh[-1].id, 0 if last is None else last.last_id)
    digest = _hash_seal(previous, fresh[0].id, top, rows)
    values = {
        "first_id": fresh[0].id,
        "last_id": top,
        "rows": rows,
        "previous": previous,
        "hash": digest,
        "sealed_at": now,
    }
    number = session.execute(insert(seals).returning(seals.c.id), values).scalar_one()
    return Seal(number, digest, len(fresh))


def write_outside(anchor: Path, one: Seal) -> None:
    """Add a seal that was committed to the copy outside the database."""
    anchor.parent.mkdir(parents=True, exist_ok=True)
    with anchor.open("a") as file:
        file.write(f"{one.number} {one.hash}\n")


def anything_to_seal(session: Session) -> bool:
    """Whether history has rows beyond the last seal: a cheap look before a transaction is opened."""
    newest = (
        session.execute(select(history.c.id).order_by(history.c.id.desc()).limit(1)).scalar_one_or_none() or 0
    )
    sealed = (
        session.execute(select(seals.c.last_id).order_by(seals.c.id.desc()).limit(1)).scalar_one_or_none()
        or 0
    )
    return newest > sealed


def _entries(blob: bytes) -> Iterator[tuple[int, bytes]]:
    for start in range(0, len(blob), _ENTRY):
        yield int.from_bytes(blob[start : start + 8], "big"), blob[start + 8 : start + _ENTRY]


def verify(session: Session, anchor: Path | None = None) -> Verdict:
    """Check every seal and every sealed row, then the anchor; names the first row that is wrong."""
    previous, checked = _FIRST, 0
    heads: dict[int, str] = {}
    for one in session.execute(select(seals).order_by(seals.c.id)).yield_per(50):
        if one.previous != previous or one.hash != _hash_seal(previous, one.first_id, one.last_id, one.rows):
            return Verdict(
                checked,
                previous,
                Words(
                    f"第 {one.id} 号封条与前一封条不相接。",
                    f"Seal {one.id} does not follow from the one before it.",
                ),
            )
        fault = _check_rows(session, one)
        if fault is not None:
            return Verdict(checked, previous, fault)
        previous = one.hash
        heads[one.id] = one.hash
        checked += len(one.rows) // _ENTRY
    return Verdict(checked, previous, _check_strangers(session, checked) or _check_anchor(heads, anchor))


def _check_rows(session: Session, one: Row[Any]) -> Words | None:
    wanted = dict(_entries(one.rows))
    numbers = list(wanted)
    found = {
        row.id: row
        for start in range(0, len(numbers), 500)
        for row in session.execute(select(history).where(history.c.id.in_(numbers[start : start + 500])))
    }
    for number, digest in wanted.items():
        if number not in found:
            return Words(f"历史记录第 {number} 行被删除。", f"History row {number} was removed.")
        if _hash_row(found[number]) != digest:
            return Words(f"历史记录第 {number} 行被改动。", f"History row {number} was changed.")
    return None


def _check_strangers(session: Session, sealed: int) -> Words | None:
    """Rows below the last seal that no seal knows were slipped in."""
    last = session.execute(select(func.max(seals.c.last_id))).scalar_one()
    if last is None:
        return None
    below = session.execute(
        select(func.count()).select_from(history).where(history.c.id <= last - LOOK_BACK)
    ).scalar_one()
    known_below = 0
    strangers = below
    if below:
        for blob in session.execute(select(seals.c.rows)).scalars():
            known_below += sum(1 for number, _ in _entries(blob) if number <= last - LOOK_BACK)
        strangers = below - known_below
    total = session.execute(
        select(func.count()).select_from(history).where(history.c.id <= last)
    ).scalar_one()
    if strangers > 0 or total > sealed + LOOK_BACK:
        return Words("历史记录中有未经封存的行。", "There are history rows that were never sealed.")
    return None


def _check_anchor(heads: dict[int, str], anchor: Path | None) -> Words | None:
    if anchor is None or not anchor.exists():
        return None
    for line in anchor.read_text().splitlines():
        number, _, digest = line.partition(" ")
        if heads.get(int(number)) != digest:
            return Words(
                f"第 {number} 号封条与库外留存的不一致。",
                f"Seal {number} differs from the copy kept outside the database.",
            )
    return None


_REFUSAL = "history is append-only"
for _table in (history, seals):
    for _verb in ("UPDATE", "DELETE"):
        event.listen(
            _table,
            "after_create",
            DDL(
                f"CREATE TRIGGER {_table.name}_no_{_verb.lower()} BEFORE {_verb} ON {_table.name} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            ).execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]
        )
    event.listen(
        _table,
        "after_create",
        DDL(
            f"CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$ LANGUAGE plpgsql"
        ).execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]
    )
    event.listen(
        _table,
        "after_create",
        DDL(
            f"CREATE TRIGGER {_table.name}_append_only BEFORE UPDATE OR DELETE ON {_table.name} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        ).execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]
    )
