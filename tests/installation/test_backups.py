"""Backups made while people work are restored whole: what was acknowledged before one began is in it, with its files."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from engine.audit import chain
from engine.audit.history import record
from engine.clock import SystemClock
from engine.database import Database, metadata
from engine.errors import DomainError
from engine.host import SYSTEM, Actor
from engine.schema import history, seals
from huitoukan.application import RunningApplication
from huitoukan.backups.creating import create
from huitoukan.backups.restoring import Restored, restore
from huitoukan.settings import Settings
from rectification.evidence.files import check_file, content_of
from rectification.evidence.model import Evidence, keep_evidence
from rectification.matters.timezone import acting_now

BACKUPS = 20
WRITERS = 3
AHEAD = 30
"""Papers that are sent during one backup at most: more would load the machine and prove nothing."""
GROWING = {"evidence", "history", "audit_seals"}
"""The tables in which the writers below write."""


@dataclass
class Office:
    """People who send papers about tickets until they are told to stop, and a server that seals the history."""

    application: RunningApplication
    acknowledged: list[str] = field(default_factory=list)
    stopped: bool = False
    allowed: int = AHEAD
    sealed: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __enter__(self) -> Office:
        doing = [self.seal, *(lambda number=n: self.send(number) for n in range(WRITERS))]
        self._threads = [threading.Thread(target=entry) for entry in doing]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self.changed:
            self.stopped = True
            self.changed.notify_all()
        for thread in self._threads:
            thread.join()

    def send(self, writer: int) -> None:
        number = 0
        while self.waits_until(lambda: len(self.acknowledged) < self.allowed):
            number += 1
            digest = send_paper(self.application, f"ticket:{writer}", f"{writer}-{number}")
            with self.changed:
                self.acknowledged.append(digest)
                self.changed.notify_all()

    def seal(self) -> None:
        while self.waits_until(lambda: len(self.acknowledged) > self.sealed):
            self.sealed = len(self.acknowledged)
            self.application.seal()

    def waits_until(self, ready: Callable[[], bool]) -> bool:
        """Whether the office is still open when there is something to do."""
        with self.changed:
            self.changed.wait_for(lambda: self.stopped or ready(), 60)
            return not self.stopped

    def wait_for(self, more: int) -> list[str]:
        """What was acknowledged, when that is so many more than before."""
        with self.changed:
            goal = len(self.acknowledged) + more
            self.allowed = goal + AHEAD
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: len(self.acknowledged) >= goal, 60)
            return list(self.acknowledged)


def send_paper(application: RunningApplication, about: str, text: str) -> str:
    """One paper, kept as the pages keep it."""
    now = application.clock.now()
    checked = check_file(application.settings.data_dir, f"%PDF-1.4 {text}".encode(), "paper.pdf")
    with application.database.writing() as session:
        keep_evidence(acting_now(session, application.engine, Actor("somebody", 1)), checked, about=about)
        record(session, SYSTEM, now, "evidence_added", about, sha256=checked.sha256)
    return checked.sha256


def rows(database: Database) -> dict[str, Counter[Any]]:
    """Every row of every table."""
    with database.reading() as session:
        return {
            name: Counter(repr(tuple(row)) for row in session.execute(select(one)))
            for name, one in metadata.tables.items()
        }


def test_backups_under_load_restore_whole(
    installed: RunningApplication, new_place: Callable[[str], Settings], tmp_path: Path
) -> None:
    made: list[tuple[Path, list[str]]] = []
    (tmp_path / "backups").mkdir()
    with Office(installed) as office:
        for number in range(BACKUPS):
            acknowledged = office.wait_for(more=3)
            path = tmp_path / "backups" / f"{number}.zip"
            create(installed.settings, path, SystemClock().now())
            made.append((path, acknowledged))
    whole = rows(installed.database)
    assert len({len(acknowledged) for _path, acknowledged in made}) == BACKUPS
    for path, acknowledged in made:
        place = new_place(path.stem)
        restored = restore(place, path)
        assert restored.fault is None
        assert restored.manifest.lacking == []
        _compare(place, whole, acknowledged)
    installed.database.close()


def _compare(place: Settings, whole: dict[str, Counter[Any]], acknowledged: list[str]) -> None:
    database = Database(place.database_url)
    found = rows(database)
    with database.reading() as session:
        kept = set(session.scalars(select(Evidence.sha256)))
        last = session.execute(select(history).order_by(history.c.id.desc()).limit(1)).one()
        assert not chain.anything_to_seal(session)
        verdict = chain.verify(session, place.anchor)
        newest: Sequence[Any] = session.execute(select(seals).order_by(seals.c.id.desc()).limit(2)).all()
        marks = {"history": {repr(tuple(last))}, "audit_seals": {repr(tuple(entry)) for entry in newest}}
        written = session.scalar(select(func.count()).select_from(history))
    assert set(acknowledged) <= kept
    assert all(hashlib.sha256(content_of(place.data_dir, digest)).hexdigest() == digest for digest in kept)
    assert (last.action, last.key) == ("restored", "installation")
    assert (verdict.fault, verdict.rows) == (None, written)
    anchored = place.anchor.read_text().splitlines()
    assert len(anchored) == 1 + sum(found["audit_seals"].values())
    for name, before in whole.items():
        more = found[name] - before
        assert set(more) <= marks.get(name, set()), name
        if name not in GROWING:
            assert found[name] == before, name
    database.close()


def test_a_backup_at_rest_is_the_installation_with_every_file(
    installed: RunningApplication, new_place: Callable[[str], Settings], tmp_path: Path
) -> None:
    digest = send_paper(installed, "ticket:1", "one")
    folder = installed.settings.data_dir
    small = folder / "evidence" / digest[:2] / f"{digest}.small.jpg"
    small.write_bytes(b"small")
    (folder / "evidence" / "ab").mkdir()
    (folder / "evidence" / "ab" / "half").write_bytes(b"what no row names")
    created = create(installed.settings, tmp_path, SystemClock().now())
    assert created.path.parent == tmp_path
    assert created.path.stat().st_mode & 0o777 == 0o600
    place = new_place("other")
    place.data_dir.mkdir()
    restored: Restored = restore(place, created.path)
    names = {
        str(entry.relative_to(place.data_dir))
        for entry in (place.data_dir / "evidence").rglob("*")
        if entry.is_file()
    }
    assert names == {f"evidence/{digest[:2]}/{digest}", f"evidence/{digest[:2]}/{digest}.small.jpg"}
    assert restored.manifest.lacking == []
    again = create(place, tmp_path / "again.zip", SystemClock().now())
    assert again.manifest.seals == created.manifest.seals + 2, "what was not sealed yet, and the mark"
    installed.database.close()


def test_a_backup_makes_no_folders_and_does_not_lie_in_the_data_folder(
    installed: RunningApplication, tmp_path: Path
) -> None:
    data = installed.settings.data_dir
    data.mkdir(exist_ok=True)
    (data / "backups").mkdir()
    (tmp_path / "link").symlink_to(data)
    missing = tmp_path / "not mounted" / "x.zip"
    for path, sentence in (
        (missing, "There is no folder"),
        (data, "does not belong in the data folder"),
        (data / "x.zip", "does not belong in the data folder"),
        (data / "backups", "does not belong in the data folder"),
        (tmp_path / "link" / "x.zip", "does not belong in the data folder"),
    ):
        with pytest.raises(DomainError, match=sentence):
            create(installed.settings, path, SystemClock().now())
    assert not missing.parent.exists()
    assert not list(data.rglob("*.zip"))
    installed.database.close()


def test_a_backup_says_which_files_the_store_has_lost(installed: RunningApplication, tmp_path: Path) -> None:
    lost, changed = (send_paper(installed, "ticket:1", text) for text in ("lost", "changed"))
    folder = installed.settings.data_dir / "evidence"
    (folder / lost[:2] / lost).unlink()
    (folder / changed[:2] / changed).write_bytes(b"something else")
    created = create(installed.settings, tmp_path / "b.zip", SystemClock().now())
    assert set(created.manifest.lacking) == {f"evidence/{entry[:2]}/{entry}" for entry in (lost, changed)}
    installed.database.close()


@pytest.mark.parametrize("forged", ["9 " + "a" * 64, "nonsense"])
def test_a_backup_keeps_an_anchor_that_does_not_fit_as_it_is(
    installed: RunningApplication, new_place: Callable[[str], Settings], tmp_path: Path, forged: str
) -> None:
    send_paper(installed, "ticket:1", "one")
    installed.seal()
    with installed.settings.anchor.open("a") as file:
        file.write(f"{forged}\n")
    created = create(installed.settings, tmp_path / "b.zip", SystemClock().now())
    with ZipFile(created.path) as archive:
        assert archive.read("seals.txt") == installed.settings.anchor.read_bytes()
    installed.database.close()
