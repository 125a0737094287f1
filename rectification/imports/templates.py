"""Workbooks to fill in: headings, lists to choose from, an example that is never imported, and what each column means."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from engine.text import Language, LocalizedText
from rectification.imports.kinds import ImportKind
from rectification.imports.sheets import ImportColumn

_ROWS: Final = 5_000
"""How many rows offer the lists to choose from."""
_NOTES: Final = LocalizedText("填表说明", "Notes")
_HEADS: Final = (
    LocalizedText("工作表", "Sheet"),
    LocalizedText("列", "Column"),
    LocalizedText("必填", "Required"),
    LocalizedText("怎样填", "How to fill it in"),
)
_EXAMPLE: Final = LocalizedText("示例", "Example")
_ADVICE: Final = (
    LocalizedText("以“示例”开头的行不会导入，可以删除或保留。", "The row that begins with “Example” is not imported; delete it or leave it."),
    LocalizedText("空着的单元格不改变系统里已有的内容。", "An empty cell leaves what is known."),
    LocalizedText("列的顺序可以调整，多出来的列会被忽略。", "Columns may stand in any order; others are left out."),
    LocalizedText("证件号码、编号按文本填写，不要让表格改成科学计数。", "Type identity numbers and codes as text, so that they are not rounded."),
)  # fmt: skip


def template(kinds: Sequence[ImportKind], language: Language) -> bytes:
    """A workbook with one sheet for each kind, and notes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    formats = {
        "head": book.add_format({"bold": True, "bg_color": "#E6F0EC", "border": 1, "text_wrap": True, "valign": "vcenter", "align": "center"}),
        "must": book.add_format({"bold": True, "bg_color": "#FDF1DC", "border": 1, "text_wrap": True, "valign": "vcenter", "align": "center"}),
        "text": book.add_format({"num_format": "@"}),
        "example": book.add_format({"num_format": "@", "italic": True, "font_color": "#8B9893"}),
        "note": book.add_format({"text_wrap": True, "valign": "top", "border": 1}),
        "advice": book.add_format({"text_wrap": True, "valign": "top"}),
    }  # fmt: skip
    pages = [(kind, book.add_worksheet(kind.words.in_language(language)[:31])) for kind in kinds]
    notes = book.add_worksheet(_NOTES.in_language(language))
    lists = book.add_worksheet("lists")
    lists.hide()
    taken = 0
    for kind, page in pages:
        taken = _page(page, kind, lists, taken, formats, language)
    _explain(notes, kinds, formats, language)
    book.close()
    return out.getvalue()


def _page(page: Any, kind: ImportKind, lists: Any, taken: int, formats: Any, language: Language) -> int:
    page.set_row(0, 30)
    page.freeze_panes(1, 1)
    for place, column in enumerate(kind.columns):
        title = column.words.in_language(language)
        page.set_column(
            place,
            place,
            max(24 if place == 0 else 14, len(title) * (2 if language == "zh" else 1) + 4),
            formats["text"],
        )
        page.write_string(0, place, title, formats["must" if column.required else "head"])
        page.write_string(1, place, _example(column, language, first=place == 0), formats["example"])
        if column.choices:
            for row, words in enumerate(column.choices):
                lists.write_string(row, taken, words.in_language(language))
            source = f"=lists!{_cell(0, taken)}:{_cell(len(column.choices) - 1, taken)}"
            page.data_validation(
                2, place, _ROWS, place, {"validate": "list", "source": source, "error_type": "warning"}
            )
            taken += 1
    return taken


def _cell(row: int, place: int) -> str:
    return str(xl_rowcol_to_cell(row, place, row_abs=True, col_abs=True))


def _example(column: ImportColumn, language: Language, *, first: bool) -> str:
    next_ = next(
        (choice.in_language(language) for choice in column.choices if choice.zh == column.example),
        column.example,
    )
    return f"{_EXAMPLE.in_language(language)} {next_}".strip() if first else next_


def _explain(notes: Any, kinds: Sequence[ImportKind], formats: Any, language: Language) -> None:
    notes.set_column(0, 1, 18)
    notes.set_column(2, 2, 8)
    notes.set_column(3, 3, 70)
    row = 0
    for words in (*(kind.about for kind in kinds), *_ADVICE):
        notes.merge_range(row, 0, row, 3, words.in_language(language), formats["advice"])
        row += 1
    row += 1
    for place, words in enumerate(_HEADS):
        notes.write_string(row, place, words.in_language(language), formats["head"])
    for kind in kinds:
        for column in kind.columns:
            row += 1
            cells = (
                kind.words.in_language(language),
                column.words.in_language(language),
                ("是" if language == "zh" else "yes") if column.required else "",
                _how(column, language),
            )
            for place, text in enumerate(cells):
                notes.write_string(row, place, text, formats["note"])


def _how(column: ImportColumn, language: Language) -> str:
    notes = [column.note.in_language(language)] if column.note else []
    if column.choices:
        options = ("、" if language == "zh" else ", ").join(
            choice.in_language(language) for choice in column.choices
        )
        notes.append(f"可选：{options}。" if language == "zh" else f"One of: {options}.")
    if column.example and not column.choices:
        notes.append(f"例：{column.example}" if language == "zh" else f"For instance: {column.example}")
    return " ".join(notes)
