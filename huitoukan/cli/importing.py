"""`huitoukan import`."""

from __future__ import annotations

from pathlib import Path

import typer

from engine.world import SYSTEM
from huitoukan.cli import fail
from huitoukan.cli.people import opened
from register.campaigns import current_campaign
from register.imports import KINDS, bring_in
from register.opening import begin_campaign


def bring(data: Path | None, kind: str, file: Path, skip_bad: bool) -> None:
    """Import a file, or say row by row what is wrong with it."""
    if kind not in KINDS:
        fail(f"“{kind}” cannot be imported; there are: {', '.join(KINDS)}.", 2)
    try:
        content = file.read_bytes()
    except OSError as fault:
        fail(f"{file} cannot be read: {fault.strerror}.", 2)
    house = opened(data)
    with house.database.writing() as session:
        one = current_campaign(session)
        report = bring_in(
            session,
            kind,
            content,
            file.name,
            house.clock.now(),
            SYSTEM,
            engine=house.engine,
            skip_bad=skip_bad,
        )
    if one is not None:
        begin_campaign(house.engine, one.id)
    if report.ignored:
        typer.echo(f"Columns that were not read: {', '.join(report.ignored)}.", err=True)
    for problem in (*report.problems, *report.warnings):
        typer.echo(f"{problem.words.en}\n{problem.words.zh}", err=True)
    typer.echo(
        f"{report.created} new, {report.changed} changed, {report.unchanged} as before, {report.bad or len(report.problems)} with problems, {report.doubtful} worth a look."
    )
    if report.problems and not skip_bad:
        raise typer.Exit(1)
