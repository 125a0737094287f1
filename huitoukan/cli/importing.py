"""`huitoukan import`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import typer
from sqlalchemy.orm import Session

from engine.database import Database
from engine.host import SYSTEM
from engine.text import Language
from huitoukan.application import RunningApplication
from huitoukan.cli.console import fail
from huitoukan.cli.opening import opened
from rectification.campaigns.model import get_current_campaign
from rectification.core.jobs import stand_back
from rectification.imports import KINDS, ImportOptions, bring_in
from rectification.imports.report import ImportReport
from rectification.imports.templates import template
from rectification.matters.timezone import acting_now
from rectification.setup.start_campaign import begin_campaign


def bring(data: Path | None, kind: str, file: Path, skip_bad: bool) -> None:
    """Import a file in batches between which others write, or say row by row what is wrong with it."""
    if kind not in KINDS:
        fail(f"“{kind}” cannot be imported; there are: {', '.join(KINDS)}.", 2)
    try:
        content = file.read_bytes()
    except OSError as fault:
        fail(f"{file} cannot be read: {fault.strerror}.", 2)
    application = opened(data)
    report = _brought_in(application, kind, content, file.name, skip_bad)
    with application.database.reading() as session:
        current_campaign = get_current_campaign(session)
    # Also when every row is there already: a run that was ended may have kept households without their visit.
    if current_campaign is not None and (kind == "households" or report.created or report.changed):
        begin_campaign(application.engine, current_campaign.id, _bar("Villages begun"))
    if report.ignored:
        typer.echo(f"Columns that were not read: {', '.join(report.ignored)}.", err=True)
    for problem in (*report.problems, *report.warnings):
        typer.echo(f"{problem.words.en}\n{problem.words.zh}", err=True)
    for line in _outcome(report, written=not report.problems or (skip_bad and _any_good(report))):
        typer.echo(line)
    if report.problems and not skip_bad:
        raise typer.Exit(1)


def _any_good(report: ImportReport) -> bool:
    return bool(report.created or report.changed)


def _outcome(report: ImportReport, *, written: bool) -> Iterator[str]:
    """What was written, or what would be and how."""
    bad, doubtful = report.bad or len(report.problems), report.doubtful
    summary = f"{report.unchanged} as before, {bad} with problems, {doubtful} worth a look."
    if written:
        yield f"{report.created} new, {report.changed} changed, {summary}"
        return
    yield f"Nothing was written: {report.created} would be new, {report.changed} changed, {summary}"
    if _any_good(report):
        yield "Correct the rows above and import the file again, or take the good rows with --skip-bad."
        yield "没有写入任何内容。请更正以上各行后重新导入，或加 --skip-bad 只导入没有问题的行。"
    else:
        yield "No row of this file can go in: correct them and import the file again."
        yield "没有写入任何内容：没有一行可以导入，请更正后重新导入。"


def write_template(kind: str, file: Path, language: str) -> None:
    """Write a workbook to fill in, as the page offers it."""
    chosen = KINDS.get(kind)
    if chosen is None:
        fail(f"There is no template of “{kind}”; there are: {', '.join(KINDS)}.", 2)
    if language not in ("zh", "en"):
        fail("The language is zh or en.", 2)
    spoken: Language = "zh" if language == "zh" else "en"
    data = template([chosen, *(KINDS[code] for code in chosen.along)], spoken)
    try:
        with file.open("xb") as out:
            out.write(data)
    except FileExistsError:
        fail(f"{file} is there already; name another file.", 2)
    except OSError as fault:
        fail(f"{file} cannot be written: {fault.strerror}.", 2)
    typer.echo(f"The template is in {file}.")


def _brought_in(
    application: RunningApplication, kind: str, content: bytes, name: str, skip_bad: bool
) -> ImportReport:
    """As the page's job does it: gone through first without writing, then kept batch by batch."""
    database = application.database
    checked, kept = _bar("Rows checked"), _bar("Rows kept")
    total = 0

    def count(done: int) -> None:
        nonlocal total
        total = done
        checked(done, done)

    with database.reading() as session:
        options = ImportOptions(trial=True, progress=count)
        context = acting_now(session, application.engine, SYSTEM)
        trial = bring_in(context, kind, content, name, options)
    if trial.problems and (not skip_bad or not trial.created + trial.changed):
        return trial
    with database.writing_in_pieces() as session:
        pieces = _Pieces(session, database, lambda rows: kept(rows, total))
        context = acting_now(session, application.engine, SYSTEM)
        report = bring_in(context, kind, content, name, ImportOptions(pieces=pieces))
        session.commit()
    return report


class _Pieces:
    """Each batch is committed by itself; a run that was ended is simply made again: what is there already changes nothing."""

    through = 0
    counts: Mapping[str, int] = {}

    def __init__(self, session: Session, database: Database, tell: Callable[[int], None]) -> None:
        self._session, self._database, self._tell = session, database, tell

    def keep(self, batch: int, rows: int, report: ImportReport) -> None:
        """Commit, then let others write."""
        self._session.commit()
        self._tell(rows)
        stand_back(self._database)


def _bar(name: str) -> Callable[[int, int], None]:
    """A line on standard error that says how far it is."""

    def show(done: int, total: int) -> None:
        length = 30 * done // max(total, 1)
        typer.echo(
            f"\r{name} [{'#' * length}{'.' * (30 - length)}] {done}/{total}", nl=done >= total, err=True
        )

    return show
