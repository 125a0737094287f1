"""`huitoukan serve` in a process of its own, whose log lines are read afterwards."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from huitoukan.cli import app as huitoukan
from tests.forked import READY


class LoggedServer:
    """A server that an operator starts and stops."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self._log = folder / "log"
        self._settings = {"HUITOUKAN_DATA_DIR": str(folder / "data")}
        if url is not None:
            self._settings["HUITOUKAN_DATABASE_URL"] = url
        ours, its = READY.Pipe(duplex=False)
        self._process = READY.Process(target=_serve, args=(self._settings, self._log, its), daemon=True)
        self._process.start()
        its.close()
        with open(ours.fileno(), closefd=False) as printed:
            self.address = printed.readline().split()[-1]
        ours.close()

    def stop(self) -> int | None:
        """As systemd does; returns the exit code."""
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.join(60)
        return self._process.exitcode

    @property
    def lines(self) -> list[str]:
        """What it logged."""
        return self._log.read_text().splitlines()


def _serve(settings: dict[str, str], log: Path, printed: Connection) -> None:
    os.environ.update(settings)
    os.dup2(printed.fileno(), 1)
    os.dup2(os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), 2)
    sys.stderr = os.fdopen(2, "w", closefd=False)
    huitoukan(["serve", "--port", "0"])
