"""The audit chain makes the history tamper-evident (审计链): a seal holds the hashes of its rows and of the seal before.

Rows are sealed a moment after they were written, so that no writer waits for another's hash. The head of the chain is
also written to a file outside the database (the anchor, 库外留存): a chain alone cannot notice that it was made anew or
that its end was cut off. It is written there once the database has it: a seal of which the anchor alone knows would
look like one that was cut off.

A verification that could not compare something says so; it never passes silently.
"""

from __future__ import annotations

import bisect
import datetime as dt
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import DDL, ColumnElement, event, func, insert, select, text
from sqlalchemy.orm import Session

from engine.database import dumps
from engine.rows import HistoryRow, SealRow, get_rows
from engine.schema import history, seals
from engine.text import LocalizedText, plural

BATCH = 2_000
LOOK_BACK = 10_000
"""Rows of a slow transaction may appear this many ids late and are still sealed."""
LONGEST: Final = dt.timedelta(minutes=15)
"""A row may carry the beginning of its transaction, which lasts no longer than this."""
SKEW: Final = dt.timedelta(minutes=5)
"""How far the clocks of several servers may lie apart."""
MOST_FAULTS: Final = 20
_FIRST = "0" * 64
_ENTRY = 8 + 32
_LINE: Final = re.compile(r"([0-9]{1,18}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a verification found: how many rows were checked, the head of the chain, and what is wrong, the first first.

    ``unsealed`` are rows written since the last seal, which nothing proves yet.
    """

    rows: int
    head: str
    faults: tuple[LocalizedText, ...] = ()
    unsealed: int = 0

    @property
    def fault(self) -> LocalizedText | None:
        """The first thing that is wrong."""
        return self.faults[0] if self.faults else None


@dataclass(frozen=True, slots=True)
class Seal:
    """A new seal, and how many rows it holds."""

    number: int
    hash: str
    rows: int


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of the chain: whoever keeps it elsewhere can tell later that nothing before it was changed."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number} {self.hash}"


def row_text(row: HistoryRow) -> str:
    """What is hashed of a history row: a JSON list of its columns, the instant in microseconds since 1970 in UTC."""
    at = (row.at - _EPOCH) // dt.timedelta(microseconds=1)
    return dumps(
        [
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
    )


_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _hash_row(row: HistoryRow) -> bytes:
    return hashlib.sha256(row_text(row).encode()).digest()


def seal_text(previous: str, first: int, last: int, sealed_at: dt.datetime, rows: str) -> str:
    """What is hashed of a seal; ``rows`` is the SHA-256 of its entries (8 bytes of the id, 32 of the row's hash)."""
    return f"{previous}|{first}|{last}|{(sealed_at - _EPOCH) // dt.timedelta(microseconds=1)}|{rows}"


def _hash_seal(previous: str, first: int, last: int, sealed_at: dt.datetime, rows: bytes) -> str:
    digest = hashlib.sha256(rows).hexdigest()
    return hashlib.sha256(seal_text(previous, first, last, sealed_at, digest).encode()).hexdigest()


def get_head(session: Session) -> ChainHead | None:
    """The end of the chain; None before anything was sealed."""
    row = session.execute(select(seals.c.id, seals.c.hash).order_by(seals.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else ChainHead(row.id, row.hash)


def seal(session: Session, now: dt.datetime) -> Seal | None:
    """Seal what is not sealed yet, at most one batch; None where everything is. One server after the other does."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE audit_seals IN SHARE ROW EXCLUSIVE MODE"))
    last = session.execute(select(seals).order_by(seals.c.id.desc()).limit(1)).one_or_none()
    floor = 0 if last is None else max(last.last_id - LOOK_BACK, 0)
    recent = session.execute(select(seals.c.rows).where(seals.c.last_id > floor)).scalars()
    known = {number for blob in recent for number, _ in entries_of(blob)}
    query = select(history).where(history.c.id > floor).order_by(history.c.id).limit(BATCH + len(known))
    latest = get_rows(session, query, HistoryRow)
    fresh = [row for row in latest if row.id not in known][:BATCH]
    if not fresh:
        return None
    rows = b"".join(row.id.to_bytes(8, "big") + _hash_row(row) for row in fresh)
    previous = _FIRST if last is None else last.hash
    top = max(fresh[-1].id, 0 if last is None else last.last_id)
    digest = _hash_seal(previous, fresh[0].id, top, now, rows)
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


def entries_of(blob: bytes) -> Iterator[tuple[int, bytes]]:
    """The ids of a seal's rows, each with the row's hash."""
    for start in range(0, len(blob), _ENTRY):
        yield int.from_bytes(blob[start : start + 8], "big"), blob[start + 8 : start + _ENTRY]


# -- the copy outside ------------------------------------------------------------------------------


def write_outside(anchor: Path, seal: Seal) -> None:
    """Add a seal that was committed to the copy outside the database."""
    anchor.parent.mkdir(parents=True, exist_ok=True)
    with anchor.open("a") as file:
        file.write(f"{seal.number} {seal.hash}\n")


def begin_outside(session: Session, anchor: Path) -> None:
    """Begin the copy before the first seal is made: a server that dies over it leaves something to continue from."""
    if not anchor.exists() and get_head(session) is None:
        write_outside(anchor, Seal(0, _FIRST, 0))


def write_owed(session: Session, anchor: Path) -> int:
    """Add the seals that a server committed and died before it could write them outside; how many they were.

    Only what continues the copy is added: where its last line is not the database's seal of that number, or
    there is no copy, the difference stays for a verification to find.
    """
    known = _last_line(anchor)
    if known is None:
        return 0
    number, digest = known
    query = select(seals.c.id, seals.c.hash).where(seals.c.id >= number)
    rows = session.execute(query.order_by(seals.c.id)).all()
    if number:
        if not rows or (rows[0].id, rows[0].hash) != (number, digest):
            return 0
        rows = rows[1:]
    for row in rows:
        write_outside(anchor, Seal(row.id, row.hash, 0))
    return len(rows)


def _last_line(anchor: Path) -> tuple[int, str] | None:
    """Its last whole line; a line that was cut off by a full disk is ended first, so that the next begins anew."""
    if not anchor.exists():
        return None
    with anchor.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 4096, 0))
        tail = file.read()
        if tail and not tail.endswith(b"\n"):
            file.write(b"\n")
    lines = [_LINE.fullmatch(line) for line in tail.decode("utf-8", "replace").splitlines()]
    next_ = next((line for line in reversed(lines) if line is not None), None)
    return None if next_ is None else (int(next_[1]), next_[2])


# -- verifying -------------------------------------------------------------------------------------


def verify(session: Session, anchor: Path) -> ChainVerdict:
    """Check every seal, every row and the copy outside, in both directions; names what is wrong, the first first.

    Rows that were written since the last seal are counted; nothing proves them yet.
    """
    verification = _Verification(session)
    outside = verification.read_anchor(
        anchor
    )  # first: what is sealed from here on stands in the database alone
    verification.check_chain()
    verification.check_all_sealed()
    verification.check_anchor(anchor, outside)
    return verification.verdict()


class _Verification:
    """One verification: what it has seen so far."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._faults: list[LocalizedText] = []
        self._rows = 0
        self._found = 0
        self._unsealed = 0
        self._previous = _FIRST
        self._heads: dict[int, str] = {}
        self._last_ids: list[int] = []
        self._sealed_at: list[dt.datetime] = []
        self._nothing_left: list[dt.datetime | None] = []
        """For each seal, when the last one before it was made that left no row unsealed."""
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"

    def verdict(self) -> ChainVerdict:
        return ChainVerdict(self._rows, self._previous, tuple(self._faults[:MOST_FAULTS]), self._unsealed)

    def _say(self, zh: str, en: str) -> None:
        self._faults.append(LocalizedText(zh, en))

    def check_chain(self) -> None:
        """Each seal follows from the one before, and its rows are as they were sealed."""
        nothing_left: dt.datetime | None = None
        for row in (
            SealRow(*seal_row)
            for seal_row in self._session.execute(select(seals).order_by(seals.c.id)).yield_per(50)
        ):
            digest = _hash_seal(row.previous, row.first_id, row.last_id, row.sealed_at, row.rows)
            if row.previous != self._previous or row.hash != digest:
                self._say(
                    f"第 {row.id} 号封条与前一封条不相接。",
                    f"Seal {row.id} does not follow from the one before it.",
                )
            self._previous = row.hash
            self._heads[row.id] = row.hash
            self._last_ids.append(row.last_id)
            self._sealed_at.append(row.sealed_at)
            self._nothing_left.append(nothing_left)
            self._check_rows(row)
            if len(row.rows) < BATCH * _ENTRY:
                nothing_left = row.sealed_at

    def _check_rows(self, seal_row: SealRow) -> None:
        sealed = dict(entries_of(seal_row.rows))
        result = {row.id: row for row in self._rows_of(list(sealed))}
        self._rows += len(sealed)
        self._found += len(result)
        for number, digest in sealed.items():
            if number not in result:
                self._say(f"历史记录第 {number} 行被删除。", f"History row {number} was removed.")
            elif _hash_row(result[number]) != digest:
                self._say(f"历史记录第 {number} 行被改动。", f"History row {number} was changed.")
            elif not self._fits(result[number], seal_row):
                self._say(
                    f"历史记录第 {number} 行的时间（{result[number].at:%Y-%m-%d %H:%M:%S} UTC）与封存时间不符。",
                    f"The time of history row {number} ({result[number].at:%Y-%m-%d %H:%M:%S} UTC) does not fit its seal.",
                )

    def _rows_of(self, numbers: Sequence[int]) -> Iterator[HistoryRow]:
        for start in range(0, len(numbers), 500):
            batch = numbers[start : start + 500]
            yield from get_rows(self._session, select(history).where(history.c.id.in_(batch)), HistoryRow)

    def _fits(self, row: HistoryRow, sealed_by: SealRow) -> bool:
        """Whether a row's time lies between the seals between which its id was given, and it was sealed then.

        A row whose transaction was slow is sealed after its neighbours, with the first seal after its commit; with SQLite,
        where one transaction writes at a time, none is.
        """
        place = bisect.bisect_left(self._last_ids, row.id)
        end = self._sealed_at[place] if place < len(self._sealed_at) else sealed_by.sealed_at
        begin = self._nothing_left[place] or row.at
        if row.at < min(begin, end) - LONGEST or row.at > end + SKEW:
            return False
        if place >= len(self._last_ids) - 1:
            return True
        return not self._is_sqlite and self._sealed_at[-2] <= end + LONGEST

    def check_all_sealed(self) -> None:
        """No row lies below the last seal that no seal knows, and none after it is older than it."""
        last = max(self._last_ids, default=None)
        if last is None:
            self._unsealed = self._count()
            if self._unsealed:
                self._say(
                    f"历史记录有 {self._unsealed} 行，但没有任何封条；如果系统刚装好、还没有启动过，请启动后再查。",
                    f"The history has {plural(self._unsealed, 'row', 'rows')} and no seal at all. If this installation was never started, "
                    "start it and verify again.",
                )
            return
        self._unsealed = self._count(history.c.id > last)
        strangers = self._count(history.c.id <= last) - self._found
        if strangers > 0:
            first = self._first_stranger(last)
            self._say(
                f"历史记录中有 {strangers} 行未经封存（第一行是第 {first} 行），却排在已封存的行之前；"
                "如果服务刚刚中断，请启动后再查。",
                f"{plural(strangers, 'history row', 'history rows')} that no seal knows among sealed ones, from row {first} on. If a server "
                "died just now, start it and verify again.",
            )
        oldest = self._sealed_at[-1] - LONGEST
        for number in self._session.scalars(
            select(history.c.id)
            .where(history.c.id > last, history.c.at < oldest)
            .order_by(history.c.id)
            .limit(5)
        ):
            self._say(
                f"历史记录第 {number} 行排在最后的封条之后，时间却更早。",
                f"History row {number} comes after the last seal but says that it is older.",
            )

    def _count(self, *where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(history).where(*where)
        return self._session.execute(query).scalar_one()

    def _first_stranger(self, last: int) -> int:
        blobs = self._session.scalars(select(seals.c.rows)).yield_per(50)
        known = {number for blob in blobs for number, _ in entries_of(blob)}
        numbers: Iterable[int] = self._session.scalars(
            select(history.c.id).where(history.c.id <= last).order_by(history.c.id)
        ).yield_per(BATCH)
        return next(number for number in numbers if number not in known)

    def check_anchor(self, anchor: Path, outside: Sequence[tuple[int, str]] | None) -> None:
        """The copy outside is there and names the same seals, in both directions."""
        if outside is None:
            if self._heads:
                self._say(
                    f"没有可比对的库外留存 {anchor}；请用 --anchor 指出它在哪里，或从备份取回。",
                    f"There is no copy outside the database at {anchor}, so nothing could be compared. Name it with "
                    "--anchor, or take it from a backup.",
                )
            return
        for number, digest in outside:
            if self._heads.get(number) != digest:
                self._say(
                    f"第 {number} 号封条与库外留存的不一致。",
                    f"Seal {number} differs from the copy kept outside the database.",
                )
        missing = sorted(set(self._heads) - {number for number, _ in outside})
        if missing:
            self._say(
                f"库外留存（{anchor}）缺少 {len(missing)} 个封条（第 {missing[0]} 号起）；"
                "如果服务刚刚中断，请启动后再查。",
                f"The copy outside the database ({anchor}) lacks {plural(len(missing), 'seal', 'seals')}, from number {missing[0]} on. If a "
                "server died just now, start it and verify again.",
            )

    def read_anchor(self, anchor: Path) -> list[tuple[int, str]] | None:
        """The numbers and hashes in the copy outside; None where there is none."""
        try:
            lines = anchor.read_text("utf-8-sig", "replace").splitlines()
        except FileNotFoundError:
            return None
        except OSError as fault:
            self._say(
                f"库外留存 {anchor} 无法读取：{fault.strerror}。",
                f"The copy outside the database at {anchor} cannot be read: {fault.strerror}.",
            )
            return None
        seals_outside = []
        for place, line in enumerate(lines, 1):
            matched = _LINE.fullmatch(line.strip())
            if matched is not None:
                seals_outside += [(int(matched[1]), matched[2])] if matched[1] != "0" else []
            elif line.strip():
                self._say(
                    f"库外留存 {anchor} 第 {place} 行看不懂。",
                    f"Line {place} of the copy outside the database ({anchor}) cannot be understood.",
                )
        return seals_outside


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
