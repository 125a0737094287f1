"""Books: the sheets in a file that an office sent, whatever program saved it, as rows of text.

CSV is read here. A workbook is read in a process of its own: a few kilobytes with a cell in the last row
of the last column make the reader ask for half a terabyte and abort, and that must not take the installation along.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import orjson

from engine.text import LocalizedText
from rectification.imports import workbook_reader

LARGEST: Final = 50 * 1024 * 1024
LARGEST_UNPACKED: Final = 1024 * 1024 * 1024
MOST_ENTRIES: Final = 2_000
MOST_RATIO: Final = 200
"""A sheet of numbers packs to a twentieth, never to a two-hundredth."""
SMALL: Final = 4 * 1024 * 1024
"""What is no larger than this once unpacked harms nobody, however well it packed."""
LONGEST_SECONDS: Final = 180
_PIECE: Final = 65_536
_SEPARATORS: Final = (",", ";", "\t")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_OTHER_FILES: Final = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"%PDF",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
)
"""How pictures, PDF files and archives begin, whatever their name says."""
_SAVE_AS: Final = LocalizedText(
    "请在表格软件里另存为 .xlsx 或 CSV 后再导入。",
    "Please save it as .xlsx or CSV in the spreadsheet program.",
)
_BOMB: Final = LocalizedText(
    f"文件解压后异常庞大，已拒绝读取。{_SAVE_AS.zh}",
    f"The file unpacks to something far too large and was not read. {_SAVE_AS.en}",
)

NumberedRow = tuple[int, list[str]]
"""A row and its number as the spreadsheet counts."""


class UnreadableSheet(ValueError):
    """The file as a whole cannot be taken; ``words`` says why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = LocalizedText(zh, en)


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its name (none in a CSV file) and a way to go through its rows, as often as wanted."""

    name: str
    rows: Callable[[], Iterator[NumberedRow]]


@contextmanager
def opened(data: bytes) -> Iterator[Sequence[Grid]]:
    """The sheets of a file; a CSV file is one sheet for each way in which it could be cut.

    Raises:
        UnreadableSheet: it is too large, damaged, locked, or neither workbook nor CSV.
    """
    if not data.strip():
        raise UnreadableSheet("文件是空的。", "The file is empty.")
    if len(data) > LARGEST:
        size, most = len(data) / 1048576, LARGEST // 1048576
        raise UnreadableSheet(
            f"文件有 {size:.0f} MB，最多 {most} MB，请分开导入。",
            f"The file has {size:.0f} MB, more than {most} MB. Please split it.",
        )
    if data.startswith(_OTHER_FILES):
        raise UnreadableSheet(
            f"文件不是表格（是图片、PDF 或压缩包）。{_SAVE_AS.zh}",
            f"The file is no spreadsheet but a picture, a PDF or an archive. {_SAVE_AS.en}",
        )
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        if data.startswith(b"PK"):
            _refuse_bomb(data)
        with tempfile.TemporaryDirectory(prefix="huitoukan-sheets-") as folder:
            yield _unpacked(data, Path(folder))
    else:
        encoding = _encoding(data)
        yield [Grid("", _cutter(data, encoding, separator)) for separator in _SEPARATORS]


# -- workbooks ----------------------------------------------------------------------------------


def _refuse_bomb(data: bytes) -> None:
    """Look at what the archive says of itself before anything is unpacked."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as fault:
        raise _damaged() from fault
    unpacked = sum(member.file_size for member in entries)
    packed = [member for member in entries if member.file_size > SMALL]
    if (
        len(entries) > MOST_ENTRIES
        or unpacked > LARGEST_UNPACKED
        or any(member.file_size > MOST_RATIO * max(member.compress_size, 1) for member in packed)
    ):
        raise UnreadableSheet(_BOMB.zh, _BOMB.en)


def _unpacked(data: bytes, folder: Path) -> list[Grid]:
    book = folder / "book"
    book.write_bytes(data)
    command = [sys.executable, "-I", workbook_reader.__file__, str(book), str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LONGEST_SECONDS, check=False)
    except subprocess.TimeoutExpired as fault:
        raise UnreadableSheet(_BOMB.zh, _BOMB.en) from fault
    if done.returncode == workbook_reader.LOCKED:
        raise UnreadableSheet(
            "工作簿设有密码，请取消密码后再导入。",
            "The workbook has a password; remove it and try again.",
        )
    if done.returncode == workbook_reader.DAMAGED:
        raise _damaged()
    if done.returncode:
        raise UnreadableSheet(_BOMB.zh, _BOMB.en)
    names: list[str] = orjson.loads((folder / "names.json").read_bytes())
    return [Grid(name, _spooled(folder / f"{place}.jsonl")) for place, name in enumerate(names)]


def _spooled(path: Path) -> Callable[[], Iterator[NumberedRow]]:
    def rows() -> Iterator[NumberedRow]:
        with path.open("rb") as lines:
            for line in lines:
                number, cells = orjson.loads(line)
                yield number, cells

    return rows


def _damaged() -> UnreadableSheet:
    return UnreadableSheet(
        f"工作簿已损坏，或不是 Excel 工作簿。{_SAVE_AS.zh}",
        f"The workbook is damaged, or no Excel workbook. {_SAVE_AS.en}",
    )


# -- CSV ----------------------------------------------------------------------------------------


def _encoding(data: bytes) -> str:
    named = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    for encoding in (named,) if named else ("utf-8", "gb18030"):
        try:
            if not any("\0" in piece for piece in iter(partial(_lines(data, encoding).read, _PIECE), "")):
                return encoding
        except UnicodeDecodeError:
            continue
    raise UnreadableSheet(
        f"文件不是 Excel 工作簿，也不是 UTF-8 或 GBK 编码的文本。{_SAVE_AS.zh}",
        f"The file is neither an Excel workbook nor text in UTF-8 or GBK. {_SAVE_AS.en}",
    )


def _lines(data: bytes, encoding: str) -> io.TextIOWrapper:
    """The text, decoded as it is read: whole it would take six times the room of the file."""
    return io.TextIOWrapper(io.BytesIO(data), encoding, newline="")


def _keeping(lines: Iterable[str], kept: list[str]) -> Iterator[str]:
    """The lines as they are; those of the row that is being read are kept."""
    for line in lines:
        kept.append(line)
        yield line


def _is_open(lines: Sequence[str], separator: str) -> bool:
    """Whether the lines of a row end within quotes: then whatever comes next would belong to it too."""
    if sum(line.count('"') for line in lines) % 2 == 0:
        return False
    whole = [*lines[:-1], lines[-1].rstrip("\r\n") + "\n"]
    return len(list(csv.reader([*whole, "next\n"], delimiter=separator))) == 1


def _unclosed(line: int) -> UnreadableSheet:
    return UnreadableSheet(
        f"从第 {line} 行开始的一个单元格少了右引号，其后的内容无法分列。",
        f"A cell that begins in line {line} has a quote that never closes, so what follows cannot be cut into columns.",
    )


def _cutter(data: bytes, encoding: str, separator: str) -> Callable[[], Iterator[NumberedRow]]:
    def rows() -> Iterator[NumberedRow]:
        kept: list[str] = []
        reader = csv.reader(_keeping(_lines(data, encoding), kept), delimiter=separator)
        begins = 1
        try:
            for number, row in enumerate(reader, start=1):
                if _is_open(kept, separator):
                    raise _unclosed(begins)
                kept.clear()
                begins = reader.line_num + 1
                yield number, row
        except csv.Error as fault:
            raise UnreadableSheet(
                f"第 {reader.line_num} 行有一个单元格过长，可能少了一个引号。",
                f"Row {reader.line_num} has a cell beyond every length; a quote may be missing.",
            ) from fault

    return rows
