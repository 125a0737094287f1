"""What came of an import: counts, what is wrong in which row, and what is worth a second look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from engine.text import LocalizedText
from rectification.imports.sheets import ImportColumn

MOST_KEPT: Final = 20_000
"""Problems beyond these are counted, not kept: nobody reads them, and they must not fill the memory."""


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """One thing that is wrong or doubtful: where in the file, what stood there, and why.

    ``words`` is a sentence that says it all; ``reason`` leaves out the place.
    """

    row: int
    column: str
    words: LocalizedText
    reason: LocalizedText = field(default_factory=lambda: LocalizedText("", ""))
    sheet: str = ""
    value: str = ""
    column_en: str = ""


@dataclass(slots=True)
class ImportReport:
    """What came of an import; with problems nothing was written unless bad rows were to be skipped."""

    problems: list[ImportProblem] = field(default_factory=list)
    warnings: list[ImportProblem] = field(default_factory=list)
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: int = 0
    """Rows that cannot go in."""
    doubtful: int = 0
    """Rows that can go in and are worth a look."""
    ignored: tuple[str, ...] = ()
    """Headings of columns that were not read."""
    beyond: int = 0
    """Problems and warnings that were counted and not kept."""

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return self.created + self.changed + self.unchanged + self.bad

    def refuse(self, problem: ImportProblem) -> None:
        """Note what is wrong."""
        self._keep(self.problems, problem)

    def doubt(self, problem: ImportProblem) -> None:
        """Note what is doubtful."""
        self._keep(self.warnings, problem)

    def _keep(self, where: list[ImportProblem], problem: ImportProblem) -> None:
        if len(where) < MOST_KEPT:
            where.append(problem)
        else:
            self.beyond += 1


def problem_at(
    row: int, column: ImportColumn | None, words: LocalizedText, sheet: str = "", value: str = ""
) -> ImportProblem:
    """A problem whose sentence begins with where it is."""
    zh = f"第 {row} 行" + (f"“{column.names[0]}”" if column else "")
    en = f"Row {row}" + (f", {column.english}" if column else "")
    if sheet:
        zh, en = f"“{sheet}”{zh}", f"“{sheet}” {en[0].lower()}{en[1:]}"
    message = LocalizedText(f"{zh}：{words.zh}", f"{en}: {words.en}")
    name, name_en = (column.names[0], column.english) if column else ("", "")
    return ImportProblem(row, name, message, words, sheet, value[:200], name_en)


def whole_file(zh: str, en: str) -> ImportReport:
    """A report on a file that could not be taken at all."""
    return ImportReport([ImportProblem(0, "", LocalizedText(zh, en))], bad=0)
