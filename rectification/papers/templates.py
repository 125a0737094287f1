"""Templates: those that the product ships, and those that an office put in their place for a campaign in its area."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from PIL import Image
from sqlalchemy import ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.text import LocalizedText
from rectification.campaigns.model import Campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.core.model import Code, Id, Model, Name
from rectification.evidence.files import read_kept, write_whole
from rectification.papers.apart import fill_apart
from rectification.papers.fields import sample
from rectification.papers.kinds import PaperKind
from rectification.papers.packages import check_marks, check_package
from rectification.places.areas import areas_above

_TRYING_SECONDS: Final = 10
"""Processor time for filling a template with examples."""


class PaperTemplate(Model):
    """The own template of an area's office from an instant on, for a campaign.

    One without a file goes back to that of the area above, in the end to the shipped one.
    """

    __tablename__ = "paper_templates"
    __table_args__ = (Index("ix_paper_templates_kind", "campaign_id", "kind", "id"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    area: Mapped[Code] = mapped_column(ForeignKey("areas.code"))
    kind: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str | None] = mapped_column(String(64))
    name: Mapped[Name]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    at: Mapped[dt.datetime]


def own_template(session: Session, campaign_id: int, kind: PaperKind, area: str) -> PaperTemplate | None:
    """The template of its own that an area, or the nearest above, has now; None: the shipped one counts."""
    return own_templates(session, campaign_id, area, [kind.template]).get(kind.template)


def own_templates(
    session: Session, campaign_id: int, area: str, names: Collection[str]
) -> dict[str, PaperTemplate]:
    """The same for each of these templates (:attr:`PaperKind.template`), by its name."""
    above = areas_above(session, area)
    query = select(PaperTemplate).where(
        PaperTemplate.campaign_id == campaign_id,
        PaperTemplate.kind.in_(names),
        PaperTemplate.area.in_(above),
    )
    newest = {(row.kind, row.area): row for row in session.scalars(query.order_by(PaperTemplate.id))}
    held = {place: row for place, row in newest.items() if row.sha256 is not None}
    places = {name: next((area for area in above if (name, area) in held), None) for name in names}
    return {name: held[name, place] for name, place in places.items() if place is not None}


def template_of(session: Session, data_dir: Path, campaign_id: int, kind: PaperKind, area: str) -> bytes:
    """The template that counts in an area: the newest of its office, else of the nearest above, else the shipped one."""
    own = own_template(session, campaign_id, kind, area)
    if own is None or own.sha256 is None:
        return shipped(kind.template)
    try:
        return read_kept(kept_template(data_dir, own.sha256), own.sha256)
    except NotFound:
        words = LocalizedText(
            f"文书模板“{own.name}”不在存储目录里，请重新上传。",
            f"The template “{own.name}” is not in the store; please upload it again.",
        )
        raise NotFound(words) from None


@cache
def shipped(code: str) -> bytes:
    """The template that comes with the product."""
    return resources.files("rectification").joinpath(f"data/papers/{code}.docx").read_bytes()


@dataclass(frozen=True, slots=True)
class TriedTemplate:
    """A template that was sent under a name, looked through and filled once: with ``example``."""

    name: str
    data: bytes
    example: bytes


def adopt(
    context: ActionContext,
    data_dir: Path,
    campaign: Campaign,
    area: str,
    kind: PaperKind,
    tried: TriedTemplate,
) -> PaperTemplate:
    """Put an office's own template in place in its area. It was tried out before: that takes time, and nobody waits for it."""
    digest = hashlib.sha256(tried.data).hexdigest()
    write_whole(kept_template(data_dir, digest), tried.data)
    return _keep(context, campaign, area, kind, digest, tried.name)


def try_out(data: bytes, kind: PaperKind, name: str) -> TriedTemplate:
    """Look a template through and fill it once with examples, in a process of its own.

    Raises:
        BrokenTemplate: it cannot be used, with what to change.
    """
    check_package(data)
    check_marks(data)
    example = fill_apart(data, kind.fields, sample(kind.fields, _example_picture()), seconds=_TRYING_SECONDS)
    return TriedTemplate(name, data, example)


def give_up_own(context: ActionContext, campaign: Campaign, area: str, kind: PaperKind) -> None:
    """Use the template of the area above again, in the end the shipped one."""
    own = own_template(context.session, campaign.id, kind, area)
    if own is not None and own.area == area:
        _keep(context, campaign, area, kind, None, "")


def _keep(
    context: ActionContext, campaign: Campaign, area: str, kind: PaperKind, digest: str | None, name: str
) -> PaperTemplate:
    row = PaperTemplate(
        campaign_id=campaign.id, area=area, kind=kind.template, sha256=digest, name=name[:200]
    )
    row.by_id, row.at = context.actor.person, context.now
    context.session.add(row)
    facts = {"paper": kind.template, "area": area, "file": name, "sha256": digest}
    record_event(context, "template_changed", campaign_key(campaign.id), **facts)
    return row


def kept_template(data_dir: Path, digest: str) -> Path:
    """Where a template lies."""
    return data_dir / "papers" / digest[:2] / digest


@cache
def _example_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 6), "white").save(out, "PNG")
    return out.getvalue()
