"""What the domain reads of the published models: the escalation table and the tasks' English names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from engine.database import rows_of
from engine.decisions import Decision, parse_decisions
from engine.worklist.selectables import definitions, instances, processes, work_items
from engine.xml import UnreadableXml, parse_xml
from rectification.places.scopes import INSTALLATION, scopes_above

_ESCALATIONS = "escalation.dmn"
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
_tables: dict[str, Decision] = {}
_names: dict[str, dict[str, str]] = {}


class EscalationTables:
    """The table of escalations in each area: that of the version on which tickets start there, else the shipped one."""

    def __init__(self, session: Session) -> None:
        self._digests: dict[str, str] = dict(rows_of(session, _current, {}))
        self._in_force: dict[str, str] = {}

    def of(self, session: Session, area: str) -> tuple[str, Decision]:
        """The table that is in force in an area, with the hash of its version; empty: everywhere."""
        digest = self._digest(session, area)
        if digest not in _tables:
            files: Mapping[str, object] = (
                session.scalars(select(definitions.c.files).where(definitions.c.hash == digest)).first() or {}
            )
            text = files.get(_ESCALATIONS)
            _tables[digest] = (
                parse_decisions(str(text).encode())["escalation"] if text else shipped_escalation_table()
            )
        return digest, _tables[digest]

    def _digest(self, session: Session, area: str) -> str:
        if self._digests.keys() <= {INSTALLATION}:
            area = INSTALLATION
        if area not in self._in_force:
            above = scopes_above(session, area)
            self._in_force[area] = next((self._digests[area] for area in above if area in self._digests), "")
        return self._in_force[area]


_current: Final = (
    select(processes.c.scope, definitions.c.hash)
    .join(definitions, definitions.c.id == processes.c.definition_id)
    .where(processes.c.process == "rectification", processes.c.current)
)


@lru_cache(maxsize=1)
def shipped_escalation_table() -> Decision:
    """The escalations that come with the product."""
    return parse_decisions(resources.files("bpmn").joinpath(_ESCALATIONS).read_bytes())["escalation"]


def escalation_names(files: Mapping[str, bytes]) -> list[str]:
    """The escalations that the table among these files (else the shipped one) tells apart; none while it is unreadable."""
    text = files.get(_ESCALATIONS) or resources.files("bpmn").joinpath(_ESCALATIONS).read_bytes()
    try:
        root = parse_xml(text)
    except UnreadableXml:
        return []
    for column in root.iter("{*}input"):
        if (column.findtext("{*}inputExpression/{*}text") or "").strip() == "escalation":
            return re.findall(r'"([^"]*)"', column.findtext("{*}inputValues/{*}text") or "")
    return []


def english_names(session: Session, instance_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """For each instance, its version's English task names by element id."""
    return _english(session, _versions(instances.c.id).where(instances.c.id.in_(set(instance_ids))))


def english_names_of_work(session: Session, items: Iterable[int]) -> dict[int, dict[str, str]]:
    """The same for each of these work items."""
    query = _versions(work_items.c.id).join(work_items, work_items.c.instance_id == instances.c.id)
    return _english(session, query.where(work_items.c.id.in_(set(items))))


def _versions(number: ColumnElement[Any]) -> Select[Any, Any, Any]:
    query = select(number.label("id"), definitions.c.id.label("version"), definitions.c.hash)
    return query.select_from(instances).join(definitions, definitions.c.id == instances.c.definition_id)


def _english(session: Session, query: Select[Any, Any, Any]) -> dict[int, dict[str, str]]:
    rows = session.execute(query).all()
    for version, digest in {(row.version, row.hash) for row in rows}:
        if digest not in _names:
            _names[digest] = _read_names(session, version)
    return {row.id: _names[row.hash] for row in rows}


def _read_names(session: Session, version: int) -> dict[str, str]:
    files: Mapping[str, str] = session.scalars(
        select(definitions.c.files).where(definitions.c.id == version)
    ).one()
    result: dict[str, str] = {}
    for name, text in files.items():
        if not name.endswith(".bpmn"):
            continue
        for task in parse_xml(str(text).encode()).iter(f"{_BPMN}userTask"):
            for node in task.iterfind(f"{_BPMN}extensionElements/{_CAMUNDA}properties/{_CAMUNDA}property"):
                if node.get("name") == "name_en":
                    result[task.get("id", "")] = node.get("value", "")
    return result
