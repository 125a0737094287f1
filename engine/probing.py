"""Trying whether the database and the disk take what is written: for whoever watches, and to notice the end of an outage."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy import update

from engine.database import Database
from engine.schema import scheduler_progress

_TRIED: Final = bytes(64 * 1024)
"""As much as a small picture: a disk may be full and still take a few bytes."""


def probe(database: Database, folder: Path) -> None:
    """Commit a change that changes nothing, and write a small file that goes at once. What goes well ends an outage.

    Raises:
        Exception: what the database or the disk said; an outage is noted.
    """
    try:
        with database.writing() as session:
            session.execute(update(scheduler_progress).values(worked_until=scheduler_progress.c.worked_until))
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(_TRIED)
            file.flush()
            os.fsync(file.fileno())
    except Exception as fault:
        database.outage.note(fault)
        raise
    database.outage.end()
