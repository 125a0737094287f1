"""`huitoukan backup create`, `verify` and `restore`."""

from __future__ import annotations

from pathlib import Path

import typer

from engine.clock import SystemClock
from engine.text import plural
from huitoukan.backups import creating, restoring
from huitoukan.backups.archive import Manifest, digest_of
from huitoukan.cli.opening import DATABASE_FAULTS, settings_for, unusable_database


def create(data: Path | None, path: Path) -> None:
    """Write a backup and say how it can be recognised."""
    settings = settings_for(data)
    try:
        made = creating.create(settings, path, SystemClock().now())
    except DATABASE_FAULTS as fault:
        raise unusable_database(settings.database_url, fault) from fault
    _warn_of_lacking(made.manifest)
    typer.echo(f"The backup is in {made.path}: {_told(made.manifest)}.\nSHA-256 {made.sha256}")


def verify(file: Path) -> None:
    """Read a backup from end to end."""
    archive = restoring.read(file)
    try:
        archive.verify()
    finally:
        archive.close()
    _warn_of_lacking(archive.manifest)
    typer.echo(f"{file} is whole: {_told(archive.manifest)}.\nSHA-256 {digest_of(file)}")


def restore(data: Path | None, file: Path) -> None:
    """Restore a backup into an empty installation."""
    settings = settings_for(data)
    try:
        restored = restoring.restore(settings, file)
    except DATABASE_FAULTS as fault:
        raise unusable_database(settings.database_url, fault) from fault
    _warn_of_lacking(restored.manifest)
    if restored.fault is not None:
        typer.echo(
            f"The history in the backup is not whole: {restored.fault.en}\n备份里的历史记录不完整：{restored.fault.zh}",
            err=True,
        )
    typer.echo(f"Restored into {settings.data_dir}: {_told(restored.manifest)}.")


def _told(manifest: Manifest) -> str:
    size = sum(size for size, _digest in manifest.members.values())
    return f"taken at {manifest.taken_at}, {manifest.database}, schema {manifest.schema}, {plural(len(manifest.members), 'file', 'files')}, {size / 1048576:.1f} MB"


def _warn_of_lacking(manifest: Manifest) -> None:
    for name in manifest.lacking:
        typer.echo(
            f"{name} is named in the database, but was missing or changed when the backup was made.\n"
            f"数据库里记有 {name}，备份时文件缺失或已被改动。",
            err=True,
        )
