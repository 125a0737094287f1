"""What a mail server that misbehaves costs those who submit: p99 of a completed task beside it, against a healthy one.

The same process completes tasks, each of which tells somebody something urgent, while a thread carries mail out as the
house's postman does; the mail server is a process of its own, and threads change as in the served house. Each misbehaviour
is measured in turns with a healthy server.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import huitoukan.schema  # noqa: F401  (every room's tables are known)
from benchmarks.completion import NOW, Tickets
from benchmarks.databases import fresh
from engine.text import LocalizedText
from huitoukan.cli.serving import run_evenly
from notifications.channels.mail import MailChannel
from notifications.delivery import DeliveryChannels, deliver_due
from notifications.outbox import NotificationRequest, notify_many
from rectification.people.model import Person
from tests.notifications.mail_server import MODES, MailServer

PEOPLE = 50


class Desk:
    """Submits, and tells somebody at every submission."""

    def __init__(self, folder: Path, name: str, mode: str, timeout: float) -> None:
        self.database = fresh(folder, name.replace(" ", "_"))
        self.tickets = Tickets(self.database)
        self.line, its = multiprocessing.get_context("spawn").Pipe()
        self.server = multiprocessing.get_context("spawn").Process(target=_serve, args=(mode, its))
        self.server.start()
        address = f"smtp://127.0.0.1:{self.line.recv()}"
        self.delivery = DeliveryChannels({"mail": MailChannel(address, "house@example.cn", timeout=timeout)})
        with self.database.writing() as session:
            people = [Person(name=f"p{n}", login=f"p{n}", email=f"p{n}@example.cn") for n in range(PEOPLE)]
            session.add_all(people)
            session.flush()
            self.people = [person.id for person in people]

    def run(self, seconds: float, rate: float) -> list[float]:
        """Latencies of submissions at a steady rate, in seconds, while the postman walks."""
        done = threading.Event()
        postman = threading.Thread(target=self._walk, args=(done,))
        postman.start()
        found, began, number = [], time.perf_counter(), 0
        while (now := time.perf_counter()) < began + seconds:
            due = began + number / rate
            if now < due:
                time.sleep(due - now)
            at = time.perf_counter()
            self._submit(number)
            found.append(time.perf_counter() - at)
            number += 1
        done.set()
        postman.join()
        return found

    def _submit(self, number: int) -> None:
        self.tickets.step()
        person = self.people[number % PEOPLE]
        told = NotificationRequest(
            person, "rule", "ticket:1", LocalizedText("逾期", "Overdue"), "/", urgent=True
        )
        with self.database.writing() as session:
            notify_many(session, [told], NOW)

    def _walk(self, done: threading.Event) -> None:
        while not done.wait(0.5):
            deliver_due(self.database, self.delivery, NOW)

    def close(self) -> None:
        """Give everything back."""
        self.line.send("that is all")
        self.server.join()
        self.database.close()


def _serve(mode: str, line: Connection) -> None:
    server = MailServer(mode)
    line.send(server.port)
    line.recv()
    server.stop()


def p99(latencies: list[float]) -> float:
    """The 99th of a hundred, in milliseconds."""
    return statistics.quantiles(latencies, n=100)[98] * 1000


def measure(rounds: int = 8, seconds: float = 4.0, rate: float = 50.0) -> Mapping[str, Any]:
    """The healthy p99, and its ratio for each misbehaviour; every round's submissions count alike.

    ``healthy again`` is a second healthy server: what its ratio is away from 1 is what the measure itself cannot tell.
    """
    before = sys.getswitchinterval()
    run_evenly()
    with tempfile.TemporaryDirectory() as name:
        servers = {"healthy": "healthy", "healthy again": "healthy", **{mode: mode for mode in MODES}}
        desks = {one: Desk(Path(name), one, mode, timeout=1.0) for one, mode in servers.items()}
        for desk in desks.values():
            desk.run(0.5, rate)
        runs: dict[str, list[float]] = {desk: [] for desk in desks}
        for _ in range(rounds):
            for one, desk in desks.items():
                runs[one] += desk.run(seconds, rate)
        for desk in desks.values():
            desk.close()
    sys.setswitchinterval(before)
    healthy = p99(runs.pop("healthy"))
    ratios = {f"p99 ratio, server {one}": round(p99(found) / healthy, 2) for one, found in runs.items()}
    return {"healthy p99 ms": round(healthy, 1), **ratios}


if __name__ == "__main__":
    print(measure())
