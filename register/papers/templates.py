"""Templates: those that the product ships, and those that an office put in their place for one campaign."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from PIL import Image
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.history import record
from engine.words import Words
from engine.world import Actor
from register.campaigns import Campaign
from register.files import read_kept, write_whole
from register.papers.apart import fill_apart
from register.papers.fields import sample
from register.papers.kinds import Kind
from register.papers.packages import check_marks, check_package
from register.row import Id, Name, Row

_TRYING_SECONDS: Final = 10
"""Processor time for filling a template with examples."""


class PaperTemplate(Row):
    """An office's own template from an instant on; one without a file goes back to the shipped one."""

    __tablename__ = "paper_templates"
    __table_args__ = (Index("ix_paper_templates_kind", "campaign_id", "kind", "id"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    kind: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[Name]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def own_template(session: Session, campaign_id: int, kind: Kind) -> PaperTemplate | None:
    """The office's own template, if it has one now."""
    wanted = select(PaperTemplate).where(
        PaperTemplate.campaign_id == campaign_id, PaperTemplate.kind == kind.template
    )
    found = session.scalars(wanted.order_by(PaperTemplate.id.desc()).limit(1)).first()
    return found if found is not None and found.sha256 is not None else None


def template_of(session: Session, data_dir: Path, campaign_id: int, kind: Kind) -> bytes:
    """The template that counts: the office's newest, else the shipped one."""
    own = own_template(session, campaign_id, kind)
    if own is None or own.sha256 is None:
        return shipped(kind.template)
    try:
        return read_kept(kept_template(data_dir, own.sha256), own.sha256)
    except NotFound:
        words = Words(
            f"文书模板“{own.name}”不在存储目录里，请重新上传。",
            f"The template “{own.name}” is not in the store; please upload it again.",
        )
        raise NotFound(words) from None


@cache
def shipped(code: str) -> bytes:
    """The template that comes with the product."""
    return resources.files("register").joinpath(f"data/papers/{code}.docx").read_bytes()


@dataclass(frozen=True, slots=True)
class TriedTemplate:
    """A template that was looked through and filled once: with ``example``."""

    data: bytes
    example: bytes


def adopt(
    session: Session,
    data_dir: Path,
    one: Campaign,
    kind: Kind,
    tried: TriedTemplate,
    name: str,
    now: dt.datetime,
    actor: Actor,
) -> PaperTemplate:
    """Put an office's own template in place. It was tried out before: that takes time, and nobody waits for it."""
    digest = hashlib.sha256(tried.data).hexdigest()
    write_whole(kept_template(data_dir, digest), tried.data)
    return _keep(session, one, kind, digest, name, now, actor)


def try_out(data: bytes, kind: Kind) -> TriedTemplate:
    """Look a template through and fill it once with examples, in a process of its own.

    Raises:
        BrokenTemplate: it cannot be used, with what to change.
    """
    check_package(data)
    check_marks(data)
    example = fill_apart(data, kind.fields, sample(kind.fields, _example_picture()), seconds=_TRYING_SECONDS)
    return TriedTemplate(data, example)


def back_to_shipped(session: Session, one: Campaign, kind: Kind, now: dt.datetime, actor: Actor) -> None:
    """Use the shipped template again."""
    if own_template(session, one.id, kind) is not None:
        _keep(session, one, kind, None, "", now, actor)


def _keep(
    session: Session, one: Campaign, kind: Kind, digest: str | None, name: str, now: dt.datetime, actor: Actor
) -> PaperTemplate:
    row = PaperTemplate(campaign_id=one.id, kind=kind.template, sha256=digest, name=name[:200], at=now)
    row.by_id = actor.person
    session.add(row)
    facts = {"paper": kind.template, "file": name, "sha256": digest}
    record(session, actor, now, "template_changed", f"campaign:{one.id}", **facts)
    return row


def kept_template(data_dir: Path, digest: str) -> Path:
    """Where a template lies."""
    return data_dir / "papers" / digest[:2] / digest


@cache
def _example_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "white").save(out, "PNG")
    return out.getvalue()
