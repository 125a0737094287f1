"""The rules of an escalation as the published decision table has them, and the rows that say who was told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from engine.database import BigId
from engine.decisions import DecisionError
from engine.json import Json, JsonObject, as_float, as_int, as_list, as_object
from engine.text import LocalizedText
from rectification.campaigns.model import Campaign
from rectification.core.model import Id, Model
from rectification.matters.work_scope import read
from rectification.places.scopes import INSTALLATION
from rectification.published_models.tables import EscalationTables

WHO: Final[dict[str, LocalizedText]] = {
    "owner": LocalizedText("责任人", "the owner"),
    "unit_leader": LocalizedText("单位负责人", "the unit's leader"),
    "village": LocalizedText("驻村工作队长", "the village team lead"),
    "town": LocalizedText("镇扶贫办", "the town office"),
    "county": LocalizedText("区县扶贫局", "the county office"),
    "city": LocalizedText("市扶贫局", "the city office"),
}
"""Whom a rule can tell."""

ABOVE: Final = {
    "owner": "unit_leader",
    "unit_leader": "town",
    "village": "town",
    "town": "county",
    "county": "city",
}
"""The next above."""

HIGHEST: Final = 4
"""The highest level."""

PASSED_OVER: Final = -1
"""The rule under which those above a rule are told when nobody acknowledged it: this less its place."""

LATE: Final = dt.timedelta(hours=1)
"""A rule that is applied so much after its time is marked late."""


class EscalationStep(Model):
    """One rule of one work item's escalation was applied, and whom that told."""

    __tablename__ = "escalation_steps"
    __table_args__ = (
        UniqueConstraint("work_item_id", "rule", "person_id"),
        Index(
            "ix_escalation_steps_person_id",
            "person_id",
            sqlite_where=text("level > 0"),
            postgresql_where=text("level > 0"),
        ),
    )

    id: Mapped[Id]
    work_item_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_items.id"))
    rule: Mapped[int]
    """Its place in the escalation; :data:`PASSED_OVER` less that place: told because nobody acknowledged it."""
    level: Mapped[int]
    colour: Mapped[str] = mapped_column(String(10))
    who: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    escalation_at: Mapped[dt.datetime]
    at: Mapped[dt.datetime]
    late: Mapped[bool]
    channel: Mapped[str] = mapped_column(String(10), default="mail")
    batch_id: Mapped[int] = mapped_column(BigId, comment="with which it is told")


@dataclass(frozen=True, slots=True)
class EscalationRule:
    """One line of the table: so long after the due date (or before it), these are told."""

    place: int
    offset: dt.timedelta
    level: int
    who: str
    colour: str
    channel: str
    acknowledge: dt.timedelta = dt.timedelta()
    """Within so long one of them must acknowledge it, or whoever is next above is told; none, as of a reminder: nobody need."""

    @property
    def goes_up(self) -> bool:
        """Whether anybody but the owner may be told of it, in the end."""
        return bool(self.level) or self.who != "owner"

    @property
    def raised(self) -> EscalationRule:
        """One step higher: a level more, and whoever is next above; reminders and the highest stay as they are."""
        if not self.level:
            return self
        return replace(self, level=min(self.level + 1, HIGHEST), who=ABOVE.get(self.who, self.who))


_read: dict[tuple[str, str], tuple[EscalationRule, ...]] = {}


def get_levels(session: Session, escalation: str, work_scope: str | None) -> tuple[EscalationRule, ...]:
    """The rules of an escalation, as they are in force where work belongs, in the order of their time.

    None when no such escalation is drawn.
    """
    return EscalationPolicies(session).of(session, escalation, work_scope)


class EscalationPolicies:
    """The escalations as they are in force wherever work belongs, each looked up once: for whoever goes through much work."""

    def __init__(self, session: Session) -> None:
        self._tables = EscalationTables(session)
        self._known: dict[tuple[str, str | None], tuple[EscalationRule, ...]] = {}

    def of(self, session: Session, escalation: str, work_scope: str | None) -> tuple[EscalationRule, ...]:
        """The same rules for all work that goes by the same version."""
        known = self._known.get((escalation, work_scope))
        if known is None:
            known = self._known[escalation, work_scope] = self.in_scope(
                session, escalation, _area(session, work_scope)
            )
        return known

    def in_scope(self, session: Session, escalation: str, scope: str) -> tuple[EscalationRule, ...]:
        """The rules of an escalation that are in force in an area; of the installation where none is given."""
        digest, table = self._tables.of(session, scope)
        if (digest, escalation) not in _read:
            try:
                lines = as_list(table.evaluate({"escalation": escalation}))
            except DecisionError:
                lines = ()
            _read[digest, escalation] = _in_order(lines)
        return _read[digest, escalation]


def _area(session: Session, work_scope: str | None) -> str:
    number, area = read(work_scope)
    if area is not None or number is None:
        return area or INSTALLATION
    campaign = session.get(Campaign, number)
    return campaign.area_code if campaign is not None else INSTALLATION


def _in_order(lines: Sequence[Json]) -> tuple[EscalationRule, ...]:
    rows = [as_object(line) for line in lines]
    ordered = sorted(rows, key=lambda line: (as_float(line["offset_hours"]), as_int(line["level"])))
    return tuple(_rule(place, line) for place, line in enumerate(ordered))


def _rule(place: int, line: JsonObject) -> EscalationRule:
    hours = as_float(line.get("acknowledge_hours") or 0) if as_int(line["level"]) else 0.0
    return EscalationRule(
        place,
        dt.timedelta(hours=as_float(line["offset_hours"])),
        as_int(line["level"]),
        str(line["who"]),
        str(line["colour"]),
        str(line["channel"]),
        dt.timedelta(hours=hours),
    )
