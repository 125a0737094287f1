"""Notices: what the installation tells a person, and every way it was told."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, Text, column, table, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from engine.database import BigId, Instant
from engine.database import metadata as every_table
from engine.text import LocalizedText
from notifications.reasons import ReasonColumn

readers = table("people", column("id"), column("name"), column("email"), column("language"), column("active"))
"""What must be known of a person to reach them."""


class Model(DeclarativeBase):
    """A row of the notifications."""

    metadata = every_table
    type_annotation_map = {dt.datetime: Instant}  # noqa: RUF012  (SQLAlchemy reads it from the class)


class Notice(Model):
    """Something a person is told in the app. ``level`` 0 is for the owner, 1 to 4 for those above."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_person", "person_id", "id"),
        Index(
            "ix_notices_unread",
            "person_id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(BigId)
    at: Mapped[dt.datetime]
    kind: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(200), index=True, comment="business key")
    words_zh: Mapped[str] = mapped_column(Text)
    words_en: Mapped[str] = mapped_column(Text)
    link: Mapped[str] = mapped_column(String(300))
    level: Mapped[int] = mapped_column(default=0)
    urgent: Mapped[bool] = mapped_column(default=False)
    read_at: Mapped[dt.datetime | None]
    dedupe: Mapped[str | None] = mapped_column(String(200), unique=True)

    @property
    def words(self) -> LocalizedText:
        """The sentence in both languages."""
        return LocalizedText(self.words_zh, self.words_en)


class Delivery(Model):
    """One notice on its way through one channel. ``state``: queued, sent, failed (again later) or dead.

    Deliveries with the same ``digest_key`` may travel in one message; without one each travels alone.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_next_try_at",
            "next_try_at",
            sqlite_where=text("state IN ('queued', 'failed')"),
            postgresql_where=text("state IN ('queued', 'failed')"),
        ),
        Index("ix_deliveries_digest_key", "digest_key"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id"), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(300))
    """A mail address, or the name of an endpoint."""
    endpoint_id: Mapped[int | None] = mapped_column(ForeignKey("endpoints.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[dt.datetime]
    message_id: Mapped[str | None] = mapped_column(String(200))
    digest_key: Mapped[str | None] = mapped_column(String(100))
    last_error: Mapped[LocalizedText | None] = mapped_column(ReasonColumn)
    sent_at: Mapped[dt.datetime | None]
