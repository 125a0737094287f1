"""Key works: each is a folder of diagrams, tables and a checklist that a campaign takes up.

A work asks about each household of certain kinds; that household's part in it is a :class:`rectification.matters.case.Case`.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.errors import NotFound
from engine.json import Values, as_list, as_text
from engine.text import LocalizedText
from engine.worklist.selectables import processes
from rectification.campaigns.catalogue import Category, CheckItem
from rectification.campaigns.model import Campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.core.model import Id, Model, Name


class WorkStream(Model):
    """A key work that a campaign has taken up."""

    __tablename__ = "work_streams"
    __table_args__ = (UniqueConstraint("campaign_id", "code"),)

    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id"))
    code: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    name_zh: Mapped[Name]
    name_en: Mapped[Name]
    in_source: Mapped[bool] = mapped_column(default=True, comment="false: proposed, not in the plan's text")
    process: Mapped[Name]
    kinds: Mapped[list[str]] = mapped_column(default=list, comment="which households it asks about")

    @property
    def name(self) -> LocalizedText:
        """What it is called."""
        return LocalizedText(self.name_zh, self.name_en)


@dataclass(frozen=True, slots=True)
class Template:
    """A work as a folder ships it: ``work.toml``, diagrams, tables, ``checklist.csv``."""

    code: str
    name: LocalizedText
    about: LocalizedText
    in_source: bool
    process: str
    kinds: tuple[str, ...]
    files: dict[str, bytes]

    def lines(self, name: str) -> Iterator[dict[str, str]]:
        """The rows of one of its CSV files; none when it has no such file."""
        text = self.files.get(name, b"").decode("utf-8-sig")
        return csv.DictReader(text.splitlines())

    @property
    def models(self) -> dict[str, bytes]:
        """The diagrams and tables, which are published together."""
        return {name: data for name, data in self.files.items() if name.endswith((".bpmn", ".dmn"))}


def get_templates() -> list[Template]:
    """The works that come with the product, in their order."""
    folder = resources.files("bpmn").joinpath("works")
    result = []
    for element in sorted(folder.iterdir(), key=lambda file: file.name):
        if element.joinpath("work.toml").is_file():
            files = {file.name: file.read_bytes() for file in element.iterdir() if file.is_file()}
            result.append(get_template(files))
    return result


def get_template(files: dict[str, bytes]) -> Template:
    """A work from its files."""
    content: Values = tomllib.loads(files["work.toml"].decode("utf-8-sig"))
    return Template(
        code=as_text(content["code"]),
        name=LocalizedText(as_text(content["name"]), as_text(content["name_en"])),
        about=LocalizedText(as_text(content["about"]), as_text(content["about_en"])),
        in_source=bool(content["in_source"]),
        process=as_text(content["process"]),
        kinds=tuple(as_text(kind) for kind in as_list(content["kinds"])),
        files=files,
    )


def get_work_streams(session: Session, campaign_id: int) -> list[WorkStream]:
    """The works that a campaign has taken up."""
    return works_of_campaigns(session, [campaign_id])


def works_of_campaigns(session: Session, campaigns: Sequence[int]) -> list[WorkStream]:
    """The same of several campaigns."""
    query = select(WorkStream).where(WorkStream.campaign_id.in_(campaigns)).order_by(WorkStream.position)
    return list(session.scalars(query))


def get_work_stream(session: Session, campaign_id: int, code: str) -> WorkStream:
    """One of a campaign's works.

    Raises:
        NotFound: it has not taken it up.
    """
    row = session.scalars(
        select(WorkStream).where(WorkStream.campaign_id == campaign_id, WorkStream.code == code)
    ).first()
    if row is None:
        raise NotFound(
            LocalizedText(f"本次行动没有“{code}”这项工作。", f"The campaign has no work “{code}”.")
        )
    return row


def take_up(context: ActionContext, campaign: Campaign, what: Template) -> WorkStream:
    """Publish a work's models and add its checklist to the campaign; taking it up twice changes nothing."""
    session = context.session
    known = session.scalars(
        select(WorkStream).where(WorkStream.campaign_id == campaign.id, WorkStream.code == what.code)
    ).first()
    if known is not None:
        return known
    publish_models(context, what)
    place = session.scalar(select(func.count()).where(WorkStream.campaign_id == campaign.id)) or 0
    row = WorkStream(campaign_id=campaign.id, code=what.code, position=place, process=what.process)
    row.name_zh, row.name_en, row.in_source = what.name.zh, what.name.en, what.in_source
    row.kinds = list(what.kinds)
    session.add(row)
    _add_checklist(session, campaign, what)
    record_event(context, "work_taken_up", campaign_key(campaign.id), work=what.code)
    return row


def publish_models(context: ActionContext, what: Template) -> None:
    """Give the installation a work's models, unless it has them: an area's own stay as they are."""
    mine = select(processes.c.process).where(processes.c.process == what.process, processes.c.scope == "")
    if context.session.execute(mine.limit(1)).first() is None:
        context.engine.publish(
            context.session, what.models, str(context.actor.person or "huitoukan"), what.name.zh
        )


def _add_checklist(session: Session, campaign: Campaign, what: Template) -> None:
    first = 1000 * (
        1 + (session.scalar(select(func.count()).where(WorkStream.campaign_id == campaign.id)) or 0)
    )
    for place, line in enumerate(what.lines("checklist.csv"), start=first):
        code = f"{what.code}.{line['category']}"[:20]
        known = select(Category.id).where(Category.campaign_id == campaign.id, Category.code == code)
        if session.execute(known).first() is None:
            title = {"title_zh": line["category_zh"], "title_en": line["category_en"]}
            session.add(Category(campaign_id=campaign.id, code=code, position=place, **title))
        item = CheckItem(
            campaign_id=campaign.id, work=what.code, code=line["code"], category=code, kind="item"
        )
        item.levels, item.position = line.get("levels") or "H", place
        item.name_zh, item.name_en = line["name_zh"], line["name_en"]
        item.question_zh, item.question_en = line["question_zh"], line["question_en"]
        item.fail_when, item.photo_on_failure = line["fail_when"], line["photo_on_failure"] == "yes"
        item.evidence, item.field = line["evidence"].split(), line["field"] or None
        item.bears_on = line.get("bears_on") or None
        session.add(item)
