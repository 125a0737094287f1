"""Making a backup while people work.

Files are written before the rows that name them and never change, so the database is taken first and then the files that
it names: every row of the backup has its file.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from engine.database import Database
from engine.errors import DomainError
from engine.text import LocalizedText
from huitoukan import schema_versions
from huitoukan.backups.archive import ANCHOR, ArchiveWriter, Manifest, read_pieces
from huitoukan.backups.databases import Named, snapshot
from huitoukan.private_files import FILE
from huitoukan.settings import Settings

_LOOKS: Final = 20
"""So often a seal is looked for in the anchor, where a server writes it just after its commit."""
_PAUSE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Created:
    """A backup that was written, and the SHA-256 of its file."""

    path: Path
    sha256: str
    manifest: Manifest


def create(settings: Settings, path: Path, now: dt.datetime) -> Created:
    """Write a backup of the installation to a new file, or to a file named after the instant in an existing folder.

    Raises:
        DomainError: there is such a file, no such folder, or it lies in the data folder; there is nothing to back up, or its
            schema is not this program's.
        OSError: the file cannot be written; nothing of it is left.
    """
    if path.is_dir():
        path = path / f"huitoukan-{now:%Y%m%d-%H%M%S}.zip"
    if path.exists():
        raise DomainError(
            "exists", LocalizedText(f"{path} 已经存在，没有覆盖。", f"{path} exists and was not overwritten.")
        )
    _refuse_folder(settings, path.parent)
    database = _existing(settings)
    try:
        with tempfile.TemporaryDirectory(prefix=".huitoukan-backup-", dir=path.parent) as folder:
            return _write(settings, database, Path(folder), path, now)
    finally:
        database.close()


def _refuse_folder(settings: Settings, folder: Path) -> None:
    """A folder that is not there may be a disk that is not mounted; what lies in the data folder is lost with it."""
    if not folder.is_dir():
        raise DomainError(
            "no_folder",
            LocalizedText(
                f"没有文件夹 {folder}。请先建立，或改用别的路径。",
                f"There is no folder {folder}: make it first, or name another one.",
            ),
        )
    if folder.resolve().is_relative_to(settings.data_dir.resolve()):
        raise DomainError(
            "in_data_folder",
            LocalizedText(
                f"备份不能放在数据目录 {settings.data_dir} 里，请放到别处。",
                f"A backup does not belong in the data folder {settings.data_dir}, with which it would be lost: put it elsewhere.",
            ),
        )


def _existing(settings: Settings) -> Database:
    database = Database(settings.database_url)
    if database.file is not None and not database.file.exists():
        raise DomainError(
            "no_database",
            LocalizedText(
                f"{database.file} 不存在，没有可备份的内容。", f"There is no {database.file} to back up."
            ),
        )
    try:
        schema_versions.check_current(settings.database_url)
    except BaseException:
        database.close()
        raise
    return database


def _write(settings: Settings, database: Database, folder: Path, path: Path, now: dt.datetime) -> Created:
    half = folder / "archive"
    before = _content(settings.anchor)
    with snapshot(database, folder) as (copy, named):
        writer = ArchiveWriter(half)
        try:
            writer.add(copy.name, read_pieces(copy), copy.stat().st_size, small=database.is_sqlite)
            anchor = _anchor(settings.anchor, before, named.seals)
            if anchor is not None:
                writer.add(ANCHOR, [anchor], len(anchor))
            manifest = Manifest(
                product=version("huitoukan"),
                schema=schema_versions.newest(),
                database="sqlite" if database.is_sqlite else "postgresql",
                taken_at=now.isoformat(),
                seals=named.seals,
                members=writer.members,
                lacking=_add_files(writer, settings.data_dir, named),
            )
            digest = writer.finish(manifest)
        finally:
            writer.close()
    half.chmod(FILE)
    half.rename(path)
    return Created(path, digest, manifest)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _anchor(path: Path, before: bytes | None, last: int) -> bytes | None:
    """The anchor that belongs to a snapshot whose last seal is ``last``.

    Everything that stood there before the snapshot is taken as it is, also what does not fit: that is for verification to
    find. Of what was added since, only the snapshot's own seals are taken.
    """
    for _look in range(_LOOKS):
        content = _content(path)
        whole = before or b""
        added = (content or b"")[len(whole) :].splitlines(keepends=True)
        whole += b"".join(line for line in added if _number(line) <= last)
        if not last or _number((whole.splitlines() or [b"0"])[-1]) >= last:
            break
        time.sleep(_PAUSE)
    return whole if content is not None or before is not None else None


def _number(line: bytes) -> int:
    first = line.partition(b" ")[0]
    return int(first) if first.isdigit() else 0


def _add_files(writer: ArchiveWriter, folder: Path, named: Named) -> list[str]:
    """Add the files that the database names; returns those that are not there, or not what their name says."""
    lacking = []
    for name, digest in _kept(named):
        path = folder / name
        if not path.is_file() or writer.add(name, read_pieces(path), path.stat().st_size) != digest:
            lacking.append(name)
    for name in _beside(named):
        path = folder / name
        if path.is_file():
            writer.add(name, read_pieces(path), path.stat().st_size)
    return lacking


def _kept(named: Named) -> Iterator[tuple[str, str]]:
    """Files that are named by their content, with the SHA-256 of it."""
    for digest in named.evidence:
        yield f"evidence/{digest[:2]}/{digest}", digest
    for digest in named.templates:
        yield f"papers/{digest[:2]}/{digest}", digest


def _beside(named: Named) -> Iterator[str]:
    """Files that are there or not: small pictures, uploads with what was said of them, results of jobs."""
    yield from (f"evidence/{name[:2]}/{name}.small.jpg" for name in named.evidence)
    for number in named.uploads:
        yield from (f"imports/{number}/file", f"imports/{number}/report.json")
    yield from (f"jobs/{number}/{result}" for number, result in named.results)
