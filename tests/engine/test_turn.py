"""Whose turn it is to write to SQLite, across the processes of a machine."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from engine.turn import Turn

HOLDS = """
import sys
from engine.turn import Turn
with Turn(sys.argv[1]):
    print("mine", flush=True)
    sys.stdin.read()
"""


def test_whoever_dies_with_the_turn_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "house.db"
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        with pytest.raises(BlockingIOError):
            _try(path)
        other.kill()
    turn = Turn(str(path))
    with turn, turn, pytest.raises(BlockingIOError):
        _try(path)
    _try(path)


def _try(path: Path) -> None:
    with path.with_name("house.db-turn").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
