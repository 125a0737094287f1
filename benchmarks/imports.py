"""Importing households, against a bare executemany of the very same rows.

The bare one inserts the households and their rows of history as they stand after the import, in one
transaction, in the same batches, with SQLAlchemy Core on the same database settings. The import also reads
the file, checks every cell, matches against the domain and works out each row of history.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

import huitoukan.schema  # noqa: F401  (every room's tables are known)
from benchmarks.completion import NOW
from benchmarks.databases import fresh
from engine.clock import PushedClock
from engine.database import Database
from engine.engine import Engine
from engine.host import SYSTEM
from engine.schema import history
from rectification.campaigns.model import Campaign
from rectification.households.model import Household
from rectification.imports import bring_in
from rectification.matters.timezone import acting_now
from rectification.people.id_numbers import check_digit
from rectification.places.areas import Division, add_divisions
from rectification.process.host import DomainHost

_HEADING = "户编号,村代码,组,户主,证件号码,联系电话,户类型,人口\n"
_VILLAGES = 200
_AT_ONCE = 1_000


def _sheet(households: int) -> bytes:
    return (_HEADING + "".join(_lines(households))).encode()


def _lines(households: int) -> Iterator[str]:
    for n in range(households):
        body = f"341226{1940 + n % 60}{n % 12 + 1:02}{n % 28 + 1:02}{n // 420 % 1000:03}"
        identity = body + check_digit(body)
        village = f"341226100{200 + n % _VILLAGES}"
        yield f"34122610{n:08},{village},{n % 20}组,王某{n % 997},{identity},1380000{n % 10000:04},边缘户,{n % 6 + 1}\n"


def _furnished(folder: Path, name: str) -> Database:
    database = fresh(folder, name)
    with database.writing() as session:
        above = [
            Division("341200", "市", "city", ""),
            Division("341226", "县", "county", "341200"),
            Division("341226100", "镇", "town", "341226"),
        ]
        villages = [
            Division(f"341226100{200 + n}", f"村{n}", "village", "341226100") for n in range(_VILLAGES)
        ]
        add_divisions(session, [*above, *villages])
        session.add(
            Campaign(id=1, name="回头看", name_en="Look-back", year=2019, area_code="341200", milestones=[])
        )
    return database


def measure(households: int = 200_000, rounds: int = 3) -> dict[str, Any]:
    """Rows per second in turns, the median ratio, and how much memory the import added."""
    data = _sheet(households)
    pairs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, after = _rss(), 0.0
        for turn in range(rounds):
            one = _furnished(folder, f"import_{turn}")
            began = time.perf_counter()
            with one.writing() as session:
                engine = Engine(one, DomainHost(folder), PushedClock(NOW))
                context = acting_now(session, engine, SYSTEM)
                report = bring_in(context, "households", data, "农户.csv")
            imported = households / (time.perf_counter() - began)
            assert (report.created, report.problems) == (households, []), report
            after = after or _rss()
            two = _furnished(folder, f"bare_{turn}")
            pairs.append((_bare(one, two, households), imported))
            one.close()
            two.close()
    ratios = sorted(imported / bare for bare, imported in pairs)
    middle = ratios[len(ratios) // 2]
    return {
        "households": households,
        "bare rows/s": round(sorted(bare for bare, _ in pairs)[rounds // 2]),
        "imported/s": round(sorted(imported for _, imported in pairs)[rounds // 2]),
        "ratio import/bare": round(middle, 2),
        "file MB": round(len(data) / 1e6, 1),
        "peak RSS added MB (file included)": round(after - before),
    }


def _bare(source: Database, target: Database, households: int) -> float:
    taken = 0.0
    with source.reading() as session, target.writing() as out:
        homes = [dict(row._mapping) for row in session.execute(select(Household.__table__))]
        rows = [
            dict(row._mapping)
            for row in session.execute(select(history).where(history.c.action == "registered"))
        ]
        for row in (*homes, *rows):
            row.pop("id")
        began = time.perf_counter()
        for piece in _pieces(homes):
            out.execute(insert(Household), piece)
        for piece in _pieces(rows):
            out.execute(insert(history), piece)
        out.commit()
        taken = time.perf_counter() - began
    return households / taken


def _pieces(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[first : first + _AT_ONCE] for first in range(0, len(rows), _AT_ONCE))


def _rss() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(measure(*(int(argument) for argument in sys.argv[1:])))
