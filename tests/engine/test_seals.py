"""Seals: several servers seal one chain, and a server that dies leaves nothing that looks like tampering."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import func, select, text

from engine.audit import chain
from engine.audit.chain import Seal
from engine.audit.history import record
from engine.clock import PushedClock
from engine.database import Database
from engine.host import SYSTEM
from huitoukan.application import build
from huitoukan.settings import Settings


def happened(database: Database, clock: PushedClock) -> None:
    with database.writing() as session:
        record(session, SYSTEM, clock.now(), "changed", "campaign:1")


def sealed(database: Database, clock: PushedClock) -> Seal | None:
    with database.writing() as session:
        return chain.seal(session, clock.now())


def test_two_servers_that_seal_at_once_make_one_chain(
    database: Database, clock: PushedClock, tmp_path: Path
) -> None:
    happened(database, clock)
    made = [sealed(database, clock)]
    happened(database, clock)
    waiting = select(func.count()).select_from(text("pg_locks WHERE NOT granted"))
    with ThreadPoolExecutor(1) as another:
        with database.writing() as session:
            made.append(chain.seal(session, clock.now()))
            other = another.submit(sealed, database, clock)
            while not database.is_sqlite and not other.done():
                with database.reading() as looking:
                    if looking.scalar(waiting):
                        break
        made.append(other.result(timeout=30))
    anchor = tmp_path / "seals.txt"
    for entry in made:
        if entry is not None:
            chain.write_outside(anchor, entry)
    with database.reading() as session:
        found = chain.verify(session, anchor)
    assert (found.rows, found.fault) == (2, None)


def test_a_seal_that_was_never_kept_stands_nowhere(
    database: Database, clock: PushedClock, tmp_path: Path
) -> None:
    application = build(Settings(data_dir=tmp_path, database_url=database.url), clock=clock)
    happened(database, clock)
    with database.trying() as session:  # the server dies before it commits
        assert chain.seal(session, clock.now()) is not None
    anchor = application.settings.anchor
    assert not anchor.exists()
    happened(database, clock)
    assert application.seal() == 2
    with database.reading() as session:
        assert chain.verify(session, anchor).fault is None
    assert len(anchor.read_text().splitlines()) == 2, "the beginning, and the seal"
    anchor.write_text(anchor.read_text() + "99 " + "0" * 64 + "\n")
    with database.reading() as session:
        fault = chain.verify(session, anchor).fault
    assert fault is not None
    assert "Seal 99" in fault.en, "a chain whose end was cut off"
    application.database.close()
