"""Spreadsheets saved as text: whatever encoding and separator an office's programs chose.

A sheet's heading may stand under a title or two. Columns are known by any of their names; what is missing
is named together with the column that was probably meant.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from engine.words import Words

LARGEST: Final = 20 * 1024 * 1024
MOST_ROWS: Final = 100_000
_TITLES: Final = 5
"""How many rows from the top may be the heading."""
_SEPARATORS: Final = (",", ";", "\t")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SAVE_AS: Final = Words(
    "请在表格软件里“另存为 CSV”后再导入。", "Please save it as CSV in the spreadsheet program."
)


class UnreadableSheet(ValueError):
    """The file as a whole cannot be taken; ``words`` says why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is looked for, under any of its names; the first is how sentences call it."""

    code: str
    names: tuple[str, ...]
    english: str
    required: bool = False

    @property
    def words(self) -> Words:
        """What the column is called."""
        return Words(self.names[0], self.english)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number as the spreadsheet counts, its cells by column code, what stood beyond the columns."""

    number: int
    cells: Mapping[str, str]
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: the rows that are not empty, and the headings that nobody asked for."""

    lines: tuple[Line, ...]
    ignored: tuple[str, ...]


def read_sheet(data: bytes, columns: Sequence[Column]) -> Sheet:
    """Read a CSV file.

    Raises:
        UnreadableSheet: it is too large, no CSV, in no known encoding, or lacks a required column.
    """
    rows, heading = _best_reading(_text(data), columns)
    titles = [_plain(cell) for cell in rows[heading]]
    places = _places(titles, columns)
    _refuse_missing(titles, places, columns)
    taken = set(places.values())
    ignored = [title for place, title in enumerate(titles) if title and place not in taken]
    lines = tuple(_lines(rows, heading, places, len(titles)))
    if len(lines) > MOST_ROWS:
        raise UnreadableSheet(
            f"文件有 {len(lines)} 行，一次最多导入 {MOST_ROWS} 行，请分开导入。",
            f"The file has {len(lines)} rows; at most {MOST_ROWS} can be imported at once. Please split it.",
        )
    return Sheet(lines, tuple(ignored))


# -- bytes to text ------------------------------------------------------------------------------


def _text(data: bytes) -> str:
    if not data.strip():
        raise UnreadableSheet("文件是空的。", "The file is empty.")
    if len(data) > LARGEST:
        size = len(data) / 1048576
        raise UnreadableSheet(
            f"文件有 {size:.0f} MB，最多 20 MB，请分开导入。",
            f"The file has {size:.0f} MB, more than 20 MB. Please split it.",
        )
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableSheet(
            f"这是 Excel 工作簿，不是 CSV。{_SAVE_AS.zh}",
            f"This is an Excel workbook, not CSV. {_SAVE_AS.en}",
        )
    named = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    for encoding in (named,) if named else ("utf-8", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableSheet(
        f"文件不是 UTF-8 或 GBK 编码的文本。{_SAVE_AS.zh}",
        f"The file is no text in UTF-8 or GBK. {_SAVE_AS.en}",
    )


# -- text to rows -------------------------------------------------------------------------------


def _best_reading(text: str, columns: Sequence[Column]) -> tuple[list[list[str]], int]:
    """The rows, cut by the separator under which a row near the top has the most known headings."""
    best: tuple[int, list[list[str]], int] | None = None
    for separator in _SEPARATORS:
        rows = _cut(text, separator)
        for place, row in enumerate(rows[:_TITLES]):
            known = len(_places([_plain(cell) for cell in row], columns))
            if best is None or known > best[0]:
                best = known, rows, place
    if best is None or best[0] == 0:
        wanted = [one for one in columns if one.required]
        raise UnreadableSheet(
            f"没有找到表头。第一行应有这些列：{'、'.join(one.names[0] for one in wanted)}。",
            f"No heading was found. The first row should name: {', '.join(one.english for one in wanted)}.",
        )
    return best[1], best[2]


def _cut(text: str, separator: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return []


def _lines(rows: list[list[str]], heading: int, places: Mapping[str, int], width: int) -> Iterator[Line]:
    for number, row in enumerate(rows[heading + 1 :], start=heading + 2):
        if any(cell.strip() for cell in row):
            cells = {code: _plain(row[place]) if place < len(row) else "" for code, place in places.items()}
            beyond = sum(bool(cell.strip()) for cell in row[width:])
            yield Line(number, cells, beyond)


def _plain(cell: str) -> str:
    """A cell without the marks that spreadsheets put around values to keep them text."""
    text = unicodedata.normalize("NFKC", cell).replace("\u200b", "").strip()
    quoted = re.fullmatch(r'="(.*)"', text)
    text = quoted.group(1) if quoted else text.removeprefix("'")
    return re.sub(r"\s+", " ", text).strip()


# -- headings -----------------------------------------------------------------------------------


def _places(titles: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Where each column stands; of two with the same meaning the one whose name is listed first."""
    where = {_folded(title): place for place, title in reversed(list(enumerate(titles))) if title}
    found: dict[str, int] = {}
    for one in columns:
        place = next((where[_folded(name)] for name in one.names if _folded(name) in where), None)
        if place is not None:
            found[one.code] = place
    return found


def _refuse_missing(titles: Sequence[str], places: Mapping[str, int], columns: Sequence[Column]) -> None:
    missing = [one for one in columns if one.required and one.code not in places]
    if not missing:
        return
    taken = set(places.values())
    strange = [title for place, title in enumerate(titles) if title and place not in taken]
    zh = "缺少列：" + "、".join(one.names[0] for one in missing) + "。"
    en = "Missing columns: " + ", ".join(one.english for one in missing) + "."
    if strange:
        zh += "不认识的列：" + "、".join(f"“{title}”{_guess(title, missing).zh}" for title in strange) + "。"
        en += (
            " Unknown columns: "
            + ", ".join(f"“{title}”{_guess(title, missing).en}" for title in strange)
            + "."
        )
    raise UnreadableSheet(zh, en)


def _guess(title: str, missing: Sequence[Column]) -> Words:
    names = {_folded(name): one for one in missing for name in one.names}
    near = get_close_matches(_folded(title), names, n=1, cutoff=0.5)
    if not near:
        return Words("", "")
    meant = names[near[0]]
    return Words(f"（是不是“{meant.names[0]}”？）", f" (did you mean {meant.english}?)")


def _folded(name: str) -> str:
    """A heading without case, spaces, stars and remarks in brackets."""
    return re.sub(r"\(.*?\)|[\s_*:.\-]", "", unicodedata.normalize("NFKC", name)).casefold()
