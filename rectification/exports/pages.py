"""Worksheets that are written as they go: typed text is never a formula, whatever it begins with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from engine.audit.chain import ChainHead

MOST_CHARACTERS: Final = 32_767
"""What a cell holds."""

Cell = str | int | float | dt.date | None


@dataclass(frozen=True, slots=True)
class ColumnHeading:
    """One column's heading and how wide it is; ``hidden`` ones are for the way back."""

    title: str
    width: int = 14
    hidden: bool = False


class Book:
    """One workbook; pages are written row by row and leave the memory at once.

    ``head`` is the audit chain's at that time, which each page carries below: so it exists outside the system.
    """

    def __init__(self, path: Path, head: ChainHead | None) -> None:
        self.proof = "" if head is None else f"&L&7审计链 Audit chain {head}"
        self._book = xlsxwriter.Workbook(
            path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        line = {"border": 1, "border_color": "#C9D1CD", "valign": "top"}
        look = {**line, "text_wrap": True}
        self.text = self._book.add_format({**look, "num_format": "@"})
        self.day = self._book.add_format({**line, "num_format": "yyyy-mm-dd", "align": "center"})
        self.number = self._book.add_format({**line, "align": "center"})
        self.head = self._book.add_format(
            {
                "bold": True,
                "bg_color": "#E6F0EC",
                "border": 1,
                "border_color": "#8B9893",
                "text_wrap": True,
                "valign": "vcenter",
                "align": "center",
            }
        )
        self.title = self._book.add_format(
            {"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"}
        )
        self.note = self._book.add_format({"font_color": "#4F5F5B", "text_wrap": True, "valign": "top"})
        self.strong = self._book.add_format({**line, "bold": True, "align": "center", "bg_color": "#F6F7F4"})

    def page(
        self, name: str, heads: Sequence[ColumnHeading], *, title: str = "", paper: int = 9, across: int = 1
    ) -> Worksheet:
        """A new worksheet with its heading; ``across`` is how many sheets of paper lie side by side."""
        return Worksheet(self, self._book.add_worksheet(name[:31]), heads, title, paper, across)

    def notes(self, name: str, lines: Iterable[str]) -> None:
        """A worksheet of sentences."""
        sheet = self._book.add_worksheet(name[:31])
        sheet.set_column(0, 0, 100)
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line, self.note)

    def close(self) -> None:
        """Write the file."""
        self._book.close()


class Worksheet:
    """One worksheet."""

    def __init__(
        self, book: Book, sheet: Any, heads: Sequence[ColumnHeading], title: str, paper: int, across: int
    ) -> None:
        self.book, self.sheet, self._row = book, sheet, 0
        for place, head in enumerate(heads):
            sheet.set_column(place, place, head.width, None, {"hidden": 1} if head.hidden else {})
        sheet.set_paper(paper)
        sheet.set_landscape()
        sheet.fit_to_pages(across, 0)
        if across > 1:
            sheet.repeat_columns(0, 1)
        sheet.set_footer(f"{book.proof}&R&P / &N" if book.proof else "&C&P / &N")
        shown = [place for place, head in enumerate(heads) if not head.hidden]
        if title:
            sheet.set_row(0, 30)
            sheet.merge_range(0, 0, 0, max(shown[-1], 1), title, book.title)
            self._row = 1
        self.heading = self._row
        sheet.set_row(self._row, 30)
        for place, head in enumerate(heads):
            sheet.write_string(self._row, place, head.title, book.head)
        sheet.freeze_panes(self._row + 1, 2 if across > 1 else 0)
        sheet.repeat_rows(self._row)
        self._row += 1

    def add(self, cells: Iterable[Cell], form: Any = None) -> None:
        """The next row; empty cells are left out."""
        sheet, row, text = self.sheet, self._row, form or self.book.text
        for place, cell in enumerate(cells):
            if cell is None or cell == "":
                continue
            if type(cell) is str:
                sheet.write_string(
                    row, place, cell if len(cell) < MOST_CHARACTERS else cell[:MOST_CHARACTERS], text
                )
            elif isinstance(cell, dt.date):
                sheet.write_datetime(row, place, cell, self.book.day)
            else:
                sheet.write_number(row, place, cell, form or self.book.number)
        self._row = row + 1

    def line(self, text: str, width: int, height: int = 20) -> None:
        """A sentence across the page."""
        self.sheet.set_row(self._row, height)
        self.sheet.merge_range(self._row, 0, self._row, width - 1, "", self.book.note)
        self.sheet.write_string(self._row, 0, text, self.book.note)
        self._row += 1
