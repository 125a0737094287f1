"""A key work of an office's own: its questions, whom they are asked of, and the diagram that decides what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.diagrams.reading import main_processes
from engine.errors import BadModel, WrongValues
from engine.text import LocalizedText
from engine.worklist.selectables import processes
from engine.xml import UnreadableXml
from rectification.campaigns.model import Campaign
from rectification.core.context import ActionContext
from rectification.core.history import record_event
from rectification.core.keys import campaign_key
from rectification.households.model import KINDS
from rectification.places.scopes import scopes_above
from rectification.work_streams.custom_questions import add_questions
from rectification.work_streams.model import WorkStream, get_templates, publish_models
from rectification.work_streams.paste_parser import read_pasted


@dataclass(slots=True)
class CustomWorkStream:
    """What an office says: ``process`` is that of a work which ships, unless diagrams of its own came along."""

    name: str
    name_en: str = ""
    kinds: Sequence[str] = ()
    questions: str = ""
    process: str = ""
    models: Mapping[str, bytes] = field(default_factory=dict)


def add_custom_work_stream(context: ActionContext, campaign: Campaign, own: CustomWorkStream) -> WorkStream:
    """Add the work to a campaign, with its questions and, if it brings some, its diagrams and tables.

    Raises:
        WrongValues: with a sentence for each field that cannot stand; a diagram that the checks refuse is one.
    """
    session = context.session
    questions = read_pasted(own.questions)
    problems = {**_problems(own), **questions.problems}
    if problems:
        raise WrongValues(problems)
    process = _publish(context, campaign, own)
    place = session.scalar(select(func.count()).where(WorkStream.campaign_id == campaign.id)) or 0
    row = WorkStream(
        campaign_id=campaign.id, code=f"own{place + 1}", position=place, process=process, in_source=False
    )
    row.name_zh, row.kinds = own.name.strip(), list(own.kinds)
    row.name_en = own.name_en.strip() or row.name_zh
    session.add(row)
    add_questions(session, campaign.id, questions, row.code)
    record_event(context, "work_taken_up", campaign_key(campaign.id), work=row.code)
    return row


def _problems(own: CustomWorkStream) -> dict[str, LocalizedText]:
    problems: dict[str, LocalizedText] = {}
    if not own.name.strip():
        problems["name"] = LocalizedText("请填写名称。", "Give it a name.")
    if not own.kinds or any(kind not in KINDS for kind in own.kinds):
        problems["kinds"] = LocalizedText("请选择核查对象。", "Choose whom it asks about.")
    if not own.models and own.process not in {what.process for what in get_templates()}:
        problems["process"] = LocalizedText(
            "请选择办理流程，或上传流程图。", "Choose a process, or add a diagram."
        )
    return problems


def _publish(context: ActionContext, campaign: Campaign, own: CustomWorkStream) -> str:
    """Publish what the work needs, in the area of its campaign; returns the process that its cases run."""
    if not own.models:
        what = next(what for what in get_templates() if what.process == own.process)
        publish_models(context, what)
        return what.process
    try:
        drawn = [
            name
            for file, data in own.models.items()
            if file.endswith(".bpmn")
            for name in main_processes(data)
        ]
        taken = [name for name in drawn if _known(context.session, name, campaign.area_code)]
        if taken or not drawn:
            raise WrongValues({"models": _taken(taken)})
        by = str(context.actor.person or "huitoukan")
        context.engine.publish(context.session, own.models, by, own.name, campaign.area_code)
    except (BadModel, UnreadableXml) as fault:
        raise WrongValues({"models": fault.words}) from fault
    return drawn[0]


def _known(session: Session, process: str, area: str) -> bool:
    """Whether a process is in force in an area already, by its own version or one above."""
    above = scopes_above(session, area)
    query = select(processes.c.process).where(processes.c.process == process, processes.c.scope.in_(above))
    return session.execute(query.limit(1)).first() is not None


def _taken(names: Sequence[str]) -> LocalizedText:
    if not names:
        return LocalizedText(
            "文件里没有可以执行的流程图（.bpmn）。",
            "There is no diagram (.bpmn) that can run among the files.",
        )
    return LocalizedText(
        f"流程编号“{names[0]}”已被使用，请在流程图里换一个。",
        f"The process id “{names[0]}” is taken; choose another in the diagram.",
    )
