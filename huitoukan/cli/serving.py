"""`huitoukan serve` and `huitoukan migrate`."""

from __future__ import annotations

import gc
import socket
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Final

import typer
import uvicorn

from huitoukan import schema_versions
from huitoukan.cli import fail
from huitoukan.house import House, build, publish_shipped
from huitoukan.settings import Settings, default_url, from_environment
from web.app import create_app

SWITCH: Final = 0.0005
"""Seconds for which a thread may keep the interpreter while another waits: a page waits for a long night again and again."""


def settings_for(data: Path | None) -> Settings:
    """The environment's settings, with the data directory that the command names."""
    settings = from_environment()
    if data is None:
        return settings
    data = data.resolve()
    url = settings.database_url
    return replace(
        settings, data_dir=data, database_url=default_url(data) if url.startswith("sqlite") else url
    )


def migrate(data: Path | None) -> None:
    """Bring the schema up to date and say what was done."""
    settings = settings_for(data)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before, after = schema_versions.migrate(settings.database_url)
    typer.echo(
        f"The database is at version {after}."
        if before == after
        else f"The database went from version {before or 'nothing'} to {after}."
    )


def serve(data: Path | None, host: str, port: int) -> None:
    """Serve until stopped. An embedded database is migrated; a shared one must have been."""
    settings = settings_for(data)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    if settings.database_url.startswith("sqlite"):
        schema_versions.migrate(settings.database_url)
    elif not schema_versions.is_current(settings.database_url):
        fail("The database is not at this version's schema: run `huitoukan migrate` first.")
    house = build(settings)
    publish_shipped(house)
    sock = bound(host, port)
    typer.echo(f"Huitoukan listens on http://{_in_url(host)}:{sock.getsockname()[1]}")
    sys.stdout.flush()
    listen(house, sock)


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens from now on, so that whoever is told the address can come at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen()
    except OSError as fault:
        fail(f"Cannot listen on {host}:{port}: {fault.strerror}.")
    return sock


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class _Server(uvicorn.Server):
    """Lets open pages go as soon as it is asked to stop, instead of waiting for them."""

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self._house = house

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._house.bell.stop()
        super().handle_exit(sig, frame)


def run_evenly() -> None:
    """Let nobody wait for a thread that is busy, nor for the collector to go through what stays for ever."""
    sys.setswitchinterval(SWITCH)
    gc.collect()
    gc.freeze()


def listen(house: House, sock: socket.socket) -> None:
    """Run the ticker and the web server until the process is asked to stop."""
    config = uvicorn.Config(
        create_app(house), log_level="warning", server_header=False, timeout_graceful_shutdown=5
    )
    run_evenly()
    house.ticker.start()
    house.clerk.start()
    house.postman.start()
    house.bell.start()
    house.ringer.start()
    try:
        _Server(config, house).run(sockets=[sock])
    finally:
        house.bell.stop()
        house.ringer.stop()
        house.postman.stop()
        house.rounds.close()
        house.pictures.shutdown()
        house.clerk.stop()
        house.ticker.stop()
        house.database.close()
