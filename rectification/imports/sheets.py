"""Sheets: which of a file's sheets holds the wanted columns, where its heading is, and its rows.

A heading may stand under a title or two and may have two rows (a merged "户主信息" over "姓名" and
"身份证号"). Columns are known by any of their names; what is missing is named together with the column
that was probably meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any, Final

from engine.text import LocalizedText
from rectification.imports.workbooks import Grid, UnreadableSheet

MOST_ROWS: Final = 300_000
EXAMPLE: Final = ("示例", "example")
"""A row whose first cell begins so is an example of our own template."""
_TITLES: Final = 10
"""How many rows from the top may be the heading."""


@dataclass(frozen=True, slots=True)
class ImportColumn:
    """One column that is looked for, under any of its names; the first is how sentences call it.

    ``read`` makes a value of a cell's text, ``choices`` are offered in the template.
    """

    code: str
    names: tuple[str, ...]
    english: str
    required: bool = False
    read: Callable[[str], Any] = field(default=str, compare=False)
    choices: tuple[LocalizedText, ...] = ()
    example: str = ""
    note: LocalizedText | None = None

    @property
    def words(self) -> LocalizedText:
        """What the column is called."""
        return LocalizedText(self.names[0], self.english)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its number as the spreadsheet counts, its cells by column code, what stood beyond the columns."""

    number: int
    cells: Mapping[str, str]
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with its heading understood. ``titles`` are all headings, ``ignored`` those nobody asked for."""

    name: str
    titles: tuple[str, ...]
    places: Mapping[str, int]
    ignored: tuple[str, ...]
    _rows: Callable[[], Iterator[tuple[int, list[str]]]]

    def lines(self) -> Iterator[SheetRow]:
        """The rows below the heading that are neither empty nor the template's example.

        Raises:
            UnreadableSheet: there are more than can be taken at once.
        """
        places, width, rows = tuple(self.places.items()), len(self.titles), 0
        for number, row in self._rows():
            have = len(row)
            cells = {code: plain(row[place]) for code, place in places if place < have and row[place]}
            first = next(iter(cells.values()), "")
            if not first and not any(map(str.strip, row)):
                continue
            if first[:7].casefold().startswith(EXAMPLE):
                continue
            rows += 1
            if rows > MOST_ROWS:
                raise UnreadableSheet(
                    f"文件超过 {MOST_ROWS} 行，请分开导入。",
                    f"The file has more than {MOST_ROWS} rows. Please split it.",
                )
            yield SheetRow(
                number, cells, sum(bool(cell.strip()) for cell in row[width:]) if have > width else 0
            )

    def raw(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the heading as they stand."""
        return self._rows()


def find_sheet(
    grids: Sequence[Grid], columns: Sequence[ImportColumn], mapping: Mapping[str, str] | None = None
) -> Sheet:
    """The sheet of a file that fits the columns best.

    ``mapping`` names the heading to read a column from, where somebody chose it by hand.

    Raises:
        UnreadableSheet: no sheet has a heading that is known, or a required column is missing.
    """
    sheet, known = _best(grids, columns, mapping or {})
    if sheet is None or known == 0:
        result = [column for column in columns if column.required]
        raise UnreadableSheet(
            f"没有找到表头。表头应有这些列：{'、'.join(column.names[0] for column in result)}。",
            f"No heading was found. It should name: {', '.join(column.english for column in result)}.",
        )
    _refuse_missing(sheet, columns)
    return sheet


def fits(grids: Sequence[Grid], columns: Sequence[ImportColumn]) -> Sheet | None:
    """The sheet that has every required column, if there is one."""
    try:
        return find_sheet(grids, columns)
    except UnreadableSheet:
        return None


def headings(grids: Sequence[Grid], columns: Sequence[ImportColumn]) -> tuple[str, ...]:
    """The headings of the sheet that fits best, for choosing by hand which column is which."""
    sheet, known = _best(grids, columns, {})
    if sheet is not None and known:
        return tuple(title for title in sheet.titles if title)
    for grid in grids:
        for _number, row in islice(grid.rows(), _TITLES):
            named = [plain(cell) for cell in row if plain(cell)]
            if len(named) >= 2:
                return tuple(dict.fromkeys(named))
    return ()


def find_places(
    grids: Sequence[Grid], columns: Sequence[ImportColumn], mapping: Mapping[str, str]
) -> dict[str, str]:
    """Which heading is taken for which column, by the column's code."""
    sheet, _known = _best(grids, columns, mapping)
    return {code: sheet.titles[place] for code, place in sheet.places.items()} if sheet is not None else {}


# -- headings -----------------------------------------------------------------------------------


def _best(
    grids: Sequence[Grid], columns: Sequence[ImportColumn], mapping: Mapping[str, str]
) -> tuple[Sheet | None, int]:
    best: tuple[Sheet | None, int] = None, 0
    fault: UnreadableSheet | None = None
    for grid in grids:
        try:
            top = [(number, [plain(cell) for cell in row]) for number, row in islice(grid.rows(), _TITLES)]
        except UnreadableSheet as found:
            fault = found
            continue
        for rows, titles in _candidates(top):
            places = _places(titles, columns, mapping)
            if len(places) > best[1] or best[0] is None:
                best = _sheet(grid, rows, titles, places), len(places)
    if best[1] == 0 and fault is not None:
        raise fault
    return best


def _candidates(top: Sequence[tuple[int, list[str]]]) -> Iterator[tuple[int, list[tuple[str, ...]]]]:
    """Headings that may be meant: each row near the top, then each two that stand one over the other.

    A heading is a list of names for each place; with it comes the number of the last of its rows.
    """
    for number, row in top:
        yield number, [(title,) for title in row]
    for (first, upper), (second, lower) in pairwise(top):
        if second == first + 1:
            yield second, _stacked(upper, lower)


def _stacked(upper: Sequence[str], lower: Sequence[str]) -> list[tuple[str, ...]]:
    """A merged cell stands over all places up to the next one; alone it names the place only if it is alone."""
    result: list[tuple[str, ...]] = []
    over = ""
    for place in range(max(len(upper), len(lower))):
        own = upper[place] if place < len(upper) else ""
        under = lower[place] if place < len(lower) else ""
        over = own or over
        about = re.sub(r"(基本)?(信息|情况)$", "", over)
        result.append((about + under, under) if under else (own,))
    return result


def _sheet(grid: Grid, last: int, titles: Sequence[tuple[str, ...]], places: Mapping[str, int]) -> Sheet:
    def rows() -> Iterator[tuple[int, list[str]]]:
        return (row for row in grid.rows() if row[0] > last)

    names = tuple(names[-1] for names in titles)
    taken = set(places.values())
    ignored = tuple(name for place, name in enumerate(names) if name and place not in taken)
    return Sheet(grid.name, names, places, ignored, rows)


def _places(
    titles: Sequence[tuple[str, ...]], columns: Sequence[ImportColumn], mapping: Mapping[str, str]
) -> dict[str, int]:
    """Where each column stands; of two with the same meaning the one whose name is listed first."""
    where: dict[str, int] = {}
    for rank in range(2):
        for here, names in enumerate(titles):
            if rank < len(names) and names[rank]:
                where.setdefault(_folded(names[rank]), here)
    result: dict[str, int] = {}
    for column in columns:
        chosen = mapping.get(column.code)
        names_of = (chosen,) if chosen else (column.code, *column.names)
        place = next((where[_folded(name)] for name in names_of if _folded(name) in where), None)
        if place is not None and place not in result.values():
            result[column.code] = place
    return result


def _refuse_missing(sheet: Sheet, columns: Sequence[ImportColumn]) -> None:
    missing = [column for column in columns if column.required and column.code not in sheet.places]
    if not missing:
        return
    zh = "缺少列：" + "、".join(column.names[0] for column in missing) + "。"
    en = "Missing columns: " + ", ".join(column.english for column in missing) + "."
    strange = sheet.ignored[:30]
    if strange:
        zh += "不认识的列：" + "、".join(f"“{title}”{_guess(title, missing).zh}" for title in strange) + "。"
        en += (
            " Unknown columns: "
            + ", ".join(f"“{title}”{_guess(title, missing).en}" for title in strange)
            + "."
        )
    raise UnreadableSheet(zh, en)


def _guess(title: str, missing: Sequence[ImportColumn]) -> LocalizedText:
    names = {_folded(name): column for column in missing for name in column.names}
    near = get_close_matches(_folded(title), names, n=1, cutoff=0.5)
    if not near:
        return LocalizedText("", "")
    meant = names[near[0]]
    return LocalizedText(f"（是不是“{meant.names[0]}”？）", f" (did you mean {meant.english}?)")


@lru_cache(4096)
def _folded(name: str) -> str:
    """A heading without case, spaces, stars and remarks in brackets."""
    return re.sub(r"\(.*?\)|[\s_*:.\-]", "", unicodedata.normalize("NFKC", name)).casefold()


# -- cells --------------------------------------------------------------------------------------

_MARKS: Final = re.compile(r"[\s\u200b'\"]")


def plain(cell: str) -> str:
    """A cell without the marks that spreadsheets put around values to keep them text."""
    if cell.isalnum():
        return cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
    text = cell if cell.isascii() else unicodedata.normalize("NFKC", cell)
    if not _MARKS.search(text):
        return text
    text = text.replace("\u200b", "").strip()
    quoted = re.fullmatch(r'="(.*)"', text)
    text = quoted.group(1) if quoted else text.removeprefix("'")
    return re.sub(r"\s+", " ", text).strip()
