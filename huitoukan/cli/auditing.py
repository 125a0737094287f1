"""`huitoukan audit verify`."""

from __future__ import annotations

from pathlib import Path

import typer

from engine.database import Database
from engine.seals import verify as verify_seals
from huitoukan.cli import fail
from huitoukan.cli.opening import settings_for


def verify(data: Path | None, anchor: Path | None) -> None:
    """Verify the history of a database against its seals and their copy outside."""
    settings = settings_for(data)
    if (
        settings.database_url.startswith("sqlite")
        and not Path(settings.database_url.removeprefix("sqlite:///")).exists()
    ):
        fail(f"There is no database in {settings.data_dir}.")
    database = Database(settings.database_url)
    with database.reading() as session:
        verdict = verify_seals(session, anchor or settings.anchor)
    database.close()
    if verdict.fault is not None:
        fail(f"{verdict.fault.en}\n{verdict.fault.zh}")
    typer.echo(f"The history is whole: {verdict.rows} sealed rows, head {verdict.head}.")
