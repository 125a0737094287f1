"""What stopped, in words: what it is about, what was going on, and what can be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from engine.commands.repair import variables_of
from engine.errors import NotFound
from engine.text import LocalizedText
from engine.worklist.selectables import incidents, instances, processes
from rectification.matters.key_places import places_of_keys
from rectification.matters.timezone import Zones
from rectification.people.roles import Role
from web.components.subject_cards import path_of
from web.dates import DateFormatter
from web.guards import in_charge_of
from web.i18n import gettext as _
from web.i18n import translate
from web.labels import doing_words, process_words
from web.visibility import visible_places

if TYPE_CHECKING:
    from web.context import RequestContext

MOST: Final = 100
_AT_ONCE: Final = 500
"""Incidents that are looked at together."""
_INCIDENTS: Final = select(incidents, instances.c.key, instances.c.process).join(
    instances, instances.c.id == incidents.c.instance_id, isouter=True
)
TASKS: Final[dict[str, LocalizedText]] = {
    "make_up": LocalizedText("补办停机期间到期的事项", "making up for an outage"),
    "settle": LocalizedText("定时与消息处理", "timers and messages"),
    "run_escalations": LocalizedText("提醒与督办", "reminders and escalation"),
    "look_for_unattended": LocalizedText("查找无人在岗办理的事项", "looking for work in front of nobody"),
    "look_for_slow": LocalizedText("查找进度缓慢的工单", "looking for slow tickets"),
    "seal": LocalizedText("历史记录封存", "sealing the history"),
    "do_jobs": LocalizedText("导入、导出等后台作业", "imports, exports and other jobs"),
    "pass_on": LocalizedText("页面实时更新", "live pages"),
    "deliver": LocalizedText("通知发送", "sending messages"),
}
"""What the installation does by itself, by the name of the task."""
_THROWN: Final = {
    "message": LocalizedText("消息“{}”", "The message “{}”"),
    "signal": LocalizedText("信号“{}”", "The signal “{}”"),
}


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident; ``link`` leads to what it is about, ``known`` names the data that may be put right."""

    id: int
    name: str
    words: LocalizedText
    about: str
    link: str | None
    doing: str
    element: str
    detail: str
    clock: bool
    """The server's clock jumped: it is for a person to say whether it is right."""
    happened_at: dt.datetime
    resolved_at: dt.datetime | None
    resolved_by: str
    known: Sequence[str]
    calendar: DateFormatter


def incident_lines(session: Session, context: RequestContext) -> list[IncidentRow]:
    """Open incidents first, then those lately resolved, of what the asker looks after."""
    order = incidents.c.resolved_at.is_not(None), incidents.c.id.desc()
    rows: list[Row[Any]] = []
    page, after = session.execute(_INCIDENTS.order_by(*order).limit(_AT_ONCE)).all(), 0
    while page and len(rows) < MOST:
        rows += _looked_after(session, context, page)
        after += len(page)
        page = session.execute(_INCIDENTS.order_by(*order).limit(_AT_ONCE).offset(after)).all()
    del rows[MOST:]
    places = visible_places(session, context, {row.key for row in rows if row.key})
    names = _process_names(session, rows)
    known = variables_of(session, {row.instance_id for row in rows if row.resolved_at is None})
    zones = Zones(session)
    return [
        _line(
            row,
            names,
            places,
            known,
            DateFormatter(zones.of_campaign(_campaign(known, row)), context.calendar.now),
        )
        for row in rows
    ]


def must_look_after(session: Session, context: RequestContext, number: int) -> None:
    """Raise unless an incident is about something that lies where the asker keeps the installation."""
    rows = session.execute(_INCIDENTS.where(incidents.c.id == number)).all()
    if not _looked_after(session, context, rows):
        raise NotFound


def _looked_after(session: Session, context: RequestContext, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Of an office what lies in its area; what is about no thing of the domain belongs to administrators."""
    keys = {row.key for row in rows if row.key}
    mine, known = in_charge_of(session, context, keys), places_of_keys(session, keys)
    keeps = Role.ADMIN in context.user.roles
    return [row for row in rows if (row.key in mine if row.key in known else keeps)]


def _line(
    row: Row[Any],
    names: Mapping[str, str],
    places: Mapping[str, str],
    known: Mapping[int, Mapping[str, object]],
    calendar: DateFormatter,
) -> IncidentRow:
    about, link = _about(row, names, places)
    return IncidentRow(
        row.id,
        row.name
        or row.element
        or (process_words(row.process, names.get(row.process, "")) if row.process else about),
        LocalizedText(row.words_zh, row.words_en),
        about,
        link,
        doing_words(row.doing),
        row.element or "",
        row.detail or "",
        row.subject.startswith("clock:"),
        row.happened_at,
        row.resolved_at,
        row.resolved_by or "",
        sorted(known.get(row.instance_id, ())),
        calendar,
    )


def _about(row: Row[Any], names: Mapping[str, str], places: Mapping[str, str]) -> tuple[str, str | None]:
    """What an incident is about, and the page of it."""
    if row.key in places:
        return places[row.key], path_of(row.key)
    kind, _colon, name = row.subject.partition(":")
    if kind == "process":
        return _("The process “%(name)s”") % {"name": process_words(name, names.get(name, ""))}, None
    if kind == "task":
        return _("In the background: %(task)s") % {"task": translate(TASKS.get(name, name))}, None
    if kind == "clock":
        return _("The server's clock"), None
    if kind in _THROWN:
        return translate(_THROWN[kind]).format(name), None
    if kind == "work_item":
        return _("A piece of work"), f"/work-items/{name}"
    return row.key or row.subject, None


def _process_names(session: Session, rows: Iterable[Row[Any]]) -> dict[str, str]:
    """What processes are called in their diagrams, by id: those of offices have no other name."""
    about = {row.subject.removeprefix("process:") for row in rows if row.subject.startswith("process:")}
    about |= {row.process for row in rows if row.process}
    query = select(processes.c.process, processes.c.name).where(processes.c.process.in_(about))
    result = session.execute(query.order_by(processes.c.definition_id)) if about else ()
    return {row.process: row.name for row in result}


def _campaign(known: Mapping[int, Mapping[str, object]], row: Row[Any]) -> int | None:
    number = known.get(row.instance_id, {}).get("campaign")
    return number if isinstance(number, int) else None
