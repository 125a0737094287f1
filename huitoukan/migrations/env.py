"""How Alembic reaches the database: through the same door as everything else."""

from __future__ import annotations

from alembic import context

import huitoukan.schema  # noqa: F401  (every room's tables are known)
from engine.database import Database, metadata

database = Database(context.config.attributes["url"])
with database.engine.connect() as connection:
    if database.is_sqlite:  # SQLite changes a table by building it anew, while others refer to it
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=True
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
database.close()
