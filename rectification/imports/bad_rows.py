"""The rows that did not go in, as they stood, each with the reasons: to be corrected and sent again."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import xlsxwriter

from engine.text import Language, LocalizedText
from rectification.imports.kinds import ImportKind
from rectification.imports.report import ImportProblem
from rectification.imports.sheets import Sheet, find_sheet, fits
from rectification.imports.workbooks import opened

_REASON: Final = LocalizedText("不能导入的原因", "Why it cannot go in")
_SHEET: Final = LocalizedText("需更正", "To correct")


def bad_rows(
    data: bytes,
    kinds: Sequence[ImportKind],
    problems: Sequence[ImportProblem],
    language: Language,
    mapping: dict[str, str],
) -> bytes:
    """A workbook with the headings of the file, the bad rows, and a last column that says what is wrong."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    head = book.add_format({"bold": True, "bg_color": "#E6F0EC", "border": 1, "text_wrap": True})
    wrong = book.add_format({"text_wrap": True, "font_color": "#A3231F"})
    text = book.add_format({"num_format": "@"})
    messages: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for problem in problems:
        messages[problem.sheet][problem.row].append(_said(problem, language))
    with opened(data) as grids:
        sheets: list[Sheet | None] = [
            find_sheet(grids, kinds[0].columns, mapping),
            *(fits(grids, kind.columns) for kind in kinds[1:]),
        ]
        for place, sheet in enumerate(sheets):
            rows = messages.get("" if sheet is None else sheet.name) or (
                messages.get("") if place == 0 else None
            )
            if sheet is None or not rows:
                continue
            page = book.add_worksheet((sheet.name or _SHEET.in_language(language))[:31])
            width = len(sheet.titles)
            page.set_column(0, width - 1, 16, text)
            page.set_column(width, width, 60)
            for column, title in enumerate((*sheet.titles, _REASON.in_language(language))):
                page.write_string(0, column, title, head)
            written = 0
            for number, cells in sheet.raw():
                if number in rows:
                    written += 1
                    for column, cell in enumerate(cells[:width]):
                        page.write_string(written, column, cell, text)
                    page.write_string(written, width, "\n".join(rows[number]), wrong)
    if not book.worksheets():
        book.add_worksheet(_SHEET.in_language(language))
    book.close()
    return out.getvalue()


def _said(import_problem: ImportProblem, language: Language) -> str:
    name = import_problem.column if language == "zh" else import_problem.column_en
    reason = import_problem.reason.in_language(language)
    return (f"“{name}”：{reason}" if language == "zh" else f"{name}: {reason}") if name else reason
