"""Filling in a process of its own, with bounds on memory and time: for templates that an office drew, and long lists.

Run as a program it reads what to fill from standard input and writes the document, or why there is none, to
standard output. It imports nothing but filling: it must start at once.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from threading import BoundedSemaphore
from typing import Final

from rectification.papers.fields import Facts, PaperField
from rectification.papers.filling import fill
from rectification.papers.marks import BrokenTemplate

MOST_BYTES: Final = 1024**3
"""Memory of one paper: a list of some 4,000 rows."""
MOST_SECONDS: Final = 60
"""Processor time of one paper."""
_LONGEST_WAIT: Final = 4 * MOST_SECONDS
_BROKEN: Final = 3
_KEPT: Final = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "TMPDIR", "TEMP")
"""Of the environment; what the product is set up with is not for this process."""
_AT_ONCE: Final = BoundedSemaphore(2)


def fill_apart(
    template: bytes, fields: Sequence[PaperField], facts: Facts, footer: str = "", seconds: int = MOST_SECONDS
) -> bytes:
    """The paper, filled in a process of its own.

    Raises:
        BrokenTemplate: it cannot be filled, or not within the bounds; whatever the reason, in words.
    """
    request = pickle.dumps((template, list(fields), facts, footer, MOST_BYTES, seconds))
    command = [sys.executable, "-c", f"from {__name__} import main; main()"]
    path = os.pathsep.join(path for path in sys.path if path)
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with _AT_ONCE:
        try:
            done = subprocess.run(
                command,
                input=request,
                capture_output=True,
                timeout=_LONGEST_WAIT,
                check=False,
                env={**kept, "PYTHONPATH": path},
            )
        except subprocess.TimeoutExpired:
            raise _too_large() from None
    if done.returncode == _BROKEN:
        raise BrokenTemplate(*pickle.loads(done.stdout))
    if done.returncode:
        raise _too_large()
    return done.stdout


def main() -> None:
    """Fill what stands on standard input."""
    template, fields, facts, footer, memory, seconds = pickle.load(sys.stdin.buffer)
    _bind(memory, seconds)
    try:
        answer, code = fill(template, fields, facts, footer), 0
    except BrokenTemplate as fault:
        answer, code = pickle.dumps((fault.words.zh, fault.words.en)), _BROKEN
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(code)


def _bind(memory: int, seconds: int) -> None:
    """Where the system can, a bound on memory and time."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _too_large() -> BrokenTemplate:
    return BrokenTemplate(
        "这份文书填写起来过大或过慢，已停止。请简化模板，名单请按乡镇或村分别打印。",
        "Filling this paper takes too much memory or time and was stopped. Simplify the template; print lists by town or village.",
    )
