"""The data folder is closed to others: it holds names, identity numbers and photographs of homes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.database import Database
from engine.errors import DomainError
from engine.text import LocalizedText

if TYPE_CHECKING:  # the command begins without what the settings need
    from huitoukan.settings import Settings

FILE: Final = 0o600
FOLDER: Final = 0o700
UMASK: Final = 0o077
"""What this process makes from now on is for its own user alone."""
RESTORING: Final = ".restoring"
"""The folder, inside the data folder, in which a backup is unpacked before it is put in its place."""
KEPT_FOLDERS: Final = ("evidence", "papers", "imports", "jobs", "mail")
"""What the product keeps in the data folder, beside the database and the seals; nothing else there is touched."""


def prepare_folder(settings: Settings) -> None:
    """Make the data folder, try to write in it, and close everything that the product keeps there to others.

    Raises:
        DomainError: it cannot be written, or a restore into it was interrupted.
    """
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as fault:
        raise DomainError(
            "data_folder",
            LocalizedText(
                f"数据目录 {folder} 无法写入：{fault.strerror}。",
                f"The data folder {folder} cannot be written: {fault.strerror}.",
            ),
        ) from fault
    refuse_interrupted(folder)
    for path in _kept(settings):
        _close(path)


def refuse_interrupted(folder: Path) -> None:
    """A data folder into which a restore was interrupted holds a part of an installation.

    Raises:
        DomainError: it is such a folder.
    """
    if (folder / RESTORING).exists():
        raise DomainError(
            "restore_interrupted",
            LocalizedText(
                f"上次向 {folder} 恢复备份时中断，内容不完整。请清空该目录（使用 PostgreSQL 的，同时清空数据库）后重新恢复。",
                f"A restore into {folder} was interrupted, so what is there is not whole. Empty the folder (and the "
                "database, where it is PostgreSQL) and restore again.",
            ),
        )


def _kept(settings: Settings) -> Iterator[Path]:
    """The data folder and everything in it that is the product's own."""
    yield settings.data_dir
    yield settings.anchor
    database = Database(settings.database_url).file
    if database is not None:
        yield from (database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal"))
    for name in KEPT_FOLDERS:
        for place, _folders, files in os.walk(settings.data_dir / name):
            yield Path(place)
            yield from (Path(place, file) for file in files)


def _close(path: Path) -> None:
    """Take every right of others away. Another user's files, and folders that all share, stay as they are."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    is_folder = stat.S_ISDIR(status.st_mode)
    mode = FOLDER if is_folder else FILE
    is_ours = status.st_uid == os.geteuid() and not status.st_mode & stat.S_ISVTX
    if is_ours and (is_folder or stat.S_ISREG(status.st_mode)) and stat.S_IMODE(status.st_mode) != mode:
        path.chmod(mode)
