"""`huitoukan serve` and `huitoukan migrate`."""

from __future__ import annotations

import gc
import logging
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Final

import typer
import uvicorn

from engine.outages import LeaveOutOutages
from huitoukan.application import RunningApplication, publish_shipped
from huitoukan.cli.console import fail
from huitoukan.cli.opening import migrate as bring_up_to_date
from huitoukan.cli.opening import opened, settings_for
from web.app import create_app

SWITCH: Final = 0.0005
"""Seconds for which a thread may keep the interpreter while another waits: a page waits for a long night again and again."""


def migrate(data: Path | None) -> None:
    """Bring the schema up to date and say what was done."""
    before, after = bring_up_to_date(settings_for(data))
    typer.echo(
        f"The database is at version {after}."
        if before == after
        else f"The database went from version {before or 'nothing'} to {after}."
    )


def serve(data: Path | None, host: str, port: int) -> None:
    """Serve until stopped. An embedded database is migrated; a shared one must have been."""
    end_in_order()
    application = opened(data, make=True)
    with closing(application.database):
        publish_shipped(application)
        sock = bound(host, port)
        typer.echo(f"Huitoukan listens on http://{_in_url(host)}:{sock.getsockname()[1]}")
        sys.stdout.flush()
        listen(application, sock)


def end_in_order() -> None:
    """Whoever asks the process to end lets it close its database, also while it starts."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens from now on, so that whoever is told the address can come at once.

    It names TCP as its protocol: asyncio sends small answers at once (TCP_NODELAY) only on connections that do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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

    def __init__(self, config: uvicorn.Config, application: RunningApplication) -> None:
        super().__init__(config)
        self._application = application

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._application.bell.stop()
        super().handle_exit(sig, frame)


def run_evenly() -> None:
    """Let nobody wait for a thread that is busy, nor for the collector to go through what stays for ever."""
    sys.setswitchinterval(SWITCH)
    gc.collect()
    gc.freeze()


def log_to_standard_error(application: RunningApplication) -> None:
    """Every line with its time and level; what an outage causes is told once, by the outage."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(LeaveOutOutages(application.database.outage))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(
        logging.ERROR
    )  # that a round took longer than a second is no news


def listen(application: RunningApplication, sock: socket.socket) -> None:
    """Run the ticker and the web server until the process is asked to stop."""
    log_to_standard_error(application)
    config = uvicorn.Config(
        create_app(application),
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config, application)
    for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them once more when it has stopped
        signal.signal(number, server.handle_exit)
    run_evenly()
    workers = (
        application.ticker,
        application.clerk,
        application.postman,
        application.bell,
        application.ringer,
    )
    for worker in workers:
        worker.start()
    try:
        server.run(sockets=[sock])
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        application.bell.stop()
        application.ringer.stop()
        application.postman.stop()
        application.rounds.close()
        application.pictures.shutdown()
        application.clerk.stop()
        application.ticker.stop()
