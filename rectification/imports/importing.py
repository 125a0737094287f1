"""Importing a file: all of its rows or none, bad ones left out if asked, and the same file twice changes nothing.

Rows go through in batches, so that a large file needs no more memory than a small one. A trial run writes
nothing; a real one writes as it goes and takes everything back when a row turns out bad. A long file is tried
first and then kept batch by batch (:class:`Pieces`): nobody who writes meanwhile waits for the whole of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Protocol

from engine.text import LocalizedText, plural
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.imports.cells import WrongCell
from rectification.imports.kinds import ELSEWHERE, ImportKind, Lookup, Rows, Scene, Take, Values
from rectification.imports.report import ImportProblem, ImportReport, problem_at
from rectification.imports.sheets import Sheet, SheetRow, find_sheet, fits
from rectification.imports.workbooks import Grid, UnreadableSheet, opened

AT_ONCE: Final = 1_000
_MOST_KNOWN: Final = 2_000
"""Texts whose meaning is remembered for each column: most columns say the same few things again and again."""
_EMPTY: Final = LocalizedText("不能为空。", "must not be empty.")

Progress = Callable[[int], None]
"""Is told now and then how many rows have gone through."""


class Pieces(Protocol):
    """Keeps each batch by itself. Begun again after a death it goes on behind the last one that was kept."""

    @property
    def through(self) -> int:
        """How many batches an earlier run has kept; they are read again, neither written nor counted."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """What came of those: ``created``, ``changed``, ``unchanged``."""
        ...

    def keep(self, batch: int, rows: int, report: ImportReport) -> None:
        """Commit a batch, and with it how far the import is."""
        ...


def _silent(done: int) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is brought in: into which campaign (None: that begun last), by which columns, about which areas."""

    campaign_id: int | None = None
    mapping: Mapping[str, str] | None = None
    within: tuple[str, ...] | None = None
    trial: bool = False
    skip_bad: bool = False
    progress: Progress = _silent
    pieces: Pieces | None = None
    """Where each batch is committed by itself; bad rows are then always skipped."""


def import_file(
    scene: Scene,
    kind: ImportKind,
    data: bytes,
    file_name: str,
    options: ImportOptions,
    along: Sequence[ImportKind] = (),
) -> ImportReport:
    """Bring in a file in the caller's transaction; nothing raises, what is wrong stands in the report.

    With problems nothing is written unless bad rows are to be skipped. ``along`` are the kinds whose sheets
    in the same workbook go in after this one's. With pieces the session is committed on the way.
    """
    report = ImportReport()
    if options.pieces is not None:
        for name, number in options.pieces.counts.items():
            setattr(report, name, number)
        scene.session.commit()  # a workbook takes seconds to unpack; meanwhile others write
    try:
        with opened(data) as grids:
            sheets = [(kind, find_sheet(grids, kind.columns, options.mapping)), *_others(grids, along)]
            _import(scene, sheets, report, options)
    except UnreadableSheet as fault:
        words = LocalizedText(f"{file_name}：{fault.words.zh}", f"{file_name}: {fault.words.en}")
        return ImportReport([ImportProblem(0, "", words)])
    report.problems.sort(key=lambda problem: (problem.sheet, problem.row))
    if not options.trial and (report.created or report.changed):
        digest = hashlib.sha256(data).hexdigest()
        counts = {"created": report.created, "changed": report.changed, "skipped": report.bad}
        facts = {"kind": kind.code, "file": file_name, "sha256": digest, **counts}
        about = "installation" if scene.of_campaign is None else campaign_key(scene.of_campaign.id)
        record_event(scene.context, "imported", about, **facts)
    return report


def _others(grids: Sequence[Grid], along: Sequence[ImportKind]) -> Iterator[tuple[ImportKind, Sheet]]:
    """Further sheets of a workbook; a CSV file is one sheet, cut in several ways."""
    if len(grids) > 1 and all(grid.name for grid in grids):
        for kind in along:
            sheet = fits(grids, kind.columns)
            if sheet is not None:
                yield kind, sheet


def _import(
    scene: Scene, sheets: Sequence[tuple[ImportKind, Sheet]], report: ImportReport, options: ImportOptions
) -> None:
    pieces = options.pieces
    held = None if options.trial or pieces is not None else scene.session.begin_nested()
    done = number = 0
    for kind, sheet in sheets:
        rows = kind.begin(scene)
        way = _Way(kind, sheet, sheet.name if len(sheets) > 1 else "", rows.lookups, report)
        report.ignored = (*report.ignored, *sheet.ignored)
        lines = sheet.lines()
        while batch := list(islice(lines, None if kind.at_once else AT_ONCE)):
            takes = [take for line in batch if (take := way.read(line)) is not None]
            rows.match(takes, way)
            _keep_within(scene, rows, takes, way)
            good = [take for take in takes if not take.refused]
            number, done = number + 1, done + len(batch)
            if pieces is not None and number <= pieces.through:
                continue
            _count(report, good)
            if held is not None and report.problems and not options.skip_bad:
                held.rollback()
                held = None
            if held is not None or pieces is not None:
                rows.write([take for take in good if take.known is None or take.changes])
            if pieces is not None:
                pieces.keep(number, done, report)
            options.progress(done)
    if held is not None:
        held.commit()
    elif not options.trial and pieces is None:
        report.created = report.changed = report.unchanged = 0


def _keep_within(scene: Scene, rows: Rows, takes: Sequence[Take], way: _Way) -> None:
    """Whoever imports writes about their own areas alone, whatever the kind of sheet."""
    for take in takes if scene.within is not None else ():
        place = None if take.refused else rows.place_of(take)
        if place is not None:
            column, path = place
            if not scene.covers(path):
                way.refuse(take, column, ELSEWHERE)


def _count(report: ImportReport, good: Sequence[Take]) -> None:
    for take in good:
        if take.known is None:
            report.created += 1
        elif take.after:
            report.changed += 1
        else:
            report.unchanged += 1


class _Way:
    """Reads the rows of one sheet and notes what is wrong with them."""

    def __init__(
        self, kind: ImportKind, sheet: Sheet, name: str, lookups: Mapping[str, Lookup], report: ImportReport
    ) -> None:
        self.kind, self.name, self.report = kind, name, report
        self._doubted = 0
        self._columns: list[tuple[str, bool, Callable[[str], Any], Lookup | None, dict[str, object]]] = [
            (column.code, column.required, column.read, lookups.get(column.code), {})
            for column in kind.columns
            if column.required or column.code in sheet.places
        ]

    def read(self, line: SheetRow) -> Take | None:
        """The values of a row; None when something is wrong with them."""
        values: Values = {}
        good, cells = True, line.cells
        if line.beyond:
            words = LocalizedText(
                f"多出 {line.beyond} 个单元格，可能有未加引号的分隔符。",
                f"{plural(line.beyond, 'cell', 'cells')} too many; a separator may stand in a cell without quotes.",
            )
            good = self._refuse(line.number, "", words, "")
        for code, required, read, lookup, known in self._columns:
            text = cells.get(code)
            if not text:
                if required:
                    good = self._refuse(line.number, code, _EMPTY, "")
                continue
            try:
                if lookup is not None:
                    values[code] = lookup(text, line, values)
                elif text in known:
                    values[code] = known[text]
                else:
                    values[code] = value = read(text)
                    if len(known) < _MOST_KNOWN:
                        known[text] = value
            except WrongCell as wrong:
                good = self._refuse(line.number, code, wrong.words, text)
        if not good:
            self.report.bad += 1
            return None
        return Take(line.number, values)

    def refuse(self, take: Take, code: str, words: LocalizedText) -> None:
        if not take.refused:
            self.report.bad += 1
        take.refused = True
        self._refuse(take.row, code, words, _shown(take.values.get(code)))

    def doubt(self, take: Take, code: str, words: LocalizedText) -> None:
        if self._doubted != take.row:
            self.report.doubtful += 1
        self._doubted = take.row
        column = self.kind.column(code)
        self.report.doubt(problem_at(take.row, column, words, self.name, _shown(take.values.get(code))))

    def _refuse(self, row: int, code: str, words: LocalizedText, value: str) -> bool:
        column = self.kind.column(code) if code else None
        self.report.refuse(problem_at(row, column, words, self.name, value))
        return False


def _shown(value: object) -> str:
    return "" if value is None else str(getattr(value, "name", value))
