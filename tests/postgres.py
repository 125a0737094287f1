"""A PostgreSQL server for the tests: found, or started from the installed binaries, one per run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg
from filelock import FileLock

HOW_TO_GET = (
    "PostgreSQL was not found; install it (Debian: apt-get install postgresql) or set HUITOUKAN_TEST_POSTGRES"
)


def server_url(shared: Path) -> str | None:
    """The address of a server where databases may be created; None when there is none to be had.

    ``shared`` is a directory that all workers of one run see: the first starts the server.
    """
    given = os.environ.get("HUITOUKAN_TEST_POSTGRES")
    if given:
        return given
    binaries = _binaries()
    if binaries is None:
        return None
    note = shared / "postgres-url"
    with FileLock(shared / "postgres.lock"):
        if not note.exists():
            note.write_text(_start(binaries))
    return note.read_text()


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    if found:
        return found[0].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _start(binaries: Path) -> str:
    """Make and start a throw-away server that listens on a socket in its own directory alone."""
    home = Path(tempfile.mkdtemp(prefix="huitoukan-pg-"))
    if os.geteuid() == 0:
        shutil.chown(home, "postgres", "postgres")
    given = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    _run(home, binaries / "initdb", "-D", home / "data", *given)
    _begin(binaries, home)
    return f"postgresql+psycopg://postgres@/postgres?host={home}"


def _begin(binaries: Path, home: Path) -> None:
    options = f"-k {home} -c listen_addresses= -c max_connections=200 -c fsync=off"
    _run(home, binaries / "pg_ctl", "-D", home / "data", "-o", options, "-w", "-l", home / "log", "start")


class OwnServer:
    """A server of one test alone, which stops it and starts it again."""

    def __init__(self) -> None:
        binaries = _binaries()
        assert binaries is not None, HOW_TO_GET
        self._binaries = binaries
        self.url = _start(binaries)
        self._home = Path(self.url.partition("host=")[2])

    def stop(self) -> None:
        """As an operator stops it, without waiting for clients."""
        _run(self._home, self._binaries / "pg_ctl", "-D", self._home / "data", "-m", "fast", "-w", "stop")

    def start(self) -> None:
        """Start it again."""
        _begin(self._binaries, self._home)

    def remove(self) -> None:
        """Stop it, and take it away."""
        if (self._home / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._home)


def _run(folder: Path, *command: str | Path) -> None:
    """Run one of PostgreSQL's programs; it refuses to be root, so root runs it as the user that owns servers."""
    owner = "postgres" if os.geteuid() == 0 else None
    quiet = subprocess.DEVNULL
    subprocess.run(command, cwd=folder, check=True, stdout=quiet, stderr=quiet, user=owner, group=owner)


def stop(shared: Path) -> None:
    """Stop the server that this run started, by its own control program."""
    note = shared / "postgres-url"
    if not note.exists():
        return
    home = Path(note.read_text().partition("host=")[2])
    binaries = _binaries()
    assert binaries is not None
    _run(Path("/"), binaries / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop")
    shutil.rmtree(home, ignore_errors=True)
    note.unlink()


def fresh_database(server: str, name: str) -> str:
    """Create an empty database (an old one of this name is dropped) and return its address."""
    admin = server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    head, _, tail = server.partition("/postgres?")
    return f"{head}/{name}?{tail}"
