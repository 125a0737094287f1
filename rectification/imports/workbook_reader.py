"""Turns one workbook into rows of text, in a process with bounds of its own.

Run as a program with the workbook and a folder; writes ``names.json`` and, for each sheet, a file of JSON
lines ``[row number, [cells]]``. It imports nothing of the installation: it must start at once.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import orjson
import python_calamine

DAMAGED, LOCKED = 3, 4
MOST_BYTES = 512 * 1024**2
"""Memory: a sheet of 200,000 rows and 20 columns of text takes 400 MB."""
MOST_SECONDS = 150
MOST_SHEETS = 50


def main(book: Path, folder: Path) -> int:
    """Read every sheet; the exit code says what stood in the way."""
    _bind()
    try:
        with book.open("rb") as file:
            workbook = python_calamine.CalamineWorkbook.from_filelike(file)
            names = workbook.sheet_names[:MOST_SHEETS]
            for place, name in enumerate(names):
                _spool(workbook.get_sheet_by_name(name), folder / f"{place}.jsonl")
    except python_calamine.PasswordError:
        return LOCKED
    except (python_calamine.CalamineError, OSError, ValueError, UnicodeError):
        return DAMAGED
    (folder / "names.json").write_bytes(orjson.dumps(names))
    return 0


def _bind() -> None:
    """Where the system can, a bound on memory and time."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _spool(sheet: python_calamine.CalamineSheet, path: Path) -> None:
    with path.open("wb") as out:
        if sheet.start is None:
            return
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells = [cell if type(cell) is str else _text(cell) for cell in row]
            if any(cells):
                out.write(orjson.dumps([number, cells], option=orjson.OPT_APPEND_NEWLINE))


def _text(cell: object) -> str:
    """A value as a person would have typed it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if cell.is_integer():
            return str(int(cell)) if abs(cell) < 1e15 else f"{cell:.5E}"
        return repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
