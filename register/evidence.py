"""Evidence: photos and papers, kept once by their content, checked before they are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from register.files import Kept, content_of, keep, small_picture
from register.row import Id, Name, Row


class Evidence(Row):
    """A file that somebody sent about a household or a ticket (``about`` is its business key)."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_about", "about", "id"),)

    id: Mapped[Id]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
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


def keep_evidence(
    session: Session,
    folder: Path,
    data: bytes,
    *,
    name: str,
    about: str,
    person_id: int,
    now: dt.datetime,
    purpose: str = "",
    on_behalf_of: int | None = None,
) -> Evidence:
    """Keep one file; the same file about the same thing again is the same evidence.

    Raises:
        WrongValues: too large, too many pixels, or not the picture or PDF that it says it is.
    """
    kept = keep(folder, data, name)
    wanted = select(Evidence).where(Evidence.about == about, Evidence.sha256 == kept.sha256)
    found = session.scalars(wanted.order_by(Evidence.id).limit(1)).first()
    if found is None:
        found = _row(kept, name, about, purpose)
        found.uploaded_by_id, found.uploaded_at, found.on_behalf_of_id = person_id, now, on_behalf_of
        session.add(found)
        session.flush()
    return found


def _row(kept: Kept, name: str, about: str, purpose: str) -> Evidence:
    return Evidence(
        sha256=kept.sha256,
        media_type=kept.media_type,
        size=kept.size,
        width=kept.width,
        height=kept.height,
        name=name,
        about=about,
        purpose=purpose,
    )


def read_evidence(folder: Path, one: Evidence) -> bytes:
    """The file as it was sent."""
    return content_of(folder, one.sha256)


def thumbnail(folder: Path, one: Evidence) -> bytes:
    """A small JPEG of a picture."""
    return small_picture(folder, one.sha256)


def evidence_about(session: Session, key: str) -> list[Evidence]:
    """Everything that was sent about a household, ticket or village, the oldest first."""
    return list(session.scalars(select(Evidence).where(Evidence.about == key).order_by(Evidence.id)))


def unknown_evidence(session: Session, numbers: Iterable[Any], key: str) -> list[Any]:
    """Which of these numbers are not evidence about ``key``."""
    wanted = {one for one in numbers if isinstance(one, int)}
    found = set(session.scalars(select(Evidence.id).where(Evidence.id.in_(wanted), Evidence.about == key)))
    return [one for one in numbers if one not in found]
