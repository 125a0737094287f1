"""Whose turn it is to write to SQLite: the writers of one machine wake each other.

SQLite's own queue is a row of naps of up to 100 ms, in which a writer can starve beside one that comes again and again.
"""

from __future__ import annotations

import os
from threading import RLock

try:
    import fcntl
except ImportError:  # where there is no flock, the processes of a machine queue as SQLite has it
    fcntl = None  # type: ignore[assignment]


class Turn:
    """Held while writing; the thread that has it may take it again. Whoever dies with it gives it back."""

    def __init__(self, database: str) -> None:
        """``database`` is the file that is written to; the turn is a lock on an empty file beside it."""
        self._path = f"{database}-turn"
        self._here = RLock()
        self._depth = 0
        self._file = -1

    def __enter__(self) -> None:
        self._here.acquire()
        try:
            if self._depth == 0 and fcntl is not None:
                self._file = _locked(self._path)
        except BaseException:
            self._here.release()
            raise
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if self._depth == 0 and fcntl is not None:
            os.close(self._file)
        self._here.release()


def _locked(path: str) -> int:
    """Wait until nobody else has it; whoever closes the file, or dies, gives it back."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except BaseException:
        os.close(file)
        raise
    return file
