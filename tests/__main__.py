"""Runs the whole suite: in parallel, on SQLite and on PostgreSQL where one can be found."""

from __future__ import annotations

import os
import sys

import pytest

if __name__ == "__main__":
    workers = str(min(4, os.cpu_count() or 1))
    sys.exit(
        pytest.main(
            [
                "-n",
                workers,
                "--dist",
                "loadgroup",
                "-rs",
                *sys.argv[1:],
            ]
        )
    )
