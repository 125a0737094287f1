"""Processes that split off from one that has read the installation's code: reading it anew takes longer than most of what they do."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.clock import SystemClock

READY: Final = multiprocessing.get_context("forkserver")
READY.set_forkserver_preload(
    [
        "huitoukan.cli.serving",
        "huitoukan.cli.demonstration",
        "huitoukan.cli.rehearsing",
        "tests.rectification.campaign",
    ]
)
"""Said here for all: where several say what is to be read, only the last is heard."""


@dataclass(frozen=True)
class Done:
    """What a command said, and the code that it ended with."""

    returncode: int | None
    stdout: str
    stderr: str


def run(
    folder: Path,
    *given: str,
    words: str | bytes = "",
    settings: Mapping[str, str] | None = None,
    at: dt.datetime | None = None,
) -> Done:
    """Run the command `huitoukan`, which reads ``words`` and these variables, as an operator does.

    With ``at`` the machine's clock stands still at that instant.
    """
    into, out, err = (folder / f"standard-{name}" for name in ("in", "out", "err"))
    into.write_bytes(words if isinstance(words, bytes) else words.encode())
    process = READY.Process(target=_command, args=(given, into, out, err, dict(settings or {}), at))
    process.start()
    process.join(120)
    process.kill()
    return Done(process.exitcode, out.read_text(), err.read_text())


def _command(
    given: tuple[str, ...],
    into: Path,
    out: Path,
    err: Path,
    settings: Mapping[str, str],
    at: dt.datetime | None,
) -> None:
    os.environ.update(settings)
    if at is not None:
        SystemClock.now = lambda _self: at  # type: ignore[method-assign,assignment]
    for number, path, flags in ((0, into, os.O_RDONLY), (1, out, _NEW), (2, err, _NEW)):
        os.dup2(os.open(path, flags, 0o600), number)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.argv = ["huitoukan", *given]
    from huitoukan.cli import main

    main()


_NEW: Final = os.O_CREAT | os.O_TRUNC | os.O_WRONLY
