"""Exporting the ledger, against writing the very same cells with XlsxWriter alone.

The bare one takes the cells out of the exported sheets beforehand and writes them as they stand: same
sheets, same types, same formats, constant memory.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import insert, true

from benchmarks.completion import NOW
from benchmarks.imports import _furnished
from engine.database import Database
from rectification.campaigns.model import get_campaign
from rectification.exports import pages
from rectification.exports.facts import Names
from rectification.exports.ledger import write_ledger
from rectification.matters.ticket import ProgressNote, Ticket
from rectification.people.model import Person
from rectification.places.units import Unit
from rectification.tickets.closures import ClosureRequest
from rectification.tickets.dispatch import Dispatch

_AT_ONCE = 5_000


def _tickets(database: Database, count: int) -> None:
    """Tickets in every state, each with a dispatch, a note and a request for closure."""
    with database.writing() as session:
        session.add(Person(id=1, name="王某", login="wang"))
        session.add(Unit(id=1, name="镇卫生院", kind="town_unit", area_code="341226100"))
        session.flush()
        for first in range(1, count + 1, _AT_ONCE):
            some = range(first, min(first + _AT_ONCE, count + 1))
            session.execute(insert(Ticket), [_ticket(n) for n in some])
            handed = {
                "rect_type": "immediate",
                "measure": "联系卫生院补签协议",
                "unit_id": 1,
                "person_id": 1,
                "due_at": NOW,
                "by_id": 1,
                "at": NOW,
            }
            session.execute(insert(Dispatch), [{"ticket_id": n, **handed} for n in some])
            noted = {"percent": 60, "text": "已约定时间上门", "by_id": 1, "at": NOW}
            session.execute(insert(ProgressNote), [{"ticket_id": n, **noted} for n in some])
            asked = {"result": "已签约并上门", "evidence": [], "late": False, "by_id": 1, "at": NOW}
            session.execute(insert(ClosureRequest), [{"ticket_id": n, **asked} for n in some])


def _ticket(n: int) -> dict[str, Any]:
    status = ("closed", "hung", "in_progress", "assigned")[n % 4]
    return {
        "id": n, "campaign_id": 1, "number": f"2019-341226100{200 + n % 200}-{n:06}", "village": f"341226100{200 + n % 200}",
        "town": "341226100", "county": "341226", "item": "E4", "category": "5", "description": f"家庭医生半年未上门随访（{n}）",
        "source": "visit", "found_on": NOW.date(), "found_by_id": 1, "status": status, "rect_type": "immediate",
        "measure": "联系镇卫生院，月底前补签协议并上门", "resp_unit_id": 1, "resp_person_id": 1, "due_at": NOW, "created_at": NOW,
        "closed_at": NOW if status == "closed" else None, "close_type": "rectified" if status == "closed" else None, "line_no": n,
    }  # fmt: skip


class _Recorder(pages.Worksheet):
    """Keeps what is written, page by page."""

    kept: dict[str, list[list[Any]]]

    def add(self, cells: Any, form: Any = None) -> None:
        row = list(cells)
        self.kept.setdefault(self.sheet.get_name(), []).append(row)
        super().add(row, form)


def _export(database: Database, path: Path) -> float:
    began = time.perf_counter()
    with database.reading() as session:
        names = Names.read(session, get_campaign(session, 1), NOW)
        write_ledger(session, names, true(), path, "zh")
    return time.perf_counter() - began


def _bare(kept: dict[str, list[list[Any]]], path: Path) -> float:
    began = time.perf_counter()
    book = xlsxwriter.Workbook(
        path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    text = book.add_format({"valign": "top", "text_wrap": True, "num_format": "@"})
    day = book.add_format({"valign": "top", "num_format": "yyyy-mm-dd"})
    number = book.add_format({"valign": "top"})
    for name, rows in kept.items():
        sheet = book.add_worksheet(name)
        for row, cells in enumerate(rows, start=1):
            for place, cell in enumerate(cells):
                if cell is None or cell == "":
                    continue
                if isinstance(cell, str):
                    sheet.write_string(row, place, cell, text)
                elif isinstance(cell, int | float):
                    sheet.write_number(row, place, cell, number)
                else:
                    sheet.write_datetime(row, place, cell, day)
    book.close()
    return time.perf_counter() - began


def measure(tickets: int = 100_000, rounds: int = 2) -> dict[str, Any]:
    """Seconds in turns, the median ratio, and how much memory the export added."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = _furnished(folder, "exports")
        _tickets(database, tickets)
        before = _rss()
        first = _export(database, folder / "first.xlsx")
        added = _rss() - before
        kept = _recorded(database, folder)
        pairs = [(_bare(kept, folder / "bare.xlsx"), first)]
        for _turn in range(rounds - 1):
            pairs.append((_bare(kept, folder / "bare.xlsx"), _export(database, folder / "ours.xlsx")))
        database.close()
        size = (folder / "first.xlsx").stat().st_size / 1e6
    ratios = sorted(ours / bare for bare, ours in pairs)
    return {
        "tickets": tickets,
        "cells": sum(cell not in (None, "") for rows in kept.values() for row in rows for cell in row),
        "XlsxWriter alone s": round(min(bare for bare, _ in pairs), 1),
        "export s": round(min(ours for _, ours in pairs), 1),
        "ratio export/bare": round(ratios[len(ratios) // 2], 2),
        "file MB": round(size, 1),
        "peak RSS added MB": round(added),
    }


def _recorded(database: Database, folder: Path) -> dict[str, list[list[Any]]]:
    _Recorder.kept = {}
    page, pages.Worksheet = pages.Worksheet, _Recorder  # type: ignore[misc]
    try:
        _export(database, folder / "recorded.xlsx")
    finally:
        pages.Worksheet = page  # type: ignore[misc]
    return _Recorder.kept


def _rss() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(measure(*(int(argument) for argument in sys.argv[1:])))
