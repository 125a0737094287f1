"""Restoring a backup into an empty installation: whole, or not at all.

Everything is unpacked, checked and marked in a folder inside the data folder first, and put in its place at the end. Where
that is interrupted the folder stays, and no server starts on what is there.
"""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.audit.history import record
from engine.database import Database
from engine.errors import DomainError
from engine.host import SYSTEM
from engine.text import LocalizedText
from huitoukan import schema_versions
from huitoukan.application import build
from huitoukan.auditing import verify_session
from huitoukan.backups.archive import DATABASES, Archive, BadArchive, Manifest, digest_of
from huitoukan.backups.databases import check_sqlite, empty_postgresql, fill_postgresql, is_empty
from huitoukan.private_files import FOLDER, RESTORING, refuse_interrupted
from huitoukan.settings import Settings

_NOT_OURS: Final = frozenset(("lost+found",))
"""What an empty disk may hold."""
_SPARE: Final = 64 * 1024 * 1024
"""Bytes that stay free."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored; ``fault`` says what is wrong with the history in the backup, if anything is."""

    manifest: Manifest
    fault: LocalizedText | None


def read(path: Path) -> Archive:
    """Open an archive that this program can restore.

    Raises:
        DomainError: it is cut off, altered, something else, or of another version of the schema.
    """
    archive = Archive(path)
    manifest, mine = archive.manifest, schema_versions.newest()
    if manifest.schema == mine:
        return archive
    archive.close()
    if schema_versions.is_older(manifest.schema):
        zh = f"请用备份时的程序（{manifest.product}）恢复，再升级。"
        en = f"Restore it with the program that made it ({manifest.product}), then upgrade."
    else:
        zh, en = "它由更新的程序所做，请用该程序恢复。", "A newer program made it; restore it with that one."
    raise DomainError(
        "other_schema",
        LocalizedText(
            f"{path} 的数据库结构为版本 {manifest.schema}，本程序为 {mine}。{zh}",
            f"{path} holds schema {manifest.schema}; this program has {mine}. {en}",
        ),
    )


def restore(settings: Settings, path: Path) -> Restored:
    """Restore a backup into an empty data folder, and the empty database that the settings name.

    Raises:
        DomainError: the archive or the place does not do; nothing is left behind.
    """
    try:
        return _restore(settings, path)
    except BadArchive as bad:
        words = LocalizedText(f"{bad.words.zh}没有恢复任何内容。", f"{bad.words.en} Nothing was restored.")
        raise DomainError(bad.code, words) from bad


def _restore(settings: Settings, path: Path) -> Restored:
    database = Database(settings.database_url)
    with closing(read(path)) as archive, closing(database):
        _check_place(settings, database, archive)
        restoration = _Restoration(settings, database, archive)
        try:
            return restoration.run()
        except BaseException:
            restoration.undo()
            raise


def _check_place(settings: Settings, database: Database, archive: Archive) -> None:
    kind = "sqlite" if database.is_sqlite else "postgresql"
    if archive.manifest.database != kind:
        raise DomainError(
            "other_database",
            LocalizedText(
                f"备份出自 {archive.manifest.database}，设置里的数据库是 {kind}；请恢复到同类数据库。",
                f"The backup is of {archive.manifest.database}, the settings name {kind}; restore it into the same kind.",
            ),
        )
    folder = settings.data_dir
    refuse_interrupted(folder)
    held = [path.name for path in folder.iterdir() if path.name not in _NOT_OURS] if folder.exists() else []
    if held:
        raise _used(str(folder), held[0])
    if database.file is not None and database.file.exists():
        raise _used(str(database.file.parent), database.file.name)
    if not database.is_sqlite and not is_empty(database):
        raise _used(str(database.engine.url.database), "tables")
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if free < archive.size + _SPARE:
        raise DomainError(
            "disk_full",
            LocalizedText(
                f"{folder} 所在磁盘剩余 {free >> 20} MB，恢复需要 {archive.size + _SPARE >> 20} MB。",
                f"{free >> 20} MB are free at {folder}; the restore needs {archive.size + _SPARE >> 20} MB.",
            ),
        )


def _used(where: str, what: str) -> DomainError:
    return DomainError(
        "not_empty",
        LocalizedText(
            f"{where} 不是空的（有 {what}）；备份只恢复到空的数据目录和空的数据库。",
            f"{where} is not empty ({what}); a backup is restored into an empty data folder and an empty database only.",
        ),
    )


class _Restoration:
    """One restore, and how to undo it."""

    def __init__(self, settings: Settings, database: Database, archive: Archive) -> None:
        self._settings = settings
        self._database = database
        self._archive = archive
        self._folder = settings.data_dir / RESTORING
        self._placed: list[Path] = []
        self._is_new = not settings.data_dir.exists()

    def run(self) -> Restored:
        """Unpack, check, mark, and put everything in its place."""
        self._settings.data_dir.mkdir(parents=True, exist_ok=True, mode=FOLDER)
        self._folder.mkdir(mode=FOLDER)
        self._unpack()
        manifest = self._archive.manifest
        kept = self._folder / DATABASES[manifest.database]
        if self._database.is_sqlite:
            check_sqlite(kept, manifest.schema)
            fault = self._mark(f"sqlite:///{kept}")
        else:
            fill_postgresql(self._database, kept, manifest.schema)
            fault = self._mark(self._database.url)
            kept.unlink()
        self._put_in_place()
        return Restored(manifest, fault)

    def _unpack(self) -> None:
        for name in self._archive.manifest.members:
            place = self._folder / name
            place.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER)
            with place.open("xb") as file:
                file.writelines(self._archive.pieces(name))

    def _mark(self, url: str) -> LocalizedText | None:
        """Write the restore into the history and seal it; returns what was wrong with the history before."""
        application = build(self._settings.model_copy(update={"data_dir": self._folder, "database_url": url}))
        taken = self._archive.manifest.taken_at
        try:
            while application.seal():  # what was written while the backup was taken
                pass
            with application.database.reading() as session:
                verdict = verify_session(session, self._folder, application.settings.anchor)
            with application.database.writing() as session:
                now, digest = application.clock.now(), digest_of(self._archive.path)
                record(session, SYSTEM, now, "restored", "installation", taken_at=taken, sha256=digest)
            while application.seal():
                pass
        finally:
            application.pictures.shutdown()
            application.rounds.close()
            application.database.close()
        return verdict.fault

    def _put_in_place(self) -> None:
        """The database comes last: before it, nothing there can be taken for an installation."""
        for path in sorted(self._folder.iterdir()):
            if path.name != DATABASES["sqlite"]:
                self._place(path, self._settings.data_dir / path.name)
        os.sync()
        if self._database.file is not None:
            self._place(self._folder / DATABASES["sqlite"], self._database.file)
        self._folder.rmdir()
        os.sync()

    def _place(self, path: Path, place: Path) -> None:
        self._placed.append(place)
        place.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER)
        shutil.move(path, place)

    def undo(self) -> None:
        """Leave the folder and the database as empty as they were."""
        if not self._database.is_sqlite:
            empty_postgresql(self._database)
        for path in self._placed:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._is_new:
            self._settings.data_dir.rmdir()
