"""Where to measure: SQLite, or the PostgreSQL server that ``HUITOUKAN_BENCH_POSTGRES`` names.

The address is one that may create databases (``postgresql+psycopg://postgres@/postgres?host=…``).
"""

from __future__ import annotations

import os
from pathlib import Path

from engine.database import Database
from tests.postgres import fresh_database


def fresh(folder: Path, name: str) -> Database:
    """An empty database with every table."""
    server = os.environ.get("HUITOUKAN_BENCH_POSTGRES")
    url = fresh_database(server, f"bench_{name}") if server else f"sqlite:///{folder / name}.db"
    database = Database(url)
    database.create_all()
    return database
