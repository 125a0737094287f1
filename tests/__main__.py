"""Runs the whole suite: in parallel, on SQLite and on PostgreSQL where one can be found; ``--fast`` runs what is quick."""

from __future__ import annotations

import os
import sys

import pytest

FAST = "HUITOUKAN_TEST_FAST"
"""Set: one database, no browser, no process that is killed. For daily work."""

if __name__ == "__main__":
    if "--fast" in sys.argv:
        sys.argv.remove("--fast")
        os.environ[FAST] = "1"
    workers = str(min(4, os.cpu_count() or 1))
    sys.exit(
        pytest.main(
            [
                "-n",
                workers,
                "--dist",
                "loadgroup",
                *sys.argv[1:],
            ]
        )
    )
