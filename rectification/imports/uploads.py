"""Uploads: a file that somebody sent, what a trial of it said, and what came of bringing it in."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.text import LocalizedText
from rectification.core.context import ActionContext
from rectification.core.model import Id, Model, Name
from rectification.imports.report import ImportProblem, ImportReport

STATES: Final = ("trying", "tried", "importing", "imported", "failed")


class Upload(Model):
    """One file on its way in. ``mapping`` says which heading is which column, where somebody chose by hand.

    Areas, units and people may come before there is a campaign.
    """

    __tablename__ = "uploads"
    __table_args__ = (Index("ix_uploads_campaign", "campaign_id", "id"),)

    id: Mapped[Id]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    kind: Mapped[str] = mapped_column(String(40))
    file_name: Mapped[Name]
    sha256: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("jobs.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]
    imported_at: Mapped[dt.datetime | None]


class ImportMapping(Model):
    """Which heading is which column in the sheets of one office, kept under a name."""

    __tablename__ = "import_mappings"
    __table_args__ = (UniqueConstraint("campaign_id", "kind", "name"),)

    id: Mapped[Id]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id"))
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[Name]
    columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)


def keep_upload(
    context: ActionContext, data_dir: Path, campaign_id: int | None, kind: str, data: bytes, name: str
) -> Upload:
    """Keep a file that was sent."""
    digest = hashlib.sha256(data).hexdigest()
    upload = Upload(campaign_id=campaign_id, kind=kind, file_name=name[:200], sha256=digest, state="trying")
    assert context.actor.person is not None
    upload.mapping, upload.counts = {}, {}
    upload.by_id, upload.at = context.actor.person, context.now
    context.session.add(upload)
    context.session.flush()
    folder = _folder(data_dir, upload.id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "file").write_bytes(data)
    return upload


def get_upload(session: Session, number: int, person_id: int) -> Upload:
    """A file that this person sent.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    upload = session.get(Upload, number)
    if upload is None or upload.by_id != person_id:
        raise NotFound(LocalizedText("没有这次导入。", "There is no such import."))
    return upload


def content(data_dir: Path, number: int) -> bytes:
    """The file as it was sent.

    Raises:
        NotFound: it is not kept any more.
    """
    path = _folder(data_dir, number) / "file"
    if not path.is_file():
        raise NotFound(
            LocalizedText("文件已不在，请重新上传。", "The file is not kept any more; please send it again.")
        )
    return path.read_bytes()


def keep_report(data_dir: Path, upload: Upload, report: ImportReport, state: str) -> None:
    """Keep what a trial or an import said: the figures in the row, the sentences beside the file."""
    upload.state = state
    upload.counts = {
        "created": report.created,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "bad": report.bad,
        "doubtful": report.doubtful,
        "beyond": report.beyond,
        "ignored": list(report.ignored),
        "whole": bool(report.problems) and report.problems[0].row == 0,
    }
    kept = {
        "problems": [_flat(problem) for problem in report.problems],
        "warnings": [_flat(warning) for warning in report.warnings],
    }
    (_folder(data_dir, upload.id) / "report.json").write_bytes(orjson.dumps(kept))


def sentences(data_dir: Path, number: int) -> tuple[list[ImportProblem], list[ImportProblem]]:
    """The problems and the warnings that were kept of an upload."""
    path = _folder(data_dir, number) / "report.json"
    kept = orjson.loads(path.read_bytes()) if path.is_file() else {"problems": [], "warnings": []}
    return [_full(problem) for problem in kept["problems"]], [_full(problem) for problem in kept["warnings"]]


def mappings_of(session: Session, campaign_id: int | None, kind: str) -> list[ImportMapping]:
    """The mappings that were kept for a kind of sheet, by name."""
    query = select(ImportMapping).where(ImportMapping.campaign_id == campaign_id, ImportMapping.kind == kind)
    return list(session.scalars(query.order_by(ImportMapping.name)))


def keep_mapping(
    session: Session, campaign_id: int | None, kind: str, name: str, columns: Mapping[str, str]
) -> None:
    """Keep a mapping under a name; the one that had the name before is replaced."""
    query = select(ImportMapping).where(
        ImportMapping.campaign_id == campaign_id, ImportMapping.kind == kind, ImportMapping.name == name
    )
    import_mapping = session.scalars(query).one_or_none()
    if import_mapping is None:
        import_mapping = ImportMapping(campaign_id=campaign_id, kind=kind, name=name)
        session.add(import_mapping)
    import_mapping.columns = dict(columns)


def _folder(data_dir: Path, number: int) -> Path:
    return data_dir / "imports" / str(number)


def _flat(import_problem: ImportProblem) -> list[Any]:
    return [
        import_problem.row,
        import_problem.column,
        import_problem.words.zh,
        import_problem.words.en,
        import_problem.reason.zh,
        import_problem.reason.en,
        import_problem.sheet,
        import_problem.value,
        import_problem.column_en,
    ]


def _full(kept: list[Any]) -> ImportProblem:
    row, column, zh, en, why, why_en, sheet, value, column_en = kept
    return ImportProblem(
        row, column, LocalizedText(zh, en), LocalizedText(why, why_en), sheet, value, column_en
    )
