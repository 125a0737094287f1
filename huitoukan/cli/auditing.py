"""`huitoukan audit verify`."""

from __future__ import annotations

from pathlib import Path

import typer

from engine.database import Database
from engine.text import plural
from huitoukan.auditing import verify as verify_installation
from huitoukan.cli.console import fail
from huitoukan.cli.opening import refuse_nothing, settings_for


def verify(data: Path | None, anchor: Path | None) -> None:
    """Verify the history of an installation, its copy outside, and what people work with against it."""
    settings = settings_for(data)
    refuse_nothing(settings)
    database = Database(settings.database_url)
    try:
        verdict = verify_installation(database, settings.data_dir, anchor or settings.anchor)
    finally:
        database.close()
    if verdict.faults:
        fail("\n".join(f"{fault.en}\n{fault.zh}" for fault in verdict.faults))
    typer.echo(f"The history is whole: {verdict.rows} sealed rows, head {verdict.head}.")
    typer.echo("Evidence, tickets, lists and results are what it says of them.")
    if verdict.unsealed:
        typer.echo(f"Not proven yet: {plural(verdict.unsealed, 'row', 'rows')} since the last seal.")
