"""The archive of a backup: a ZIP file with a manifest, whose comment is the SHA-256 of everything before it.

The manifest names every member with its size and its SHA-256. The comment makes a cut or a flipped bit known wherever it
is. Neither proves who made the archive: whoever keeps one notes its SHA-256 elsewhere, and the chain of the history inside
is verified when it is restored.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import orjson

from engine.errors import DomainError
from engine.text import LocalizedText, plural

FORMAT: Final = "huitoukan-backup"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
ANCHOR: Final = "seals.txt"
DATABASES: Final = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
LARGEST_MANIFEST: Final = 256 * 1024 * 1024
"""Bytes: more than a million files."""
_DIGEST: Final = 64
"""Characters of a SHA-256."""
_PIECE: Final = 1024 * 1024
_NAME: Final = re.compile(
    r"seals\.txt|database\.(sqlite|pgdump)|(evidence|papers)/[0-9a-f]{2}/[0-9a-f]{64}(\.small\.jpg)?"
    r"|(imports|jobs)/[0-9]{1,19}/[^/\\\0]{1,255}"
)

_UNREADABLE: Final = (
    *(BadZipFile, EOFError, zlib.error, struct.error, OverflowError, RuntimeError, NotImplementedError),
    *(ValueError, LookupError, TypeError, AttributeError),
)
"""What reading a ZIP file or a manifest that somebody forged may raise."""


class BadArchive(DomainError):
    """A file that cannot be restored from."""

    def __init__(self, path: Path, zh: str, en: str) -> None:
        super().__init__("bad_archive", LocalizedText(f"{path}：{zh}", f"{path}: {en}"))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup. ``members`` are sizes in bytes and SHA-256 by name; ``seals`` is the number of the last seal."""

    product: str
    schema: str
    database: str
    taken_at: str
    seals: int
    members: dict[str, tuple[int, str]]
    lacking: list[str] = field(default_factory=list)
    """Files that the database names and that were missing from the store, or had another content than their name says."""


class ArchiveWriter:
    """Writes an archive; what it read is hashed on the way."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = ZipFile(path, "w", ZIP_STORED)
        self.members: dict[str, tuple[int, str]] = {}

    def add(self, name: str, pieces: Iterable[bytes], size: int, *, small: bool = False) -> str:
        """Add a member and return its SHA-256. ``small``: make it smaller, which only databases need."""
        info = ZipInfo(name)
        info.compress_type, info.file_size = (ZIP_DEFLATED if small else ZIP_STORED), size
        info.external_attr = 0o600 << 16
        digest, written = hashlib.sha256(), 0
        with self._zip.open(info, "w") as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                written += len(piece)
        self.members[name] = (written, digest.hexdigest())
        return digest.hexdigest()

    def finish(self, manifest: Manifest) -> str:
        """Write the manifest and the digest, and wait until the disk has it all; returns the SHA-256 of the file."""
        content = orjson.dumps({"format": FORMAT, "version": VERSION, **asdict(manifest)})
        self._zip.writestr(MANIFEST, content, ZIP_DEFLATED)
        self._zip.comment = b"0" * _DIGEST
        self._zip.close()
        digest = _digest_before_comment(self._path)
        with self._path.open("r+b") as file:
            file.seek(-_DIGEST, os.SEEK_END)
            file.write(digest.encode())
            file.flush()
            os.fsync(file.fileno())
        return digest_of(self._path)

    def close(self) -> None:
        """Let the file go, whole or not."""
        self._zip.close()


class Archive:
    """An archive that is whole, with a manifest that fits it; every member is checked as it is read."""

    def __init__(self, path: Path) -> None:
        """Open and check an archive.

        Raises:
            BadArchive: it is cut off, altered or something else.
        """
        self.path = path
        _check_whole(path)
        try:
            self._zip = ZipFile(path)
            self.manifest = _manifest(self._zip)
            self._check_members()
        except _UNREADABLE as fault:
            raise _repacked(path) or _altered(path) from fault

    def _check_members(self) -> None:
        members = [member for member in self._zip.infolist() if member.filename != MANIFEST]
        sizes = {member.filename: member.file_size for member in members}
        result = {name: size for name, (size, _digest) in self.manifest.members.items()}
        if sizes != result or len(sizes) != len(members) or not all(map(_NAME.fullmatch, sizes)):
            raise ValueError("the members are not those of the manifest")
        if DATABASES[self.manifest.database] not in sizes:
            raise ValueError("there is no database")
        if any(
            member.compress_type != ZIP_STORED and member.filename not in DATABASES.values()
            for member in members
        ):
            raise ValueError("a file is compressed")

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(size for size, _digest in self.manifest.members.values())

    def pieces(self, name: str) -> Iterator[bytes]:
        """A member, piece by piece; what was read is right when it has come to its end.

        Raises:
            BadArchive: its size or its hash is another than the manifest says.
        """
        size, expected = self.manifest.members[name]
        digest, left = hashlib.sha256(), size
        try:
            with self._zip.open(name) as member:
                while left > 0 and (piece := member.read(min(_PIECE, left))):
                    digest.update(piece)
                    left -= len(piece)
                    yield piece
        except _UNREADABLE as fault:
            raise _altered(self.path, name) from fault
        if left or digest.hexdigest() != expected:
            raise _altered(self.path, name)

    def verify(self) -> None:
        """Read every member.

        Raises:
            BadArchive: one is not what the manifest says.
        """
        for name in self.manifest.members:
            for _piece in self.pieces(name):
                pass

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()


def _check_whole(path: Path) -> None:
    try:
        with path.open("rb") as file:
            file.seek(-_DIGEST, os.SEEK_END)
            text = file.read().decode("ascii")
    except (ValueError, OSError) as fault:
        if isinstance(fault, OSError) and fault.filename is not None:
            raise BadArchive(
                path, f"无法读取（{fault.strerror}）。", f"cannot be read: {fault.strerror}."
            ) from fault
        raise _repacked(path) or _no_backup(path) from fault
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise _repacked(path) or _no_backup(path)
    if _digest_before_comment(path) != text:
        raise _repacked(path) or _altered(path)


def _repacked(path: Path) -> BadArchive | None:
    """What is wrong with an archive that another program has written again: it opens, and its digest does not fit."""
    try:
        with ZipFile(path) as archive:
            names, members = archive.namelist(), _manifest(archive).members
    except (*_UNREADABLE, OSError, DomainError):
        return None
    lacking = sorted(set(members) - set(names))
    if not lacking:
        return None
    return BadArchive(
        path,
        f"备份被其他程序改动过：清单所列的文件缺少 {len(lacking)} 个，第一个是 {lacking[0]}。",
        f"another program has changed the backup: it lacks {plural(len(lacking), 'file', 'files')} of its manifest, "
        f"the first is {lacking[0]}.",
    )


def _manifest(archive: ZipFile) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise ValueError("the manifest is too large")
    content: dict[str, Any] = orjson.loads(archive.read(MANIFEST))
    if content["format"] != FORMAT:
        raise ValueError("another format")
    if (version := content["version"]) != VERSION:
        raise BadArchive(
            Path(str(archive.filename)),
            f"备份格式为第 {version} 版，本程序只认第 {VERSION} 版；请用更新的程序恢复。",
            f"its format is version {version}, this program reads version {VERSION}; restore it with a newer program.",
        )
    return Manifest(
        product=str(content["product"]),
        schema=str(content["schema"]),
        database=str(content["database"]),
        taken_at=str(content["taken_at"]),
        seals=int(content["seals"]),
        members={str(name): (int(size), str(digest)) for name, (size, digest) in content["members"].items()},
        lacking=[str(name) for name in content["lacking"]],
    )


def _no_backup(path: Path) -> BadArchive:
    return BadArchive(
        path,
        "不是本系统的备份，或者不完整（文件末尾被截断，或被其他程序重新打包）。",
        "is no backup of this product, or it is not whole (its end was cut off, or another program packed it again).",
    )


def _altered(path: Path, name: str = "") -> BadArchive:
    what = f"（{name}）" if name else ""
    where = f" ({name})" if name else ""
    return BadArchive(
        path,
        f"备份已损坏或被改动{what}。",
        f"the backup was damaged or altered{where}.",
    )


def read_pieces(path: Path) -> Iterator[bytes]:
    """A file, piece by piece."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest_before_comment(path: Path) -> str:
    left, digest = path.stat().st_size - _DIGEST, hashlib.sha256()
    with path.open("rb") as file:
        while left > 0 and (piece := _read(file, left)):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()


def _read(file: IO[bytes], most: int) -> bytes:
    return file.read(min(_PIECE, most))
