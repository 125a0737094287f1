"""Evidence: photos and papers, kept once by their content, checked before they are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import JSON, ForeignKey, Index, String, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.json import Json
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.model import Id, Model, Name
from rectification.evidence.files import CheckedFile, content_of, small_picture

KEPT: Final = "evidence_kept"
"""The action under which the history names a file and its hashes; pages show the file instead."""


class Evidence(Model):
    """A file that somebody sent about a household or a ticket (``about`` is its business key)."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_about", "about", "id"),)

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    sent_sha256: Mapped[str | None] = mapped_column(String(64), comment="of the file as it was sent")
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    place: Mapped[dict[str, Json] | None] = mapped_column(
        JSON(none_as_null=True), comment="where and when a picture was taken; only with consent"
    )
    name: Mapped[Name]
    about: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(String(40), default="")
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    uploaded_at: Mapped[dt.datetime]
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    @property
    def is_image(self) -> bool:
        """Whether it can be shown as a picture."""
        return self.media_type.startswith("image/")


def keep_evidence(context: ActionContext, checked: CheckedFile, *, about: str, purpose: str = "") -> Evidence:
    """Keep one checked file; the same file about the same thing again is the same evidence.

    Its place is added when it comes again with consent.
    """
    session = context.session
    same = or_(Evidence.sent_sha256 == checked.sent_sha256, Evidence.sha256 == checked.sha256)
    query = select(Evidence).where(Evidence.about == about, same)
    row = session.scalars(query.order_by(Evidence.id).limit(1)).first()
    if row is None:
        assert context.actor.person is not None
        row = _row(checked, about, purpose)
        row.uploaded_by_id, row.on_behalf_of_id = context.actor.person, context.actor.on_behalf_of
        row.uploaded_at = context.now
        session.add(row)
        session.flush()
        facts = {"sha256": checked.sha256, "media_type": checked.media_type, "size": checked.size}
        record_event(context, KEPT, about, evidence=row.id, small=checked.small_sha256, **facts)
    elif row.place is None and checked.place is not None:
        row.place = dict(checked.place)
    session.flush()
    return row


def _row(checked: CheckedFile, about: str, purpose: str) -> Evidence:
    return Evidence(
        sha256=checked.sha256,
        sent_sha256=checked.sent_sha256,
        media_type=checked.media_type,
        size=checked.size,
        width=checked.width,
        height=checked.height,
        place=None if checked.place is None else dict(checked.place),
        name=checked.name,
        about=about,
        purpose=purpose,
    )


def read_evidence(folder: Path, evidence: Evidence) -> bytes:
    """The file as it is kept."""
    return content_of(folder, evidence.sha256)


def thumbnail(folder: Path, evidence: Evidence) -> bytes:
    """A small JPEG of a picture."""
    return small_picture(folder, evidence.sha256)


def evidence_about(session: Session, key: str) -> list[Evidence]:
    """Everything that was sent about a household, ticket or village, the oldest first."""
    return list(session.scalars(select(Evidence).where(Evidence.about == key).order_by(Evidence.id)))


def unknown_evidence(session: Session, numbers: Iterable[Any], key: str) -> list[Any]:
    """Which of these numbers are not evidence about ``key``."""
    result = {number for number in numbers if isinstance(number, int)}
    known = set(session.scalars(select(Evidence.id).where(Evidence.id.in_(result), Evidence.about == key)))
    return [number for number in numbers if number not in known]
